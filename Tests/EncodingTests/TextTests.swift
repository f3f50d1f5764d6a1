import ProvenanceEncoding
import Testing

@Suite("Words and numbers of the line formats") struct TextTests {
    @Test("decimal numbers", arguments: [("0", 0), ("7", 7), ("10", 10), ("9223372036854775807", UInt64(Int64.max))])
    func decimal(text: String, value: UInt64) {
        #expect(Bytes.decimal(Array(text.utf8)) == value)
        var written: [UInt8] = []
        Bytes.append(value, to: &written)
        #expect(written == Array(text.utf8))
    }

    @Test("integers of every size are written as Swift writes them")
    func append() {
        var values: [UInt64] = [0, 1, .max, .max - 1]
        for power in sequence(first: UInt64(10), next: { $0 < 10_000_000_000_000_000_000 ? $0 * 10 : nil }) {
            values += [power - 1, power, power + 1]
        }
        for value in values {
            var written = Array("x".utf8)
            Bytes.append(value, to: &written)
            #expect(written == Array("x\(value)".utf8))
        }
        for value in [Int64.min, -10, -1, 0, Int64.max] {
            var written: [UInt8] = []
            Bytes.append(value, to: &written)
            #expect(written == Array("\(value)".utf8))
        }
    }

    @Test(
        "bytes are text or nothing, never repaired",
        arguments: [
            ("", true), ("61", true), ("61C3A9", true), ("E5AD97", true), ("F09F979E", true), ("C3", false),
            ("EDA080", false), ("C080", false), ("F4908080", false), ("61FF", false), ("00", true), ("EFBFBD", true),
        ])
    func string(hex: String, isValid: Bool) {
        let digits = Array(hex)
        let bytes = stride(from: 0, to: digits.count, by: 2).map {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16) ?? 0
        }
        #expect(Bytes.string(bytes).map { Array($0.utf8) } == (isValid ? bytes : nil))
        #expect(Bytes.string(AnySequence(bytes)).map { Array($0.utf8) } == (isValid ? bytes : nil))
        #expect(Bytes.isUTF8(bytes) == isValid)
    }

    @Test(
        "other spellings are refused",
        arguments: [
            "", "00", "01", "-1", "+1", " 1", "1 ", "1\n", "1.0", "1e3", "0x1", "1_0", "9223372036854775808", "٣", "１",
            "18446744073709551615", "18446744073709551616", "99999999999999999999", "100000000000000000000", "a",
        ])
    func notDecimal(text: String) { #expect(Bytes.decimal(Array(text.utf8)) == nil) }

    @Test("the limit is inclusive")
    func limit() {
        #expect(Bytes.decimal(Array("18446744073709551615".utf8), upTo: .max) == .max)
        #expect(Bytes.decimal(Array("18446744073709551616".utf8), upTo: .max) == nil)
        #expect(Bytes.decimal(Array("5".utf8), upTo: 5) == 5)
        #expect(Bytes.decimal(Array("6".utf8), upTo: 5) == nil)
    }

    @Test(
        "key names",
        arguments: [
            "a", "example.com/foo", "密碼", "é", "🗞", "a\u{200b}b", "—", "a\u{a1}", String(repeating: "n", count: 255),
        ])
    func keyName(name: String) { #expect(Bytes.isKeyName(name)) }

    @Test(
        "no key names: empty, with white space of any kind, a plus, a control character, or too long",
        arguments: [
            "", " ", "a b", "a+b", "+", "a\tb", "a\nb", "a\u{b}b", "a\u{c}b", "a\rb", "a\u{85}b", "a\u{a0}b",
            "a\u{1680}b", "a\u{2000}b", "a\u{200a}b", "a\u{2028}b", "a\u{2029}b", "a\u{202f}b", "a\u{205f}b",
            "a\u{3000}b",
            "a\u{0}b", "a\u{1}b", "a\u{1f}b", "a\u{7f}b", String(repeating: "n", count: 256),
            String(repeating: "é", count: 128),
        ])
    func notKeyName(name: String) { #expect(!Bytes.isKeyName(name)) }

    @Test("every scalar with the property White_Space is one, and no other")
    func whiteSpace() {
        for value in UInt32(0)...0x10_ffff {
            guard let scalar = Unicode.Scalar(value) else { continue }
            if Bytes.isWhiteSpace(scalar) != scalar.properties.isWhitespace { Issue.record("U+\(value)") }
        }
    }

    @Test("strings are the same when their bytes are")
    func same() {
        #expect("\u{e9}" == "e\u{301}")
        #expect(!Bytes.isSame("\u{e9}", "e\u{301}"))
        #expect(Bytes.isSame("\u{e9}", "\u{e9}"))
        #expect(!Bytes.isSame("a", "ab"))
    }

    @Test("UTF-8 is checked")
    func utf8() {
        #expect(Bytes.isUTF8([UInt8]()))
        #expect(Bytes.isUTF8(Array("abc é 🗞".utf8)))
        for bad: [UInt8] in [
            [0x80], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff], [0xe2, 0x80],
        ] {
            #expect(!Bytes.isUTF8(bad))
            #expect(!Bytes.isUTF8(Array("abc".utf8) + bad + Array("abc".utf8)))
        }
    }
}
