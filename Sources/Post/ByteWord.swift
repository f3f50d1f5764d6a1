/// Eight bytes of a body in one machine word, the first in the lowest place, for the questions that decide most of a text.
///
/// Every answer "yes" is exact; "no" only means that the bytes want to be looked at one by one.
struct ByteWord {
    private let bits: UInt64

    private static let highs: UInt64 = 0x8080_8080_8080_8080
    private static let lows: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The bytes from an index on, of which there must be eight; fewer read as zeros.
    @inline(__always)
    init(_ bytes: Span<UInt8>, at index: Int) {
        guard index >= 0, bytes.count - index >= 8 else {
            bits = 0
            return
        }
        bits = UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// A word from eight bytes in order, for tests.
    init(_ bytes: [UInt8]) {
        bits = bytes.prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
    }

    /// Whether all eight are ASCII, NUL excepted.
    @inline(__always)
    var isASCIIWithoutNUL: Bool {
        bits & ByteWord.highs == 0 && zeros(in: bits) == 0
    }

    /// Whether the first six are two characters of U+4000 to U+9FFF: leads E4 to E9, each with two continuation bytes.
    @inline(__always)
    var isTwoHan: Bool {
        guard bits & 0x0000_C0C0_F0C0_C0F0 == 0x0000_8080_E080_80E0 else { return false }
        let first = bits & 0x0F
        let second = bits >> 24 & 0x0F
        return first >= 4 && first <= 9 && second >= 4 && second <= 9
    }

    /// Whether all eight are printing ASCII but `<` and `&`, spaces among them single, the first none after a space.
    @inline(__always)
    func isPlainText(afterSpace: Bool) -> Bool {
        guard bits & ByteWord.highs == 0 else { return false }
        // Adding 60 to each carries into its highest bit from 20 on; DEL is as good as any other.
        let printing = (bits + 0x6060_6060_6060_6060) & ByteWord.highs == ByteWord.highs
        guard printing, zeros(in: bits ^ (0x3C * ByteWord.ones)) == 0, zeros(in: bits ^ (0x26 * ByteWord.ones)) == 0
        else { return false }
        let spaces = zeros(in: bits ^ (0x20 * ByteWord.ones))
        return spaces & (spaces << 8) == 0 && !(afterSpace && spaces & 0x80 != 0)
    }

    /// Whether the last of the eight is a space.
    @inline(__always)
    var endsInSpace: Bool { bits >> 56 == 0x20 }

    /// The highest bit of each byte that is zero, for bytes below 80.
    @inline(__always)
    private func zeros(in value: UInt64) -> UInt64 {
        ~(value &+ ByteWord.lows) & ByteWord.highs
    }
}
