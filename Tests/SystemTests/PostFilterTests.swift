import Foundation
import ProvenanceEncoding
import ProvenanceSystem
import TestSupport
import Testing

/// Which names are posts, and which of them patterns leave out, compared with what git itself says.
@Suite struct PostFilterTests {
    /// Posts of the sample folder.
    private static let posts = [
        "a/b/c.md", "a/build/x.md", "build/x.md", "build.md", "docs/build/y.md", "draft1.md", "draft2.md", "é.md",
        "sp ace.md", "sub/keep/a.md", "sub/deep/b.md", "sub/b.md", "[x].md", "#hash.md", "!bang.md", "q.bak.md", "q.md",
        "sub/draft1.md", "b/a.md", "README.md", "sub/README.md",
    ]

    /// The posts that a walk marks as left out by patterns.
    private func leftOut(_ patterns: [String], in folder: TemporaryFolder, below name: String = "") throws -> Set<
        String
    > {
        let filter = PostFilter(patterns: patterns.map { RawPath($0) })
        let root = RawPath(folder("r")).appending(name)
        return Set(
            try Walk(root, as: RawPath(name), posts: filter).filter(\.isLeftOut).map {
                RawPath(name).appending($0.path).description
            })
    }

    @Test(arguments: [
        "build", "build/", "/build", "/build/", "*.md", "draft?.md", "/draft1.md", "draft[12].md", "draft[!1].md",
        "sub/*.md",
        "sub/**", "**/keep/**", "**/README.md", "/README.md", "*.bak.md", "\\#hash.md", "#hash.md", "\\!bang.md",
        "!bang.md",
        "sp ace.md", "é.md", "[[]x].md", "a/**/c.md", "b", "b/", "*", "*\n!q.md", "*\n!*/\n!sub/b.md", "sub\n!sub/b.md",
        "sub/*\n!sub/keep", "sub/*\n!sub/keep/", "build//", "/", "*\n!/*.md", "docs/*/y.md", "docs/**/y.md", "q.md/",
        "README.md\n!/README.md", "**", "**.md", "a/b", "a/b/", "/*/",
        "[[:alpha:]]raft1.md", "*\n![[:alpha:]]*.md", "[[:alpha:]", "[[:digit:]", "draft[[:digit:]].md",
        "[[:upper:]]*.md",
        "*[[:space:]]*", "[[:nothing:]]*", "[[:alpha]raft1.md", "[![:lower:]]*", "[[:punct:][:upper:]]*", "[x",
        "draft[1",
    ])
    func `A walk marks the posts that git ignores`(_ patterns: String) throws {
        guard (try? TestSupport.run("git", "--version"))?.status == 0 else { return try skip("no git") }
        let folder = try TemporaryFolder()
        for path in PostFilterTests.posts { try folder.write("", to: "r/\(path)") }
        let lines = patterns.split(separator: "\n").map(String.init)
        try folder.write(patterns + "\n", to: "r/.gitignore")
        #expect(try TestSupport.run("git", "init", "-q", folder("r")).status == 0)
        let ended = try TestSupport.run(
            "git",
            arguments: [
                "-C", folder("r"), "-c", "core.quotePath=false", "-c", "core.excludesFile=", "check-ignore",
                "--no-index",
                "-z", "--stdin",
            ],
            input: Array(PostFilterTests.posts.map { $0 + "\0" }.joined().utf8))
        #expect(ended.status == 0 || ended.status == 1, "\(ended)")
        let git = Set(ended.stdout.split(separator: "\0").map(String.init))
        #expect(try leftOut(lines, in: folder) == git, "\(patterns.debugDescription)")
        // A walk that begins further down marks the same ones.
        #expect(try leftOut(lines, in: folder, below: "sub") == git.filter { $0.hasPrefix("sub/") }, "\(lines)")
    }

    @Test(arguments: [
        ([".md"], ["a.md", "b.en.md"]), ([".md", ".markdown"], ["a.md", "b.en.md", "c.markdown"]),
        ([".en.md"], ["b.en.md"]), ([".txt"], ["t.txt"]), ([""], ["a.md", "b.en.md", "c.markdown", "d.MD", "t.txt"]),
    ])
    func `The endings decide which names are posts`(_ endings: [String], _ wanted: [String]) throws {
        let folder = try TemporaryFolder()
        for name in ["a.md", "b.en.md", "c.markdown", "d.MD", "t.txt", ".md", ".hidden.md", ".txt"] {
            try folder.write("", to: name)
        }
        let filter = PostFilter(endings: endings.map { RawPath($0) })
        let tally = WalkTally()
        let walked = try Walk(RawPath(folder.path), posts: filter, tally: tally).map(\.path.description)
        #expect(walked == wanted)
        var listed: [String] = []
        _ = PostNames.list(RawPath(folder.path), posts: filter) { listed.append(RawPath($0).description) }
        #expect(listed.sorted() == wanted)
        // What is no post, though people keep posts under such names, is counted.
        let others = ["a.md", "b.en.md", "c.markdown", "d.MD"].filter { !wanted.contains($0) }
        #expect(tally.passedOver.values.reduce(0, +) == UInt64(others.count))
        for name in wanted { #expect(filter.isPost(RawPath("x/" + name)), "\(name)") }
    }
}
