/// RFC 8785 canonical JSON, for the values of `JSONValue`: one spelling, so that bytes can be hashed and compared.
public enum CanonicalJSON {
    /// 2^53 - 1: "integers … exactly representable" (RFC 7493 §2.2).
    public static let largestInteger: Int64 = (1 << 53) - 1
    /// Deepest nesting that is read; our formats use four levels.
    public static let deepest = 16

    // MARK: Writing

    /// The canonical bytes of a value.
    public static func encode(_ value: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return bytes
    }

    /// Appends the canonical bytes of a value.
    public static func append(_ value: JSONValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): Bytes.append(value, to: &bytes)
        case .string(let text): append(text, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (place, element) in elements.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                append(element, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            // RFC 8785 §3.2.3: "property name strings … sorted … as arrays of UTF-16 code units".
            let names = members.keys.sorted { $0.utf16.lexicographicallyPrecedes($1.utf16) }
            for (place, name) in names.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                append(name, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                append(members[name] ?? .null, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Appends a string with its quotes.
    ///
    /// RFC 8785 §3.2.2.2: \b \t \n \f \r \" \\ have short escapes, other controls \u00xx in lowercase, everything else
    /// is written as is.
    public static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { text in
            // Runs of characters without escapes are appended at once.
            var start = 0
            for place in text.indices where text[place] < 0x20 || text[place] == 0x22 || text[place] == 0x5c {
                bytes.append(contentsOf: text[start..<place])
                appendEscape(text[place], to: &bytes)
                start = place + 1
            }
            bytes.append(contentsOf: text[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0a: bytes.append(UInt8(ascii: "n"))
        case 0x0c: bytes.append(UInt8(ascii: "f"))
        case 0x0d: bytes.append(UInt8(ascii: "r"))
        case 0x22, 0x5c: bytes.append(byte)
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(hex[Int(byte >> 4)])
            bytes.append(hex[Int(byte & 15)])
        }
    }

    private static let hex = Array("0123456789abcdef".utf8)

    // MARK: Reading

    /// Reads the canonical form of exactly one value.
    ///
    /// - Returns: `nil` for everything else: white space, another order of members, another escape, a duplicate name.
    public static func decode(_ bytes: some Collection<UInt8>) -> JSONValue? {
        var parser = Parser(bytes: Array(bytes))
        guard let value = parser.value(depth: 0), parser.isAtEnd else { return nil }
        // This one check covers every rule: a text is canonical if writing its value gives the same bytes.
        guard encode(value) == parser.bytes else { return nil }
        return value
    }

    private struct Parser {
        let bytes: [UInt8]
        var place = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { place == bytes.count }

        mutating func take(_ byte: UInt8) -> Bool {
            guard place < bytes.count, bytes[place] == byte else { return false }
            place += 1
            return true
        }

        mutating func take(_ word: StaticString) -> Bool {
            let length = word.utf8CodeUnitCount
            guard bytes.count - place >= length else { return false }
            let matches = word.withUTF8Buffer { $0.elementsEqual(bytes[place..<(place + length)]) }
            if matches { place += length }
            return matches
        }

        mutating func value(depth: Int) -> JSONValue? {
            guard depth < CanonicalJSON.deepest, place < bytes.count else { return nil }
            switch bytes[place] {
            case UInt8(ascii: "\""): return string().map(JSONValue.string)
            case UInt8(ascii: "{"): return object(depth)
            case UInt8(ascii: "["): return array(depth)
            case UInt8(ascii: "t"): return take("true") ? .bool(true) : nil
            case UInt8(ascii: "f"): return take("false") ? .bool(false) : nil
            case UInt8(ascii: "n"): return take("null") ? .null : nil
            default: return integer()
            }
        }

        mutating func integer() -> JSONValue? {
            let isNegative = take(UInt8(ascii: "-"))
            let start = place
            while place < bytes.count, (0x30...0x39).contains(bytes[place]) { place += 1 }
            guard
                let magnitude = Bytes.decimal(
                    bytes[start..<place], upTo: UInt64(CanonicalJSON.largestInteger))
            else { return nil }
            return .integer(isNegative ? -Int64(magnitude) : Int64(magnitude))
        }

        mutating func array(_ depth: Int) -> JSONValue? {
            guard take(UInt8(ascii: "[")) else { return nil }
            var elements: [JSONValue] = []
            if take(UInt8(ascii: "]")) { return .array(elements) }
            while true {
                guard let element = value(depth: depth + 1) else { return nil }
                elements.append(element)
                if take(UInt8(ascii: "]")) { return .array(elements) }
                guard take(UInt8(ascii: ",")) else { return nil }
            }
        }

        mutating func object(_ depth: Int) -> JSONValue? {
            guard take(UInt8(ascii: "{")) else { return nil }
            var members: [String: JSONValue] = [:]
            if take(UInt8(ascii: "}")) { return .object(members) }
            while true {
                guard let name = string(), take(UInt8(ascii: ":")), let value = value(depth: depth + 1) else {
                    return nil
                }
                // `String` equates canonically equivalent names; a text that has both is refused, not merged.
                guard members.updateValue(value, forKey: name) == nil else { return nil }
                if take(UInt8(ascii: "}")) { return .object(members) }
                guard take(UInt8(ascii: ",")) else { return nil }
            }
        }

        mutating func string() -> String? {
            guard take(UInt8(ascii: "\"")) else { return nil }
            let start = place
            // Most strings hold no escape and are decoded directly from the bytes.
            while place < bytes.count {
                let byte = bytes[place]
                if byte == UInt8(ascii: "\"") {
                    let text = Bytes.string(bytes[start..<place])
                    place += 1
                    return text
                }
                if byte == UInt8(ascii: "\\") { return escaped(from: start) }
                if byte < 0x20 { return nil }
                place += 1
            }
            return nil
        }

        private mutating func escaped(from start: Int) -> String? {
            var text = Array(bytes[start..<place])
            while place < bytes.count {
                let byte = bytes[place]
                place += 1
                switch byte {
                case UInt8(ascii: "\""): return Bytes.string(text)
                case UInt8(ascii: "\\"):
                    guard place < bytes.count else { return nil }
                    let escape = bytes[place]
                    place += 1
                    switch escape {
                    case UInt8(ascii: "b"): text.append(0x08)
                    case UInt8(ascii: "t"): text.append(0x09)
                    case UInt8(ascii: "n"): text.append(0x0a)
                    case UInt8(ascii: "f"): text.append(0x0c)
                    case UInt8(ascii: "r"): text.append(0x0d)
                    case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(escape)
                    case UInt8(ascii: "u"):
                        // Canonical text escapes only controls, so only \u00xx can survive the round trip.
                        guard
                            bytes.count - place >= 4,
                            let value = UInt8(String(decoding: bytes[place..<(place + 4)], as: UTF8.self), radix: 16)
                        else { return nil }
                        place += 4
                        text.append(value)
                    default: return nil
                    }
                case 0..<0x20: return nil
                default: text.append(byte)
                }
            }
            return nil
        }
    }
}
