import Yams

/// Reads front matter with libyaml, and refuses what no post may have: anchors, aliases, tags, nested values, a key twice.
package enum YAMLFrontMatter {
    /// Reads the bytes between the `---` lines, which must be valid UTF-8.
    ///
    /// - Parameters:
    ///   - text: The lines after the first `---` up to the closing one, as a range of the file.
    ///   - bytes: The whole file.
    /// - Returns: The keys with their values and places.
    /// - Throws: `E-YAML`, `E-YAML-ALIAS`, `E-YAML-TAG`, `E-NOT-A-MAPPING`, `E-DUPLICATE-KEY`, `E-VALUE-NOT-SCALAR` or
    ///   `E-NESTED`, without a path.
    package static func read(_ text: Range<Int>, of bytes: [UInt8]) throws(PostError) -> FrontMatter {
        try refuseManyAliases(text, of: bytes)
        try refuseManyNestedKeys(text, of: bytes)
        let marks = try ByteOrderMarks(bytes[text])
        var string = marks.hidden(String(decoding: bytes[text], as: UTF8.self))
        // Yams keeps a pointer to the string's bytes beyond the call that lends it. That is sound only for strings on
        // the heap, so a string of at most 15 bytes is made longer; line breaks at the end mean nothing to YAML here.
        if string.utf8.count < 32 { string += String(repeating: "\n", count: 32) }

        let root: Node?
        do {
            root = try Parser(yaml: string, resolver: .basic, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw translated(error, text, of: bytes, marks)
        } catch {
            throw PostError(.yaml, line: 2, column: 1, found: "\(error)", wanted: "YAML")
        }
        var walk = Walk(text: text, bytes: bytes, marks: marks)
        return try walk.frontMatter(root)
    }

    /// Refuses a text that may hold many aliases before Yams sees it.
    ///
    /// Aliases in keys make Yams compare what they stand for, which a few dozen of them can blow up without limit. Any
    /// alias is refused in the end, so many of them are refused at once; a few bound the work.
    private static func refuseManyAliases(_ text: Range<Int>, of bytes: [UInt8]) throws(PostError) {
        var aliases = 0
        var hasAnchor = false
        var place = text.lowerBound
        var previous: UInt8 = 0
        for index in text {
            let byte = bytes[index]
            if previous == 0x2A || previous == 0x26 {
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D:
                    if previous == 0x26 {
                        hasAnchor = true
                    } else {
                        if aliases == 0 { place = index - 1 }
                        aliases += 1
                    }
                default: break
                }
            }
            previous = byte
        }
        guard hasAnchor && aliases > 32 else { return }
        let position = Place(of: place, in: bytes)
        throw PostError(
            .yamlAlias, line: position.line, column: position.column, found: "\(aliases) YAML aliases",
            wanted: "plain or quoted values")
    }

    /// Refuses a large text that may hold keys in keys in keys, whose comparison takes time by the square of its size.
    ///
    /// Only `?` starts a key of any size. It stands in questions as well, so a text as short as those of real posts (2,300
    /// bytes at most) may hold any number.
    private static func refuseManyNestedKeys(_ text: Range<Int>, of bytes: [UInt8]) throws(PostError) {
        guard text.count > 4_096 else { return }
        var marks = 0
        for byte in bytes[text] where byte == 0x3F { marks += 1 }
        guard marks > 64 else { return }
        throw PostError(
            .nested, line: 2, column: 1, found: "\(marks) question marks in front matter of \(text.count) bytes",
            wanted: "at most 64 in more than 4096 bytes", advice: "they could be keys nested in keys")
    }

    /// One error of Yams as one of ours, with its place in the file.
    private static func translated(
        _ error: YamlError, _ text: Range<Int>, of bytes: [UInt8], _ marks: ByteOrderMarks
    ) -> PostError {
        func failure(_ problem: String, _ context: YamlError.Context?, _ mark: Mark) -> PostError {
            let place = place(mark, text, bytes)
            // The place is where libyaml gave up; the context says where the thing began that it gave up on.
            let reason = context.map { "\($0.text) from line \(Self.place($0.mark, text, bytes).line): \(problem)" }
            return PostError(
                .yaml, line: place.line, column: place.column, found: reason ?? problem, wanted: "YAML",
                advice: "the file is kept on the register as it is; nothing is repaired")
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            return failure(problem, context, mark)
        case .composer(let context, let problem, let mark, _):
            if problem.contains("undefined alias") {
                let place = place(mark, text, bytes)
                return PostError(
                    .yamlAlias, line: place.line, column: place.column, found: "a YAML alias",
                    wanted: "a plain or quoted value")
            }
            return failure(problem, context, mark)
        case .reader(let problem, _, _, _):
            let place = Place(of: firstUnreadable(text, of: bytes), in: bytes)
            return PostError(.yaml, line: place.line, column: place.column, found: problem, wanted: "YAML")
        case .duplicatedKeysInMapping(let keys, let context):
            let key = marks.restored(keys.first ?? "")
            let places = lines(startingWith: key, text, of: bytes)
            let first = place(context.mark, text, bytes)
            guard places.count > 1 else {
                return PostError(
                    .duplicateKey, line: first.line, column: first.column, found: "the key `\(key)` twice",
                    wanted: "each key once")
            }
            return PostError(
                .duplicateKey, line: places[1], column: 1,
                found: "the key `\(key)` on lines \(places.map(String.init).joined(separator: " and "))",
                wanted: "each key once")
        default:
            return PostError(.yaml, line: 2, column: 1, found: "\(error)", wanted: "YAML")
        }
    }

    private static func place(_ mark: Mark, _ text: Range<Int>, _ bytes: [UInt8]) -> Place {
        var locator = Locator(text: text, bytes: bytes)
        return Place(of: locator.offset(of: mark), in: bytes)
    }

    /// The lines at whose start a key stands, plain or quoted.
    private static func lines(startingWith key: String, _ text: Range<Int>, of bytes: [UInt8]) -> [Int] {
        var found: [Int] = []
        var line = 2
        for content in bytes[text].split(separator: 0x0A, omittingEmptySubsequences: false) {
            var rest = content
            if let quote = rest.first, quote == 0x22 || quote == 0x27 { rest = rest.dropFirst() }
            if rest.starts(with: key.utf8) {
                rest = rest.dropFirst(key.utf8.count)
                if let quote = rest.first, quote == 0x22 || quote == 0x27 { rest = rest.dropFirst() }
                if rest.drop(while: { $0 == 0x20 }).first == 0x3A { found.append(line) }
            }
            line += 1
        }
        return found
    }

    /// The first character that libyaml does not read: a control character or a noncharacter.
    private static func firstUnreadable(_ text: Range<Int>, of bytes: [UInt8]) -> Int {
        var offset = text.lowerBound
        for scalar in String(decoding: bytes[text], as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xFFFD, 0x10000...: break
            default: return offset
            }
            offset += UTF8.width(scalar)
        }
        return offset
    }
}

