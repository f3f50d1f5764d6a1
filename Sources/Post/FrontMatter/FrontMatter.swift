import ProvenanceEncoding

/// The front matter of a post: its keys in file order, each with its value and offsets.
///
/// Values are the scalars' texts after YAML unquoting and folding, without YAML's types: `True` stays `True`, `007`
/// stays `007`. Nothing else is trimmed, normalised or decoded.
public struct FrontMatter: Hashable, Sendable {
    /// The largest text between the two `---` lines, in bytes: 64 KiB; the largest real one has 2,300 bytes.
    ///
    /// libyaml takes more than linear time on some YAML, such as many lines of a block after many empty ones; a small
    /// limit bounds that time.
    public static let maxSize = 65_536

    /// The value of a key.
    public enum Value: Hashable, Sendable {
        /// A plain, quoted or block scalar; an absent value is the empty text.
        case scalar(ExactText)
        /// A flow or block list of scalars.
        case list([ExactText])
    }

    /// One key with its value.
    public struct Entry: Hashable, Sendable {
        /// The key.
        public let key: ExactText
        /// The value.
        public let value: Value
        /// The offset of the key, in bytes from the start of the file.
        public let keyOffset: Int
        /// The offset of the value, including its quote or bracket, in bytes from the start of the file.
        public let valueOffset: Int
    }

    /// The keys in the order of the file, each once.
    public let entries: [Entry]

    /// The entry of a key, if the front matter has it.
    public func entry(_ key: ExactText) -> Entry? {
        entries.first { $0.key == key }
    }

    /// The value of a key, if the front matter has it.
    public subscript(key: ExactText) -> Value? { entry(key)?.value }

    /// The text of a key whose value is a scalar.
    public func scalar(_ key: ExactText) -> ExactText? {
        guard case .scalar(let text)? = self[key] else { return nil }
        return text
    }

    /// The items of a key whose value is a list; a scalar counts as one item.
    public func list(_ key: ExactText) -> [ExactText] {
        switch self[key] {
        case .list(let items): items
        case .scalar(let text): [text]
        case nil: []
        }
    }
}
