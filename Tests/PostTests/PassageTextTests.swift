import ProvenancePost
import ProvenanceRecord
import TestSupport
import Testing

/// The text of passages, read eight bytes at a time, against the rules spelled out scalar by scalar.
@Suite struct PassageTextTests {
    /// Words that fill, straddle and miss eight bytes; white space and removed characters with every lead byte, and
    /// their neighbours in the code table; bytes that are not UTF-8.
    private static let pieces: [[UInt8]] =
        [
            "a", "of", "the", "four", "seven", "eight-by", "nine-bytes", "~", "\u{7F}", " ", "  ", "   ", "\n", "\t",
            "\u{B}", "\u{1F}", "é", "\u{85}", "\u{A0}", "\u{AD}", "\u{A1}", "字", "字母", "漢字漢字", "，", "。", "、",
            "\u{3000}", "\u{3001}", "\u{2FFF}", "\u{FEFF}", "\u{FF01}", "\u{FEFE}", "\u{200B}", "\u{200C}", "\u{2007}",
            "\u{2028}", "\u{2027}", "\u{202F}", "\u{205F}", "\u{2060}", "\u{1680}", "\u{1681}", "\u{800}", "\u{D7FF}",
            "\u{E000}", "🗞", "\u{10FFFF}",
        ].map { Array($0.utf8) } + [
            [0], [0x80], [0xC3], [0xE5], [0xE5, 0xAD], [0xED, 0xA0, 0x80], [0xE0, 0x80, 0x80], [0xE3, 0x80],
            [0xEF, 0xBB],
            [0xF0, 0x9F], [0xFF],
        ]

    @Test("texts of odd pieces", arguments: 0..<40)
    func pieces(seed: UInt64) {
        var random = FixedRandom(seed: seed)
        for _ in 0..<100 {
            var body: [UInt8] = []
            for _ in 0..<Int.random(in: 1...24, using: &random) {
                body += Self.pieces.randomElement(using: &random) ?? []
            }
            let expected = Self.text(body)
            #expect(Passages.list(of: body[...]) == (expected.isEmpty ? [] : [expected]), "\(body)")
            // At another offset, and before a tag.
            let inside = [0x78, 0x3E] + body + Array("<p>".utf8)
            #expect(Passages.list(of: inside[2...]) == (expected.isEmpty ? [] : [expected]), "\(body)")
        }
    }

    /// The passage of a body without markup: white space runs are one space, none at the ends; three are removed.
    private static func text(_ body: [UInt8]) -> [UInt8] {
        var text = String.UnicodeScalarView()
        var hasSpace = false
        for scalar in String(decoding: body, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x200B, 0xFEFF, 0xAD: continue
            case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
                hasSpace = true
            default:
                if hasSpace, !text.isEmpty { text.append(" ") }
                hasSpace = false
                text.append(scalar)
            }
        }
        return Array(String(text).utf8)
    }
}
