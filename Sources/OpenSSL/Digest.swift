/// A SHA-256 value: exactly 32 bytes, so that a wrong length cannot be built.
///
/// Stored as four machine words in memory order, so that arrays of digests are flat.
public struct Digest: Hashable, Sendable {
    /// Bytes in a digest.
    public static let byteCount = 32

    var words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest of 32 zero bytes; a starting value, never a result.
    public static let zero = Digest()

    init() { words = (0, 0, 0, 0) }

    /// A digest from exactly 32 bytes.
    ///
    /// - Returns: `nil` for any other length.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Digest.byteCount else { return nil }
        self.init()
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// A digest from 64 lowercase hexadecimal digits, the only spelling the formats allow.
    ///
    /// - Returns: `nil` for any other length, upper-case digits or other characters.
    public init?(hex: some Collection<UInt8>) {
        guard hex.count == 2 * Digest.byteCount else { return nil }
        self.init()
        let isHex = hex.withContiguousStorageIfAvailable { unhex(UnsafeRawBufferPointer($0)) }
        guard isHex ?? Array(hex).withUnsafeBytes({ unhex($0) }) else { return nil }
    }

    /// Takes the digits, eight of them in a machine word at a time.
    private mutating func unhex(_ digits: UnsafeRawBufferPointer) -> Bool {
        guard digits.count == 2 * Digest.byteCount else { return false }
        return withUnsafeMutableBytes(of: &words) { target in
            for place in stride(from: 0, to: Digest.byteCount, by: 4) {
                let word = UInt64(littleEndian: digits.loadUnaligned(fromByteOffset: 2 * place, as: UInt64.self))
                guard let value = Digest.value(ofHex: word) else { return false }
                target.storeBytes(of: value.littleEndian, toByteOffset: place, as: UInt32.self)
            }
            return true
        }
    }

    /// The four bytes that eight lowercase digits stand for, the first in the lowest place.
    private static func value(ofHex word: UInt64) -> UInt32? {
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

    /// A digest from a string of 64 lowercase hexadecimal digits.
    public init?(hex: String) { self.init(hex: Array(hex.utf8)) }

    /// The 32 bytes.
    public var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// The 64 lowercase hexadecimal digits.
    public var hex: String {
        var text: [UInt8] = []
        text.reserveCapacity(64)
        appendHex(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the 64 lowercase hexadecimal digits as ASCII.
    public func appendHex(to text: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * Digest.byteCount) { digits in
            withUnsafeBytes(of: words) { source in
                for (place, byte) in source.enumerated() {
                    digits[2 * place] = Digest.hexDigit(byte >> 4)
                    digits[2 * place + 1] = Digest.hexDigit(byte & 15)
                }
            }
            text.append(contentsOf: UnsafeBufferPointer(digits))
        }
    }

    /// Appends the 32 bytes.
    public func append(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: words) { bytes.append(contentsOf: $0) }
    }

    /// Calls `body` with the 32 bytes in place.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withUnsafeBytes(of: words) { (buffer) throws(Failure) in try body(buffer) }
    }

    /// Whether the 32 bytes are the same.
    public static func == (left: Digest, right: Digest) -> Bool {
        left.words == right.words
    }

    /// Hashes half of the bytes, which are uniformly distributed.
    public func hash(into hasher: inout Swift.Hasher) {
        // The words are uniformly distributed already; two of them are plenty for a table.
        hasher.combine(words.0)
        hasher.combine(words.1)
    }

    /// The digit of a number below 16; without a table, so that many are made in one step.
    @inline(__always)
    private static func hexDigit(_ value: UInt8) -> UInt8 { value &+ (value < 10 ? 0x30 : 0x57) }

    static func value(ofHex character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x61...0x66: character - 0x61 + 10
        default: nil
        }
    }
}

extension Digest: Comparable {
    /// Order of the bytes, as `memcmp` gives it.
    public static func < (left: Digest, right: Digest) -> Bool {
        if left.words.0 != right.words.0 { return left.words.0.bigEndian < right.words.0.bigEndian }
        if left.words.1 != right.words.1 { return left.words.1.bigEndian < right.words.1.bigEndian }
        if left.words.2 != right.words.2 { return left.words.2.bigEndian < right.words.2.bigEndian }
        return left.words.3.bigEndian < right.words.3.bigEndian
    }
}

extension Digest: CustomStringConvertible {
    /// The 64 lowercase hexadecimal digits.
    public var description: String { hex }
}
