/// Text that is compared, ordered and hashed by its UTF-8 bytes.
///
/// Swift's `String` calls "é" and "e\u{301}" equal. What is signed or hashed must never be compared that way: two
/// texts are the same here only when their bytes are.
public struct ExactText: Sendable {
    /// The text for display and concatenation; compare the `ExactText`, not this.
    public let string: String

    /// Wraps a string as it is.
    public init(_ string: String) {
        self.string = string
    }

    /// Decodes UTF-8 without repairing it; `nil` when the bytes are not valid UTF-8.
    public init?(validating bytes: some Sequence<UInt8>) {
        guard let string = Bytes.string(bytes) else { return nil }
        self.string = string
    }

    /// The bytes that are hashed and compared.
    public var utf8: String.UTF8View { string.utf8 }

    /// Whether the text has no bytes.
    public var isEmpty: Bool { string.utf8.isEmpty }
}

extension ExactText: Hashable, Comparable {
    /// Byte equality, no Unicode normalisation.
    public static func == (left: ExactText, right: ExactText) -> Bool {
        Bytes.isSame(left.string, right.string)
    }

    /// The order of the raw bytes, which for UTF-8 is the order of the scalars.
    public static func < (left: ExactText, right: ExactText) -> Bool {
        left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
    }

    /// Feeds the bytes and their number to the hasher.
    public func hash(into hasher: inout Hasher) {
        var count = 0
        for byte in string.utf8 {
            hasher.combine(byte)
            count &+= 1
        }
        hasher.combine(count)
    }
}

extension ExactText: ExpressibleByStringLiteral, CustomStringConvertible {
    /// Wraps a literal.
    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// The text itself, not escaped for a terminal.
    public var description: String { string }
}
