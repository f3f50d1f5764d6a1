import ProvenanceEncoding
import ProvenanceRecord

/// What the top-level keys of a post's front matter hold, for proposals of which keys to read. Nothing is recorded by it.
public struct PostFields: Sendable {
    /// What a scalar looks like.
    public enum Kind: Sendable {
        /// An `http:` or `https:` address that a record can state.
        case address
        /// It begins with a day, as in `2018-02-06 15:00`, and a record can state it.
        case date
        /// Any other text that is not empty.
        case text
    }

    /// The form of the post.
    public let form: PostForm
    /// The keys that stand once and hold a bare scalar that is not empty.
    public let kinds: [ExactText: Kind]

    /// Reads a file; `nil` if it takes no form.
    public init?(of bytes: [UInt8]) {
        guard let parts = try? PostParts(parsing: bytes) else { return nil }
        form = parts.form
        var kinds: [ExactText: Kind] = [:]
        let entries = parts.form.hasFrontMatter ? parts.keys.entries : []
        let counts = entries.reduce(into: [ExactText: Int]()) { $0[$1.key, default: 0] += 1 }
        for entry in entries where counts[entry.key] == 1 {
            guard case .scalar(let text) = entry.value, !text.isEmpty else { continue }
            if Address.isWeb(text), EntryText.fault(in: text.string, limit: EntryText.maxSource) == nil {
                kinds[entry.key] = .address
            } else if PostFields.beginsWithDay(text), EntryText.fault(in: text.string, limit: EntryText.maxDate) == nil
            {
                kinds[entry.key] = .date
            } else {
                kinds[entry.key] = .text
            }
        }
        self.kinds = kinds
    }

    /// Four digits, two and two, with a hyphen, a slash or a point between them.
    private static func beginsWithDay(_ text: ExactText) -> Bool {
        let bytes = Array(text.utf8.prefix(10))
        guard bytes.count == 10 else { return false }
        return bytes.enumerated().allSatisfy { place, byte in
            place == 4 || place == 7 ? [0x2D, 0x2E, 0x2F].contains(byte) : (0x30...0x39).contains(byte)
        }
    }
}
