/// Bytes as lowercase hexadecimal digits, the only spelling the formats allow.
public enum Hexadecimal {
    /// Appends two digits for each byte, as ASCII.
    public static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        let whole = bytes.count - bytes.count % 4
        withUnsafeTemporaryAllocation(byteCount: 2 * bytes.count, alignment: 8) { target in
            for place in stride(from: 0, to: whole, by: 4) {
                let value = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
                target.storeBytes(of: digits(of: value).littleEndian, toByteOffset: 2 * place, as: UInt64.self)
            }
            for place in whole..<bytes.count {
                let pair = UInt16(truncatingIfNeeded: digits(of: UInt32(bytes[place])))
                target.storeBytes(of: pair.littleEndian, toByteOffset: 2 * place, as: UInt16.self)
            }
            text.append(contentsOf: UnsafeRawBufferPointer(target))
        }
    }

    /// The eight digits of four bytes; in both words the first is in the lowest byte.
    @inline(__always)
    private static func digits(of bytes: UInt32) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var spread = UInt64(bytes)
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        let halves = (spread >> 4 | spread << 8) & (ones &* 0x0F)
        // Adding 6 carries into the fifth bit of every value above 9: in ASCII the letters are 27 (hexadecimal) above
        // where the digits would continue.
        let letters = (halves &+ ones &* 0x06) >> 4 & ones
        return halves &+ ones &* 0x30 &+ letters &* 0x27
    }

    /// Decodes lowercase digits into a buffer.
    ///
    /// - Parameters:
    ///   - digits: The digits, as ASCII.
    ///   - target: Room for half as many bytes, a multiple of four.
    /// - Returns: Whether there are that many digits, all of them lowercase; if not, the contents of `target` are
    ///   meaningless.
    public static func decode(_ digits: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Bool {
        guard target.count % 4 == 0, digits.count / 2 == target.count, digits.count % 2 == 0 else { return false }
        for place in stride(from: 0, to: target.count, by: 4) {
            let word = UInt64(littleEndian: digits.loadUnaligned(fromByteOffset: 2 * place, as: UInt64.self))
            guard let value = value(of: word) else { return false }
            target.storeBytes(of: value.littleEndian, toByteOffset: place, as: UInt32.self)
        }
        return true
    }

    /// The four bytes that eight lowercase digits encode, the first in the lowest byte; `nil` for other characters.
    private static func value(of word: UInt64) -> UInt32? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs = ones << 7
        // For bytes below 80: adding 76 carries into the highest bit of all but 0 to 9, adding 79 of all above 6, and
        // adding 7F of all but zero. "0" to "9" are 30 to 39, "a" to "f" 61 to 66.
        let isDigit = ~((word ^ ones &* 0x30) &+ ones &* 0x76)
        let letters = word ^ ones &* 0x60
        let isLetter = ~(letters &+ ones &* 0x79) & (letters &+ ones &* 0x7F)
        guard (isDigit | isLetter) & ~word & highs == highs else { return nil }
        let halves = (word & (ones &* 0x0F)) &+ (word >> 6 & ones) &* 9
        var bytes = (halves << 4 | halves >> 8) & 0x00FF_00FF_00FF_00FF
        bytes = (bytes | bytes >> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: bytes | bytes >> 16)
    }
}
