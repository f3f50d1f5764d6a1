import ProvenanceEncoding

/// The top-level keys of a front matter, in `provenance/post@v2`: "top level only; compared byte for byte after unquoting,
/// no folding of case, no normalisation". A key may stand more than once.
struct FrontMatterKeys: Sendable {
    /// The value of a key.
    enum Value: Hashable, Sendable {
        /// A plain, quoted or block scalar; an absent value is the empty text.
        case scalar(ExactText)
        /// A scalar with an anchor, or with a tag.
        case anchored(ExactText)
        case tagged(ExactText)
        case alias
        case list, map
    }

    struct Entry: Sendable {
        let key: ExactText
        let value: Value
        /// The offset of the key, in bytes from the start of the file.
        let offset: Int

        /// The text of a scalar, with or without an anchor or a tag.
        var text: ExactText? {
            switch value {
            case .scalar(let text), .anchored(let text), .tagged(let text): text
            case .alias, .list, .map: nil
            }
        }
    }

    /// The keys in the order of the file.
    let entries: [Entry]

    init(entries: [Entry]) { self.entries = entries }

    /// The key that YAML 1.1 tools apply as a merge, and this program does not.
    static let merge: ExactText = "<<"

    /// The entries of a key.
    func entries(of key: ExactText) -> [Entry] { entries.filter { $0.key == key } }

    /// What a stated key gives: its text if the key stands once and its value is a bare scalar, else `nil`.
    ///
    /// "A *stated* key twice …, or with an alias, tag, anchor, list or map as its value: *failed* on rebuild."
    func stated(_ key: ExactText) -> ExactText? {
        let found = entries(of: key)
        guard found.count == 1, case .scalar(let text)? = found.first?.value else { return nil }
        return text
    }

    /// Reads the bytes between opening and closing line.
    ///
    /// - Parameters:
    ///   - text: The lines, as a range of the file, which must be valid UTF-8.
    ///   - bytes: The whole file.
    /// - Throws: `E-YAML`, `E-YAML-ALIAS`, `E-YAML-TAG`, `E-NOT-A-MAPPING` or `E-VALUE-NOT-SCALAR`.
    init(_ text: Range<Int>, of bytes: [UInt8]) throws(PostError) {
        if let plain = PlainFrontMatter.read(bytes[text]) {
            entries = plain.entries.map { entry in
                switch entry.value {
                case .scalar(let text): Entry(key: entry.key, value: .scalar(text), offset: entry.keyOffset)
                case .list: Entry(key: entry.key, value: .list, offset: entry.keyOffset)
                }
            }
            return
        }
        if let offset = FrontMatterKeys.lineBreak(text, of: bytes) {
            let place = SourcePosition(of: offset, in: bytes)
            let name = bytes[offset] == 0x0D ? "a carriage return that ends no line" : "a line break of Unicode"
            throw PostError(
                .yaml, line: place.line, column: place.column, found: name, wanted: "lines that end in LF or CR LF")
        }
        var walk = KeyWalk(events: try YAMLEvents(text, of: bytes), bytes: bytes)
        entries = try walk.whole()
    }

    /// The first line break that other readers of YAML take otherwise.
    ///
    /// "Refused, as other readers differ: a CR not before LF, U+0085, U+2028, U+2029".
    private static func lineBreak(_ text: Range<Int>, of bytes: [UInt8]) -> Int? {
        var index = text.lowerBound
        while index < text.upperBound {
            switch bytes[index] {
            case 0x0D:
                guard index + 1 < text.upperBound, bytes[index + 1] == 0x0A else { return index }
            case 0xC2:
                if index + 1 < text.upperBound, bytes[index + 1] == 0x85 { return index }
            case 0xE2:
                if index + 2 < text.upperBound, bytes[index + 1] == 0x80, bytes[index + 2] & 0xFE == 0xA8 {
                    return index
                }
            default: break
            }
            index += 1
        }
        return nil
    }
}

/// Consumes the events of one text in order. "Other keys' values are skipped within v1's limits, their repeats too."
private struct KeyWalk: ~Copyable {
    private var events: YAMLEvents
    private let bytes: [UInt8]

    init(events: consuming YAMLEvents, bytes: [UInt8]) {
        self.events = events
        self.bytes = bytes
    }

    /// Reads the whole text. A text that is not YAML is refused as such, whatever else is wrong with it.
    mutating func whole() throws(PostError) -> [FrontMatterKeys.Entry] {
        let entries: [FrontMatterKeys.Entry]
        do throws(PostError) {
            entries = try self.entries()
        } catch {
            try finish()
            throw error
        }
        try finish()
        return entries
    }

    private mutating func finish() throws(PostError) {
        while true {
            if case .end = try events.next().kind { return }
        }
    }

    /// "One document, and it is a mapping …, without anchor or tag."
    private mutating func entries() throws(PostError) -> [FrontMatterKeys.Entry] {
        let root = try events.next()
        switch root.kind {
        case .mapping: try requireBare(root, "the mapping")
        case .end: throw PostError(.notAMapping, line: 2, column: 1, found: "nothing", wanted: "`key: value` lines")
        default: throw failure(.notAMapping, root, found: "no mapping", wanted: "`key: value` lines")
        }
        var entries: [FrontMatterKeys.Entry] = []
        while true {
            let start = try events.next()
            if case .close = start.kind { return entries }
            // "Refused …: a top-level key that is a list, a map, an alias, or has anchor or tag."
            if case .alias = start.kind {
                throw failure(.yamlAlias, start, found: "an alias as a key", wanted: "a plain or quoted key")
            }
            guard case .scalar(let key) = start.kind else {
                throw failure(.valueNotScalar, start, found: "a key that is no scalar", wanted: "a plain key")
            }
            try requireBare(start, "a key")
            entries.append(FrontMatterKeys.Entry(key: key, value: try value(), offset: start.offset))
        }
    }

    private mutating func value() throws(PostError) -> FrontMatterKeys.Value {
        let start = try events.next()
        switch start.kind {
        case .scalar(let text):
            // Only anchors and tags start with these, and libyaml does not report the tag `!`.
            switch mark(of: start) {
            case 0x26: return .anchored(text)
            case 0x21: return .tagged(text)
            default: return .scalar(text)
            }
        case .alias: return .alias
        case .list:
            try skip()
            return .list
        case .mapping:
            try skip()
            return .map
        case .close, .end:
            // libyaml gives every key a value.
            throw failure(.yaml, start, found: "a key without a value", wanted: "`key: value`")
        }
    }

    /// Reads to the end of the list or mapping that has begun.
    private mutating func skip() throws(PostError) {
        var depth = 1
        while depth > 0 {
            switch try events.next().kind {
            case .list, .mapping: depth += 1
            case .close: depth -= 1
            case .end: return
            case .scalar, .alias: break
            }
        }
    }

    private func mark(of event: YAMLEvents.Event) -> UInt8 {
        event.offset < bytes.count ? bytes[event.offset] : 0
    }

    private func requireBare(_ event: YAMLEvents.Event, _ name: String) throws(PostError) {
        switch mark(of: event) {
        case 0x26: throw failure(.yamlAlias, event, found: "an anchor on \(name)", wanted: "none")
        case 0x21: throw failure(.yamlTag, event, found: "a tag on \(name)", wanted: "none")
        default: return
        }
    }

    private func failure(
        _ code: PostError.Code, _ event: YAMLEvents.Event, found: String, wanted: String
    ) -> PostError {
        let place = SourcePosition(of: event.offset, in: bytes)
        return PostError(code, line: place.line, column: place.column, found: found, wanted: wanted)
    }
}
