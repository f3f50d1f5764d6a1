import Foundation
import Testing

/// A JSON value as Foundation reads it, so that the command's output is checked by another parser.
struct JSON {
    private let value: Any?

    private init(_ value: Any?) { self.value = value }

    /// The objects of JSON lines; each must be in canonical form (sorted members, no white space), as far as Foundation
    /// writes it.
    static func lines(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws -> [JSON] {
        try #require(bytes.isEmpty || bytes.last == 0x0a, "no newline at the end", sourceLocation: sourceLocation)
        return try bytes.split(separator: 0x0a).map { line in
            let value = try JSONSerialization.jsonObject(with: Data(line))
            let again = try JSONSerialization.data(
                withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes])
            #expect(
                [UInt8](again) == Array(line), "not canonical: \(String(decoding: line, as: UTF8.self))",
                sourceLocation: sourceLocation)
            return JSON(value)
        }
    }

    /// The objects of a file of JSON lines in any form.
    static func anyLines(_ bytes: [UInt8]) throws -> [JSON] {
        try bytes.split(separator: 0x0a).map { JSON(try JSONSerialization.jsonObject(with: Data($0))) }
    }

    /// A member of an object.
    subscript(_ name: String) -> JSON { JSON((value as? [String: Any])?[name]) }

    /// The items of an array.
    var items: [JSON] { (value as? [Any])?.map { JSON($0) } ?? [] }

    /// A string.
    var string: String? { value as? String }

    /// A whole number.
    var int: Int? { value as? Int }

    /// True or false.
    var bool: Bool? { value as? Bool }

    /// Whether it is `null`.
    var isNull: Bool { value is NSNull }
}
