import ProvenanceEncoding
import Testing

/// Case folding, and the search for bytes.
@Suite struct CaseFoldingTests {
    /// Spellings that Unicode's CaseFolding.txt (statuses C and F) makes equal, and the folded form.
    @Test(arguments: [
        ("HARBOUR Office", "harbour office"), ("Straße", "strasse"), ("STRASSE", "strasse"), ("GROẞ", "gross"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"), ("Σίσυφος", "σίσυφοσ"), ("ЁЖ", "ёж"), ("ﬁsh", "fish"), ("İ", "i\u{307}"),
        ("ı", "ı"), ("\u{212A}", "k"), ("ꭰ", "Ꭰ"), ("Ꭰ", "Ꭰ"), ("渡口新桥，今日通车", "渡口新桥，今日通车"), ("ＡＢ", "ａｂ"), ("𐐀", "𐐨"),
        ("a\nB", "a\nb"), ("🗞", "🗞"), ("カナ", "カナ"), ("", ""),
    ])
    func `Text is folded as Unicode folds it`(text: String, folded: String) {
        #expect(CaseFolding.fold(text) == Array(folded.utf8))
    }

    @Test(
        arguments: [
            [0xff], [0xc3], [0xe5, 0xad], [0x41, 0x80, 0x42], [0xf0, 0x9f, 0x97], [0xc3, 0x28], [0xed, 0xa0, 0x80],
        ] as [[UInt8]])
    func `Bytes that are not UTF-8 stay`(bytes: [UInt8]) {
        var folded: [UInt8] = []
        CaseFolding.append(bytes, to: &folded)
        #expect(folded == bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 })
    }

    @Test(
        arguments: [
            ("b", "abc", 1), ("abc", "abc", 0), ("c", "abc", 2), ("abcd", "abc", nil), ("", "abc", 0), ("a", "", nil),
            ("aab", "aaaab", 2), ("aba", "abcabdaba", 6), ("bb", "abab", nil), ("口新", "渡口新桥", 3),
        ] as [(String, String, Int?)])
    func `The first occurrence of bytes is found`(wanted: String, text: String, place: Int?) {
        #expect(Bytes.firstIndex(of: Array(wanted.utf8), in: Array(text.utf8)) == place)
    }
}
