import Foundation
import ProvenanceEncoding
import ProvenanceSystem
import TestSupport
import Testing

/// Which folders a walk marks as ignored, compared with what git itself says.
@Suite struct IgnoredFoldersTests {
    /// Folders of the sample repository, each with a post.
    private static let folders = [
        "a", "a/b", "a/b/c", "a/build", "build", "build/x", "docs", "docs/build", "draft1", "draft2", "drafts", "é",
        "sp ace", "sub", "sub/deep", "sub/deep/build", "sub/keep", "[x]", "x", "#hash", "!bang", "a-z", "q",
    ]

    @Test(arguments: [
        "build", "build/", "/build", "a/b", "a/b/", "/a/b", "**/build", "a/**", "a/**/c", "**/deep/**", "*", "draft?",
        "draft[12]", "draft[!1]", "draft[^1]", "[[]x]", "\\[x\\]", "[x]", "[a-c]", "[]-a]", "\\#hash", "#hash",
        "\\!bang",
        "!bang", "sp\\ ace", "sp ace", "sp ace  ", "é", "*s", "d*s", "*a*a*a*b", "a*", "build\n!docs/build",
        "*\n!sub\n!sub/keep", "/*\n!/a", "sub/*\n!sub/keep", "b", "a//b", "a/b\\", "[", "[a", "x[", "**", "***",
        "a/***/c",
        "/", "//", "!", "\\", "a-z", "[a\\-z]", "build\r", "?", "??", "docs/../build",
    ])
    func `A walk marks the folders that git ignores`(_ patterns: String) throws {
        guard (try? TestSupport.run("git", "--version"))?.status == 0 else { return try skip("no git") }
        let folder = try TemporaryFolder()
        for path in IgnoredFoldersTests.folders { try folder.write("", to: "r/\(path)/post.md") }
        try folder.write(patterns + "\n", to: "r/.gitignore")
        let root = folder("r")
        #expect(try TestSupport.run("git", "init", "-q", root).status == 0)
        // A folder below an ignored one is ignored too.
        let ended = try TestSupport.run(
            "git",
            arguments: [
                "-C", root, "-c", "core.quotePath=false", "-c", "core.excludesFile=", "check-ignore", "--no-index",
                "-z", "--stdin",
            ],
            input: Array(IgnoredFoldersTests.folders.map { $0 + "\0" }.joined().utf8))
        #expect(ended.status == 0 || ended.status == 1, "\(ended)")
        let git = Set(ended.stdout.split(separator: "\0").map(String.init))
        var walked: Set<String> = []
        for name in try Walk(RawPath(root), ignoring: IgnoredFolders(RawPath(root))) where name.ignoredFolder != nil {
            walked.insert(name.path.parent.description)
        }
        #expect(walked == git, "\(patterns.debugDescription)")
    }

    @Test func `Files of folders above and below apply, and named folders are never ignored`() throws {
        let folder = try TemporaryFolder()
        for path in ["top/posts/a", "top/posts/b", "top/posts/c", "top/posts/node_modules"] {
            try folder.write("", to: "\(path)/post.md")
        }
        try folder.write("", to: "top/.git/HEAD")
        try folder.write("/posts/a\n", to: "top/.gitignore")
        try folder.write("b\n", to: "top/.git/info/exclude")
        try folder.write("c\n", to: "top/posts/.gitignore")
        func ignored(named: Set<RawPath>) throws -> [String] {
            let root = RawPath(folder("top/posts"))
            return try Walk(root, ignoring: IgnoredFolders(root, named: named)).compactMap {
                $0.ignoredFolder?.description
            }
        }
        #expect(try ignored(named: []) == ["a", "b", "c", "node_modules"])
        #expect(try ignored(named: ["c", "node_modules"]) == ["a", "b"])
        // Without a repository its patterns mean nothing; the names of build output do.
        try FileManager.default.removeItem(atPath: folder("top/.git"))
        #expect(try ignored(named: []) == ["node_modules"])
    }

    @Test func `A long pattern with many stars costs no more than its length`() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "\(String(repeating: "a", count: 200))/post.md")
        try folder.write("", to: ".git/HEAD")
        let line = String(repeating: "*a", count: 2_000) + "b\n"
        try folder.write(String(repeating: line, count: 20), to: ".gitignore")
        let root = RawPath(folder.path)
        #expect(try Walk(root, ignoring: IgnoredFolders(root)).map(\.ignoredFolder) == [nil])
    }
}
