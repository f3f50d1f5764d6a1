import ProvenanceEncoding
import TestSupport
import Testing

/// Hexadecimal digits, against the standard library's.
@Suite struct HexadecimalTests {
    @Test("each byte has its two digits, beside any other bytes", arguments: 0...67)
    func digits(count: Int) {
        for start in stride(from: 0, to: 256, by: 64) {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: start + $0) }
            var text: [UInt8] = [7]
            bytes.withUnsafeBytes { Hexadecimal.append($0, to: &text) }
            let wanted = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            #expect(text == [7] + Array(wanted.utf8))
        }
    }

    /// The bytes that `count` digits stand for.
    private func decode(_ text: [UInt8], _ count: Int) -> [UInt8]? {
        var target = [UInt8](repeating: 0xAA, count: count)
        return text.withUnsafeBytes { digits in
            target.withUnsafeMutableBytes { Hexadecimal.decode(digits, into: $0) }
        } ? target : nil
    }

    @Test("digits are read back, and nothing but lowercase digits is", arguments: [0, 4, 16, 32])
    func decode(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 37 * $0 + 200) }
        var text: [UInt8] = []
        bytes.withUnsafeBytes { Hexadecimal.append($0, to: &text) }
        #expect(decode(text, count) == bytes)
        #expect(decode(text + [0x30], count) == nil)
        #expect(decode(text + [0x30, 0x30], count) == nil)
        #expect(decode(text, count + 4) == nil)
        for place in text.indices {
            for byte in UInt8.min ... .max where !(0x30...0x39 ~= byte || 0x61...0x66 ~= byte) {
                var other = text
                other[place] = byte
                let found = decode(other, count)
                #expect(found == nil, "\(byte) at \(place)")
            }
        }
    }
}
