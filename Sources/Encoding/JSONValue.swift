/// A JSON value of the kinds that our formats use: no fractions, integers of at most 53 bits.
public enum JSONValue: Equatable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// An integer between -(2^53-1) and 2^53-1, so that every reader represents it exactly (RFC 7493).
    case integer(Int64)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object; members are written in canonical order, whatever their order here.
    case object([String: JSONValue])

    /// A member of an object.
    public subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    /// The string, when it is one.
    public var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The elements, when it is an array.
    public var array: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The integer, when it is one and not negative.
    public var unsigned: UInt64? {
        guard case .integer(let value) = self, value >= 0 else { return nil }
        return UInt64(value)
    }

    /// The members, when it is an object.
    public var members: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// A number without loss of precision: a string when it does not fit in 53 bits.
    public static func number(_ value: some BinaryInteger) -> JSONValue {
        guard let exact = Int64(exactly: value), exact.magnitude <= CanonicalJSON.largestInteger.magnitude else {
            return .string(String(value))
        }
        return .integer(exact)
    }

    /// A string or `null`.
    public static func optional(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
}
