import Glibc
import ProvenanceEncoding
import ProvenanceSystem
import TestSupport
import Testing

/// The walk over a folder of posts.
@Suite struct WalkTests {
    /// Names in byte order; a slash sorts between `.` and `0`.
    private static let ordered: [RawPath] = [
        RawPath([0x01] + Array(".md".utf8)),
        RawPath("\n.md"),
        " leading.md",
        "2020-01-01-a\nb.md",
        "2020-01-01-a b.md",
        "2020-01-01-a.md",
        "A.md",
        "a b.md",
        "a-b.md",
        "a.d/x.md",
        "a.md",
        "a/-.md",
        "a/a.md",
        "a/b.md/c.md",
        "a/z/deep/deeper/deepest.md",
        "a0.md",
        "aa.md",
        "b.md",
        "e\u{301}.md",
        "folder.md/inside.md",
        "z.md",
        "~.md",
        RawPath([0x80] + Array(".md".utf8)),
        "\u{e9}.md",
        "今年芦苇收割提前两周.md",
        RawPath([0xff, 0xfe] + Array("/x.md".utf8)),
        RawPath([0xff, 0xff] + Array(".md".utf8)),
    ]

    @Test("names come in the order of their raw bytes, whatever they are")
    func order() throws {
        let folder = try TemporaryFolder()
        for name in WalkTests.ordered.shuffled() { try folder.touch(name) }
        let found = try Array(Walk(folder.raw))
        #expect(found.map(\.path) == WalkTests.ordered)
        #expect(found.map(\.path) == found.map(\.path).sorted())
        #expect(found.allSatisfy { $0.kind == .regular && $0.failure == nil })
    }

    @Test("dot-names, other endings and what is to be skipped are left out")
    func skipped() throws {
        let folder = try TemporaryFolder()
        for name in [
            ".hidden.md", ".git/a.md", ".md", "a.txt", "b.MD", "md", "c.md~", "d.md.bak", "sub/.e.md", "sub/.f/g.md",
            "keys/a.md", "deep/log/b.md", "deep/skip.md",
        ] as [RawPath] {
            try folder.touch(name)
        }
        for name in ["kept.md", "deep/keys/kept.md", "deep/logs/kept.md"] as [RawPath] { try folder.touch(name) }
        let skip: Set<RawPath> = ["keys", "deep/log", "deep/skip.md", "absent"]
        let found = try Array(Walk(folder.raw, skip: skip))
        #expect(found.map(\.path) == ["deep/keys/kept.md", "deep/logs/kept.md", "kept.md"])
    }

    @Test("links, FIFOs and devices are given as what they are, and nothing waits for them", .timeLimit(.minutes(1)))
    func kinds() throws {
        let folder = try TemporaryFolder()
        try folder.touch("elsewhere/post.md")
        try folder.link("dangling.md", to: "nowhere")
        try folder.link("file.md", to: "elsewhere/post.md")
        try folder.link("folder.md", to: "elsewhere")
        try folder.link("loop.md", to: ".")
        // A link to a folder is reported, since posts may be behind it; other links only with the name of a post.
        try folder.link("turn", to: "elsewhere")
        try folder.link("unseen", to: "elsewhere/post.md")
        try folder.link("lost", to: "nowhere")
        try folder.fifo("pipe.md")
        try folder.fifo("pipe")
        var wanted: [RawPath: FileStatus.Kind] = [
            "dangling.md": .link, "file.md": .link, "folder.md": .link, "loop.md": .link, "pipe.md": .special,
            "turn": .link, "elsewhere/post.md": .regular,
        ]
        if mknod(folder("zero.md"), S_IFCHR | 0o600, dev_t(1 << 8 | 5)) == 0 {
            wanted["zero.md"] = .special
        } else {
            try skip("making a device needs root: the walk over devices")
        }
        let found = try Array(Walk(folder.raw))
        #expect(Dictionary(uniqueKeysWithValues: found.map { ($0.path, $0.kind) }) == wanted)
        for name in found {
            #expect(try FileStatus.of(folder.raw.appending(name.path))?.kind == name.kind)
        }
    }

    @Test("a folder that cannot be listed is reported in its place, and the walk goes on")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        for name in ["a.md", "locked/hidden.md", "z.md"] as [RawPath] { try folder.touch(name) }
        try folder.permissions("locked", 0)
        defer { try? folder.permissions("locked", 0o755) }
        var found: [WalkedName] = []
        guard try asNobody({ found = try Array(Walk(folder.raw)) }) else {
            return try skip("this thread cannot give up root: a folder that cannot be listed")
        }
        #expect(found.map(\.path) == ["a.md", "locked", "z.md"])
        #expect(found.map(\.kind) == [.regular, .directory, .regular])
        #expect(found.map { $0.failure?.number } == [nil, EACCES, nil])
        let path = found.dropFirst().first?.failure?.path
        #expect(path == folder.raw.appending("locked"))
    }

    @Test("a folder that vanishes while the walk is under way is reported")
    func vanished() throws {
        let folder = try TemporaryFolder()
        for name in ["a.md", "b/c.md", "d.md"] as [RawPath] { try folder.touch(name) }
        var walk = try Walk(folder.raw)
        #expect(walk.next()?.path == "a.md")
        #expect(unlink(folder("b/c.md")) == 0 && rmdir(folder("b")) == 0)
        let gone = walk.next()
        #expect(gone?.path == "b")
        #expect(gone?.failure?.isMissing == true)
        #expect(walk.next()?.path == "d.md")
        #expect(walk.next() == nil)
        #expect(walk.next() == nil)
    }

    @Test("a root that is no readable folder is an error, never an empty walk")
    func root() throws {
        let folder = try TemporaryFolder()
        try folder.folder("real")
        try folder.touch("file")
        try folder.link("link", to: "real")
        func number(_ name: RawPath) -> Int32? {
            failure { () throws(FileError) in _ = try Walk(folder.raw.appending(name)) }?.number
        }
        #expect(number("real") == nil)
        #expect(number("absent") == ENOENT)
        #expect(number("file") == ENOTDIR)
        #expect(number("link") == ELOOP)
        try folder.permissions("real", 0)
        defer { try? folder.permissions("real", 0o755) }
        var denied: Int32?
        if asNobody({ denied = number("real") }) { #expect(denied == EACCES) }
    }

    @Test("listing names: sorted, with the hidden ones, empty where there is no folder")
    func names() throws {
        let folder = try TemporaryFolder()
        for name in ["b", ".a", "a\nb", "c/d"] as [RawPath] { try folder.touch(name) }
        #expect(try folder.names() == [".a", "a\nb", "b", "c"])
        #expect(try folder.names(in: "absent") == [])
        #expect(try folder.names(in: "b") == [])
        try folder.link("link", to: "c")
        #expect(try folder.names(in: "link") == ["d"])
        let link = folder.raw.appending("link")
        #expect(failure { () throws(FileError) in _ = try listFolder(link, followsLink: false) }?.number == ELOOP)
        #expect(try listFolder(folder.raw.appending("c"), followsLink: false) == ["d"])
        try folder.permissions("c", 0)
        defer { try? folder.permissions("c", 0o755) }
        var denied: FileError?
        if asNobody({ denied = failure { () throws(FileError) in _ = try listFolder(folder.raw.appending("c")) } }) {
            #expect(denied?.number == EACCES)
        }
    }
}
