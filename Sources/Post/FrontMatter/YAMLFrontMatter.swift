import ProvenanceEncoding

/// Parses front matter with libyaml, and refuses anchors, aliases, tags, nested values and duplicate keys.
package enum YAMLFrontMatter {
    /// Parses the bytes between the `---` lines, which must be valid UTF-8.
    ///
    /// A text that is not YAML is refused as such, whatever else is wrong with it. Otherwise the first construct that
    /// front matter does not allow is the error.
    ///
    /// - Parameters:
    ///   - text: The lines after the first `---` up to the closing one, as a range of the file.
    ///   - bytes: The whole file.
    /// - Returns: The keys with their values and offsets.
    /// - Throws: `E-YAML`, `E-YAML-ALIAS`, `E-YAML-TAG`, `E-NOT-A-MAPPING`, `E-DUPLICATE-KEY`, `E-VALUE-NOT-SCALAR` or
    ///   `E-NESTED`, without a path.
    package static func read(_ text: Range<Int>, of bytes: [UInt8]) throws(PostError) -> FrontMatter {
        var walk = Walk(events: try YAMLEvents(text, of: bytes), bytes: bytes)
        do throws(PostError) {
            return try walk.whole()
        } catch {
            guard let stop = walk.stop(error) else { throw error }
            // The line where the parser stopped, the line before it, and the line where the unfinished construct began.
            let start = bytes[..<min(stop.at, text.upperBound)].lastIndex(of: 0x0A) ?? 0
            let suspects = [stop.at, start, stop.began ?? stop.at]
            throw YAMLLookalike.reason(of: error, stop: stop.at, suspects: suspects, text, of: bytes) ?? error
        }
    }

    /// Where parsing stops on a text that is not YAML or not a mapping; `nil` for one that is both.
    static func stop(_ text: Range<Int>, of bytes: [UInt8]) -> Int? {
        do throws(PostError) {
            var walk = Walk(events: try YAMLEvents(text, of: bytes), bytes: bytes)
            do throws(PostError) { _ = try walk.whole() } catch { return walk.stop(error)?.at }
            return nil
        } catch {
            return text.lowerBound
        }
    }
}

/// Consumes the events of one text in order, and builds its front matter.
private struct Walk: ~Copyable {
    private var events: YAMLEvents
    private let bytes: [UInt8]
    /// The offset of the text's top-level value.
    private var root: Int?

    init(events: consuming YAMLEvents, bytes: [UInt8]) {
        self.events = events
        self.bytes = bytes
    }

    /// Parses the whole text. The first YAML error takes precedence over constructs that front matter does not allow.
    mutating func whole() throws(PostError) -> FrontMatter {
        let frontMatter: FrontMatter
        do throws(PostError) {
            frontMatter = try self.frontMatter()
        } catch {
            try finish()
            throw error
        }
        try finish()
        return frontMatter
    }

    /// Where a syntax error stopped parsing: where libyaml stopped, or the start of a value that is not a mapping.
    func stop(_ error: PostError) -> (at: Int, began: Int?)? {
        switch error.code {
        case .yaml: events.stop
        case .notAMapping: root.map { ($0, nil) }
        default: nil
        }
    }

    private mutating func frontMatter() throws(PostError) -> FrontMatter {
        let root = try next()
        self.root = root.offset
        switch root.kind {
        case .mapping: break
        case .end:
            throw PostError(.notAMapping, line: 2, column: 1, found: "nothing", wanted: "`key: value` lines")
        default:
            throw failure(.notAMapping, at: root.offset, found: name(of: root), wanted: "`key: value` lines")
        }
        var entries: [FrontMatter.Entry] = []
        var places: [ExactText: Int] = [:]
        while true {
            let start = try next()
            if case .close = start.kind { return FrontMatter(entries: entries) }
            guard case .scalar(let key) = start.kind else {
                throw failure(.valueNotScalar, at: start.offset, found: name(of: start), wanted: "a plain key")
            }
            if let earlier = places.updateValue(start.offset, forKey: key) {
                throw duplicate(key, at: start.offset, and: earlier)
            }
            let value = try next()
            entries.append(
                FrontMatter.Entry(
                    key: key, value: try self.value(value, of: key), keyOffset: start.offset,
                    valueOffset: value.offset))
        }
    }

    private mutating func value(_ start: YAMLEvents.Event, of key: ExactText) throws(PostError) -> FrontMatter.Value {
        switch start.kind {
        case .scalar(let text): return .scalar(text)
        case .list: break
        default:
            throw failure(
                .nested, at: start.offset, found: "\(name(of: start)) as the value of `\(key)`",
                wanted: "a scalar or a list of scalars")
        }
        var items: [ExactText] = []
        while true {
            let item = try next()
            if case .close = item.kind { return .list(items) }
            guard case .scalar(let text) = item.kind else {
                throw failure(
                    .nested, at: item.offset, found: "\(name(of: item)) in the list `\(key)`", wanted: "a scalar")
            }
            items.append(text)
        }
    }

    /// Reads the rest of the text and discards it, to check that all of it is YAML.
    ///
    /// libyaml 0.2.5 reads `[ ? ]` as a list that is not closed, so that is `E-YAML` and not `E-NESTED`.
    private mutating func finish() throws(PostError) {
        while true {
            if case .end = try events.next().kind { return }
        }
    }

    /// The next event; throws if it has an anchor or a tag or is an alias.
    private mutating func next() throws(PostError) -> YAMLEvents.Event {
        let event = try events.next()
        switch event.kind {
        case .close, .end: return event
        default: break
        }
        // Only anchors, aliases and tags start with these, and libyaml does not report the tag `!`.
        switch event.offset < bytes.count ? bytes[event.offset] : 0 {
        case 0x21:
            throw failure(.yamlTag, at: event.offset, found: "a YAML tag", wanted: "a value without a tag")
        case 0x26, 0x2A:
            throw failure(
                .yamlAlias, at: event.offset, found: "a YAML anchor or alias", wanted: "a plain or quoted value")
        default:
            return event
        }
    }

    private func name(of event: YAMLEvents.Event) -> String {
        switch event.kind {
        case .mapping: "a mapping"
        case .list: "a list"
        case .scalar: "a scalar"
        case .alias: "an alias"
        case .close, .end: "nothing"
        }
    }

    private func duplicate(_ key: ExactText, at offset: Int, and earlier: Int) -> PostError {
        let lines = (SourcePosition(of: earlier, in: bytes).line, SourcePosition(of: offset, in: bytes).line)
        let places = lines.0 == lines.1 ? "twice" : "on lines \(lines.0) and \(lines.1)"
        return failure(.duplicateKey, at: offset, found: "the key `\(key)` \(places)", wanted: "each key once")
    }

    private func failure(_ code: PostError.Code, at offset: Int, found: String, wanted: String) -> PostError {
        let place = SourcePosition(of: offset, in: bytes)
        return PostError(code, line: place.line, column: place.column, found: found, wanted: wanted)
    }
}
