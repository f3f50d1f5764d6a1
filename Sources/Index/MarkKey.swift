import ProvenanceEncoding
import ProvenanceRecord

/// Makes marks: 64 bits under a key that is drawn at random for each run.
///
/// The author of a register or an index cannot know the key, so two different values have the same mark with a
/// probability of 2⁻⁶⁴, however they were chosen. (In a sum, 2ᵏ equal values cost k bits of that.) The hash is SipHash
/// over two words and the value, as in Swift's hasher.
public struct MarkKey: Sendable {
    private let first = UInt64.random(in: .min ... .max)
    private let second = UInt64.random(in: .min ... .max)

    /// A key of this run.
    public init() {}

    /// The mark of a digest: zero for `nil`, never zero for a digest.
    public func mark(_ digest: Digest?) -> UInt64 {
        guard let digest else { return 0 }
        var hasher = hasher()
        digest.withBytes { hasher.combine(bytes: $0) }
        return max(1, UInt64(bitPattern: Int64(hasher.finalize())))
    }

    /// The mark of a text's bytes.
    public func mark(_ text: ArraySlice<UInt8>) -> UInt64 {
        var hasher = hasher()
        text.withUnsafeBytes { hasher.combine(bytes: $0) }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// The mark of bytes.
    public func mark(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = hasher()
        hasher.combine(bytes: bytes)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// The mark of a place, in the form of `RegisteredPlaces`.
    public func mark(place: RawPath) -> UInt64 { mark(place.bytes[...]) }

    /// The mark of a file that was refused at a place.
    public func mark(refusedAt place: RawPath, code: String, digest: Digest?) -> UInt64 {
        mark(root: [], path: place.bytes, code: Array(code.utf8), digest: digest)
    }

    /// The mark of a register's line: where a file was seen, and what became of it.
    public func mark(_ line: RegisterLine, root: String) -> UInt64 {
        switch line.fate {
        case .recorded(let entry), .known(let entry):
            mark(root: Array(root.utf8), path: line.path.bytes, entry: entry)
        case .refused(let code):
            mark(root: Array(root.utf8), path: line.path.bytes, code: Array(code.utf8), digest: line.sha256)
        }
    }

    /// The mark of an entry seen at a place.
    public func mark(root: [UInt8], path: [UInt8], entry: UInt64) -> UInt64 {
        var hasher = hasher()
        MarkKey.combine(root, &hasher)
        MarkKey.combine(path, &hasher)
        hasher.combine(entry)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// The mark of a file refused at a place.
    public func mark(root: [UInt8], path: [UInt8], code: [UInt8], digest: Digest?) -> UInt64 {
        var hasher = hasher()
        MarkKey.combine(root, &hasher)
        MarkKey.combine(path, &hasher)
        MarkKey.combine(code, &hasher)
        hasher.combine(digest != nil)
        digest?.withBytes { hasher.combine(bytes: $0) }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// The mark of a key in the index and the row that it leads to.
    public func mark(_ number: Int64, _ row: UInt64) -> UInt64 {
        var hasher = hasher()
        hasher.combine(number)
        hasher.combine(row)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// Hashes the bytes at once, preceded by their number; `combine` of an array would take them one by one.
    private static func combine(_ bytes: [UInt8], _ hasher: inout Hasher) {
        hasher.combine(bytes.count)
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    private func hasher() -> Hasher {
        var hasher = Hasher()
        hasher.combine(first)
        hasher.combine(second)
        return hasher
    }
}
