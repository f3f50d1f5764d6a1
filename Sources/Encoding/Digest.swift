/// A SHA-256 value: exactly 32 bytes, so that a wrong length cannot be built.
///
/// Stored as four machine words in memory order, so that arrays of digests are flat.
public struct Digest: Hashable, Sendable {
    /// Bytes in a digest.
    public static let byteCount = 32

    /// The bytes, in memory order.
    public private(set) var words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest of 32 zero bytes; a starting value, never a result.
    public static let zero = Digest()

    private init() { words = (0, 0, 0, 0) }

    /// A digest whose 32 bytes are written in place.
    public init(writing body: (UnsafeMutableRawBufferPointer) -> Void) {
        self.init()
        withUnsafeMutableBytes(of: &words) { body($0) }
    }

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
        let isHex = withUnsafeMutableBytes(of: &words) { target in
            hex.withContiguousStorageIfAvailable { Hexadecimal.decode(UnsafeRawBufferPointer($0), into: target) }
                ?? Array(hex).withUnsafeBytes { Hexadecimal.decode($0, into: target) }
        }
        guard isHex else { return nil }
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
    public func appendHex(to text: inout [UInt8]) { withUnsafeBytes(of: words) { Hexadecimal.append($0, to: &text) } }

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
