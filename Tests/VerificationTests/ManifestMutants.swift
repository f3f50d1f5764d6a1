import ProvenanceEncoding
import ProvenanceVerification

/// A change of one thing in a JSON document.
struct Mutant {
    /// What kind of change it is.
    enum Change: String {
        case text
        case number
        case elements
        case drop
        case addition
        case type
    }

    /// The changed member, `entries[3].proof[0]`, indexes left out in `pattern`.
    let path: String
    let pattern: String
    let change: Change
    let words: String
    let document: JSONValue

    var description: String { "\(path): \(change.rawValue), \(words)" }

    /// Calls `each` with every mutant of a document: each field, each string and each of its lines, each element, each
    /// member, one at a time.
    static func forEach(of document: JSONValue, each: (Mutant) throws -> Void) throws {
        try walk(document, at: [], in: document, each)
    }

    private enum Step {
        case member(String)
        case element(Int)
    }

    private static func name(_ steps: [Step], numbered: Bool) -> String {
        var text = ""
        for step in steps {
            switch step {
            case .member(let name): text += text.isEmpty ? name : "." + name
            case .element(let place): text += numbered ? "[\(place)]" : "[]"
            }
        }
        return text
    }

    private static func put(_ value: JSONValue?, at steps: ArraySlice<Step>, in node: JSONValue) -> JSONValue {
        guard let step = steps.first else { return value ?? .null }
        let rest = steps.dropFirst()
        switch (step, node) {
        case (.member(let name), .object(var members)):
            let old = members[name] ?? .null
            members[name] = rest.isEmpty ? value : put(value, at: rest, in: old)
            return .object(members)
        case (.element(let place), .array(var elements)):
            if rest.isEmpty, value == nil {
                elements.remove(at: place)
            } else {
                elements[place] = put(value, at: rest, in: elements[place])
            }
            return .array(elements)
        default: return node
        }
    }

    private static func walk(
        _ node: JSONValue, at steps: [Step], in document: JSONValue, _ each: (Mutant) throws -> Void
    ) throws {
        func emit(_ change: Change, _ words: String, _ value: JSONValue?, at place: [Step]? = nil) throws {
            let place = place ?? steps
            let mutated = put(value, at: place[...], in: document)
            guard mutated != document || CanonicalJSON.encode(mutated) != CanonicalJSON.encode(document) else { return }
            try each(
                Mutant(
                    path: name(place, numbered: true), pattern: name(place, numbered: false), change: change,
                    words: words, document: mutated))
        }
        if !steps.isEmpty { try emit(.type, "null in its place", .null) }
        switch node {
        case .null, .bool: break
        case .integer(let value):
            for other in [value + 1, value - 1, value * 2 + 7, 0, CanonicalJSON.largestInteger] where other != value {
                try emit(.number, "\(other) in place of \(value)", .integer(other))
            }
            try emit(.type, "as a string", .string("\(value)"))
        case .string(let text):
            for (words, other) in texts(text) { try emit(.text, words, .string(other)) }
        case .array(let elements):
            try walk(elements, at: steps, emit)
            for (place, element) in elements.enumerated() {
                try walk(element, at: steps + [.element(place)], in: document, each)
            }
        case .object(let members):
            try emit(
                .addition, "an unknown member", .object(members.merging(["extra": .string("x")]) { old, _ in old }))
            for name in members.keys.sorted() {
                try emit(.drop, "left out", nil, at: steps + [.member(name)])
                try walk(members[name] ?? .null, at: steps + [.member(name)], in: document, each)
            }
        }
    }

