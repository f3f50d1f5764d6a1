/// Eight bytes of a body in one machine word, the first in the lowest byte, with fast tests that suffice for most text.
///
/// Every answer `true` is exact; `false` only means that the bytes must be decoded one by one.
struct ByteWord {
    private let bits: UInt64

    private static let highs: UInt64 = 0x8080_8080_8080_8080
    private static let lows: UInt64 = 0x7F7F_7F7F_7F7F_7F7F

    /// The eight bytes at an index; zeros when there are fewer.
    @inline(__always)
    init(_ bytes: Span<UInt8>, at index: Int) {
        guard index >= 0, bytes.count - index >= 8 else {
            bits = 0
            return
        }
        bits = UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self))
    }

    /// Whether the first byte is ASCII.
    @inline(__always)
    var startsWithASCII: Bool { bits & 0x80 == 0 }

    /// Whether the first six are two valid three-byte characters that a passage keeps unchanged.
    ///
    /// Excluded are the leads E0 and ED, which restrict the second byte, E1 and E2, which have many kinds of white
    /// space, and U+3000 (lead E3) and U+FEFF (lead EF).
    @inline(__always)
    var isTwoWide: Bool {
        guard bits & 0x0000_C0C0_F0C0_C0F0 == 0x0000_8080_E080_80E0, ByteWord.leads(0xDFF8, bits) else { return false }
        let first = bits & 0xFF_FFFF
        let second = bits >> 24 & 0xFF_FFFF
        return first != 0x80_80E3 && second != 0x80_80E3 && first & 0xFFFF != 0xBBEF && second & 0xFFFF != 0xBBEF
    }

    /// Whether the low halves of the first and the fourth byte are both in a set of sixteen.
    @inline(__always)
    private static func leads(_ allowed: UInt64, _ bits: UInt64) -> Bool {
        (allowed &>> (bits & 0x0F)) & (allowed &>> (bits &>> 24 & 0x0F)) & 1 == 1
    }

    /// Marks bytes that are not plain: plain bytes are printable ASCII except `<` and `&`, and single spaces. The
    /// lowest set bit is the highest bit of the first such byte.
    ///
    /// - Parameter afterSpace: Whether the byte before the first is a space; the first must not be one then.
    /// - Returns: Zero when all eight are plain.
    @inline(__always)
    func faultsOfPlainText(afterSpace: Bool) -> UInt64 {
        // For bytes below 80, adding 60 carries into the highest bit from 20 on, adding 7F for all but zero. Carries
        // out of a byte of 80 or more do not matter, as only the first fault counts. DEL counts as plain.
        let printing = bits &+ 0x6060_6060_6060_6060
        let notLess = (bits ^ 0x3C3C_3C3C_3C3C_3C3C) &+ ByteWord.lows
        let notAmpersand = (bits ^ 0x2626_2626_2626_2626) &+ ByteWord.lows
        let spaces = ~((bits ^ 0x2020_2020_2020_2020) &+ ByteWord.lows) & ByteWord.highs
        let behindSpace = spaces << 8 | (afterSpace ? 0x80 : 0)
        return (bits | ~(printing & notLess & notAmpersand) | spaces & behindSpace) & ByteWord.highs
    }

    /// The number of bytes before the first fault.
    @inline(__always)
    static func count(before faults: UInt64) -> Int { faults.trailingZeroBitCount &>> 3 }

    /// Whether the last of the eight is a space.
    @inline(__always)
    var endsInSpace: Bool { bits &>> 56 == 0x20 }

    /// Whether the byte at an index below eight is a space.
    @inline(__always)
    func isSpace(at place: Int) -> Bool { bits &>> UInt64(truncatingIfNeeded: 8 &* place) & 0xFF == 0x20 }
}