/// Walks the nodes of one document in the order of the text.
private struct Walk {
    private let bytes: [UInt8]
    private let end: Int
    private let marks: ByteOrderMarks
    private var locator: Locator

    init(text: Range<Int>, bytes: [UInt8], marks: ByteOrderMarks) {
        self.bytes = bytes
        self.marks = marks
        end = text.upperBound
        locator = Locator(text: text, bytes: bytes)
    }

    mutating func frontMatter(_ root: Node?) throws(PostError) -> FrontMatter {
        guard let root else {
            throw PostError(.notAMapping, line: 2, column: 1, found: "nothing", wanted: "`key: value` lines")
        }
        let start = try offset(of: root)
        guard case .mapping(let mapping) = root else {
            throw failure(.notAMapping, at: start, found: kind(of: root), wanted: "`key: value` lines")
        }
        var entries: [FrontMatter.Entry] = []
        for (key, value) in mapping {
            let keyOffset = try offset(of: key)
            guard case .scalar(let name) = key else {
                throw failure(.valueNotScalar, at: keyOffset, found: kind(of: key), wanted: "a plain key")
            }
            let valueOffset = try offset(of: value)
            let key = text(of: name, at: keyOffset)
            entries.append(
                FrontMatter.Entry(
                    key: key, value: try self.value(value, of: key.string, at: valueOffset),
                    keyOffset: keyOffset, valueOffset: valueOffset))
        }
        return FrontMatter(entries: entries)
    }