    private static func walk(
        _ elements: [JSONValue], at steps: [Step], _ emit: (Change, String, JSONValue?, [Step]?) throws -> Void
    ) throws {
        try emit(.elements, "none", .array([]), nil)
        try emit(.elements, "the first half", .array(Array(elements.prefix(elements.count / 2))), nil)
        for place in elements.indices {
            var others = elements
            others.remove(at: place)
            try emit(.elements, "without element \(place)", .array(others), nil)
            others = elements
            others.insert(elements[place], at: place)
            try emit(.elements, "element \(place) twice", .array(others), nil)
            if place + 1 < elements.count {
                others = elements
                others.swapAt(place, place + 1)
                try emit(.elements, "elements \(place) and \(place + 1) swapped", .array(others), nil)
            }
        }
    }

    /// Every change of a string: as a whole, and of each of its lines.
    private static func texts(_ text: String) -> [(String, String)] {
        var list = [("empty", ""), ("twice", text + text), ("a character more", text + "A")]
        for (words, other) in flips(text) { list.append((words, other)) }
        list.append(("without its end", String(text.unicodeScalars.dropLast().map(Character.init))))
        list.append(("without its start", String(text.unicodeScalars.dropFirst().map(Character.init))))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count > 2 else { return list.filter { !$0.1.utf8.elementsEqual(text.utf8) } }
        func joined(_ lines: [String]) -> String { lines.joined(separator: "\n") }
        for place in lines.indices.dropLast() {
            var others = lines
            others.remove(at: place)
            list.append(("line \(place + 1) left out", joined(others)))
            others = lines
            others.insert(lines[place], at: place)
            list.append(("line \(place + 1) twice", joined(others)))
            others = lines
            others.swapAt(place, place + 1)
            list.append(("lines \(place + 1) and \(place + 2) swapped", joined(others)))
            others = lines
            others[place] = String(lines[place].dropLast())
            list.append(("line \(place + 1) truncated", joined(others)))
            for (words, other) in flips(lines[place]) {
                others = lines
                others[place] = other
                list.append(("line \(place + 1) \(words)", joined(others)))
            }
        }
        return list.filter { !$0.1.utf8.elementsEqual(text.utf8) }
    }

    /// The first, the middle and the last scalar, each changed to a neighbouring one.
    private static func flips(_ text: String) -> [(String, String)] {
        let scalars = Array(text.unicodeScalars)
        guard !scalars.isEmpty else { return [] }
        return Set([0, scalars.count / 2, scalars.count - 1]).sorted().compactMap { place in
            var others = scalars
            guard let other = Unicode.Scalar(others[place].value ^ 1) else { return nil }
            others[place] = other
            return ("with character \(place) flipped", String(String.UnicodeScalarView(others)))
        }
    }
}

/// Where in the bytes of a JSON document its strings lie.
struct StringPlaces {
    /// Path patterns and the bytes between the quotes.
    private(set) var strings: [(pattern: String, range: Range<Int>)] = []
    private let bytes: [UInt8]
    private var next = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        value("")
    }

    private mutating func value(_ path: String) {
        switch bytes[next] {
        case UInt8(ascii: "\""): strings.append((path, string()))
        case UInt8(ascii: "["):
            next += 1
            while bytes[next] != UInt8(ascii: "]") {
                value(path + "[]")
                if bytes[next] == UInt8(ascii: ",") { next += 1 }
            }
            next += 1
        case UInt8(ascii: "{"):
            next += 1
            while bytes[next] != UInt8(ascii: "}") {
                let name = String(decoding: bytes[string()], as: UTF8.self)
                next += 1
                value(path.isEmpty ? name : path + "." + name)
                if bytes[next] == UInt8(ascii: ",") { next += 1 }
            }
            next += 1
        default:
            while bytes[next] != UInt8(ascii: ","), bytes[next] != UInt8(ascii: "}"), bytes[next] != UInt8(ascii: "]") {
                next += 1
            }
        }
    }

    private mutating func string() -> Range<Int> {
        next += 1
        let start = next
        while bytes[next] != UInt8(ascii: "\"") { next += bytes[next] == UInt8(ascii: "\\") ? 2 : 1 }
        next += 1
        return start..<(next - 1)
    }
}
