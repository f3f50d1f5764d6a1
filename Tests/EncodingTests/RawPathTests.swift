import ProvenanceEncoding
import Testing

/// Paths as bytes.
@Suite struct RawPathTests {
    @Test(
        "a name below a path",
        arguments: [
            ("a", "b", "a/b"), ("a/", "b", "a/b"), ("/", "b", "/b"), (".", "b", "b"), ("", "b", "b"), ("a", "/b", "/b"),
            ("a", ".", "a"), ("a", "", "a"), ("", "", ""), (".", ".", "."), ("a", "b/c", "a/b/c"),
            ("a", "../b", "a/../b"),
            ("..", "b", "../b"), ("./a", "b", "./a/b"), ("a", "b/", "a/b/"), ("a", "\n", "a/\n"),
        ])
    func appending(_ path: String, _ name: String, _ wanted: String) {
        #expect(RawPath(path).appending(name).text == wanted)
    }

    @Test(
        "the folder that a path lies in, and its last element",
        arguments: [
            ("a", ".", "a"), ("a/b", "a", "b"), ("/a", "/", "a"), ("/a/b", "/a", "b"), ("a/b/", "a", "b"),
            ("a/", ".", "a"),
            ("a//b", "a", "b"), ("//a", "/", "a"), ("/", "/", "/"), ("//", "/", "//"), (".", ".", "."), ("", ".", ""),
            ("./a", ".", "a"), ("../a", "..", "a"), ("..", ".", ".."), ("a/b//", "a", "b"),
        ])
    func parent(_ path: String, _ parent: String, _ last: String) {
        #expect(RawPath(path).parent.text == parent)
        #expect(RawPath(path).lastElement.text == last)
    }

    @Test(
        "elements",
        arguments: [
            ("", []), (".", []), ("/", []), ("a", ["a"]), ("/a//b/./c/", ["a", "b", "c"]), ("..", [".."]),
            ("...", ["..."]),
            ("a\nb/c", ["a\nb", "c"]),
        ] as [(String, [String])])
    func elements(_ path: String, _ wanted: [String]) {
        #expect(RawPath(path).elements.map { String(decoding: $0, as: UTF8.self) } == wanted)
    }

    @Test(
        "plain relative paths are those of plain names only",
        arguments: [
            ("a", true), ("a/b", true), ("a/b.md", true), ("...", true), ("a/.hidden", true), ("a b", true),
            ("\u{301}", true),
            ("", false), (".", false), ("..", false), ("/", false), ("/a", false), ("a/", false), ("a//b", false),
            ("./a", false), ("a/.", false), ("a/..", false), ("a/../b", false), ("../a", false), ("a/./b", false),
        ])
    func isPlainRelative(_ path: String, _ wanted: Bool) {
        #expect(RawPath(path).isPlainRelative == wanted)
        #expect(RawPath(path).isAbsolute == path.hasPrefix("/"))
    }

    @Test("bytes: neither decoded, nor normalised, nor ordered as text")
    func bytes() {
        let raw = RawPath([0x61, 0xff, 0x62])
        #expect(raw.bytes == [0x61, 0xff, 0x62])
        #expect(raw.text == nil)
        #expect(raw.description == "a\u{fffd}b")
        #expect(RawPath("e\u{301}") != RawPath("\u{e9}"))
        #expect(RawPath("e\u{301}") < RawPath("\u{e9}"))
        #expect(RawPath("a\r\nb").bytes == [0x61, 0x0d, 0x0a, 0x62])
        // The system ends a path at a NUL.
        #expect(RawPath("a\0b") == RawPath("a"))
        #expect(RawPath([0]) == RawPath(""))
        #expect(RawPath("a.md") < RawPath("a/b") && RawPath("a-b") < RawPath("a.md") && RawPath("a") < RawPath("a-b"))
        #expect(!(RawPath("a") < RawPath("a")))
        #expect(Set([RawPath("a"), RawPath([0x61]), "a"]).count == 1)
    }
}