    private mutating func value(_ node: Node, of key: String, at place: Int) throws(PostError) -> FrontMatter.Value {
        switch node {
        case .scalar(let scalar):
            return .scalar(text(of: scalar, at: place))
        case .sequence(let sequence):
            var items: [ExactText] = []
            for item in sequence {
                let itemOffset = try offset(of: item)
                guard case .scalar(let scalar) = item else {
                    throw failure(
                        .nested, at: itemOffset, found: "\(kind(of: item)) in the list `\(key)`", wanted: "a scalar")
                }
                items.append(text(of: scalar, at: itemOffset))
            }
            return .list(items)
        default:
            throw failure(
                .nested, at: place, found: "\(kind(of: node)) as the value of `\(key)`",
                wanted: "a scalar or a list of scalars")
        }
    }

    /// A scalar's text, with every U+FEFF that it has.
    private func text(of scalar: Node.Scalar, at place: Int) -> ExactText {
        let text = marks.restored(scalar.string)
        guard scalar.style == .doubleQuoted, place < end, ByteOrderMarks.isFirstEscape(of: bytes[place..<end]) else {
            return ExactText(text)
        }
        return ExactText("\u{FEFF}" + text)
    }

    /// Where a node starts.
    ///
    /// Its properties belong to it, so a tag or an anchor is what stands there, and is refused.
    private mutating func offset(of node: Node) throws(PostError) -> Int {
        guard let mark = node.mark else { return locator.offset }
        let offset = locator.offset(of: mark)
        guard offset < end else { return offset }
        switch bytes[offset] {
        case 0x21:
            throw failure(.yamlTag, at: offset, found: "a YAML tag", wanted: "a value without a tag")
        case 0x26, 0x2A:
            throw failure(.yamlAlias, at: offset, found: "a YAML anchor or alias", wanted: "a plain or quoted value")
        default:
            return offset
        }
    }

    private func kind(of node: Node) -> String {
        switch node {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar, .alias: "a scalar"
        }
    }

    private func failure(_ code: PostError.Code, at offset: Int, found: String, wanted: String) -> PostError {
        let place = Place(of: offset, in: bytes)
        return PostError(code, line: place.line, column: place.column, found: found, wanted: wanted)
    }
}

/// Turns libyaml's marks, which come in ascending order, into byte offsets: YAML counts other line breaks than we do.
private struct Locator {
    private let bytes: [UInt8]
    private let end: Int
    private(set) var offset: Int
    private var line = 1
    private var column = 1

    init(text: Range<Int>, bytes: [UInt8]) {
        self.bytes = bytes
        end = text.upperBound
        offset = text.lowerBound
    }

    mutating func offset(of mark: Mark) -> Int {
        while offset < end && (line < mark.line || (line == mark.line && column < mark.column)) {
            advance()
        }
        return offset
    }

    /// Goes on by one character, or by one line break: CR LF, CR, LF, NEL, LS or PS.
    private mutating func advance() {
        let byte = bytes[offset]
        var width = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        width = min(width, end - offset)
        let isBreak =
            switch (byte, width) {
            case (0x0A, _), (0x0D, _): true
            case (0xC2, 2): bytes[offset + 1] == 0x85
            case (0xE2, 3): bytes[offset + 1] == 0x80 && bytes[offset + 2] & 0xFE == 0xA8
            default: false
            }
        if byte == 0x0D && offset + 1 < end && bytes[offset + 1] == 0x0A { width = 2 }
        offset += width
        if isBreak {
            line += 1
            column = 1
        } else {
            column += 1
        }
    }
}
