import CProvenanceYAML
import ProvenanceEncoding
import ProvenanceRecord

/// The events of libyaml for a text: scalars, the start and end of lists and mappings, and aliases.
///
/// No document is composed: aliases are never resolved, keys are never compared, and each event is freed after use. Two
/// limits bound the inputs on which libyaml takes quadratic time: one for brackets here, and the size limit of front
/// matter for the others.
struct YAMLEvents: ~Copyable {
    /// One event, and its offset.
    struct Event {
        enum Kind {
            case scalar(ExactText)
            /// A list or a mapping begins.
            case list, mapping
            /// A list or a mapping ends.
            case close
            case alias
            /// The text ends, or reading has stopped.
            case end
        }

        let kind: Kind
        /// The offset in bytes from the start of the file. An anchor or a tag is part of the event and starts it.
        let offset: Int
    }

    /// The most brackets that may be open at once.
    ///
    /// libyaml visits each open bracket for each token. A text of 64 KiB of opening brackets would take it ten seconds;
    /// with at most 100 it takes a fiftieth of a second.
    private static let maxBrackets = 100

    // On the heap, because libyaml keeps pointers to both.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let text: Range<Int>
    private let bytes: [UInt8]
    private let marks: ByteOrderMarks
    /// A position in the input, in libyaml's characters and in bytes.
    private var position = (character: 0, byte: 0)
    /// Where libyaml stopped, and where the construct it could not parse began; bytes from the start of the file.
    private(set) var stop: (at: Int, began: Int?)?
    private var brackets = 0
    private var documents = 0
    private var isOver = false

    /// Starts parsing a part of a file, which must be valid UTF-8.
    ///
    /// - Throws: `E-YAML` for a text with U+FEFF and all private-use characters.
    init(_ text: Range<Int>, of bytes: [UInt8]) throws(PostError) {
        let marks = try ByteOrderMarks(bytes[text])
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw PostError(.yaml, line: 2, column: 1, found: "no memory to read YAML", wanted: "YAML")
        }
        input = UnsafeMutableBufferPointer.allocate(capacity: text.count)
        _ = input.initialize(from: marks.hidden(bytes[text]))
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        if let start = input.baseAddress {
            yaml_parser_set_input_string(parser, start, input.count)
        } else {
            isOver = true
        }
        self.parser = parser
        self.marks = marks
        self.text = text
        self.bytes = bytes
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event of the text's single document.
    ///
    /// - Throws: `E-YAML` when the text is not YAML, has a second document or too many nested brackets; reading stops
    ///   then.
    mutating func next() throws(PostError) -> Event {
        while !isOver {
            var event = yaml_event_t()
            defer { yaml_event_delete(&event) }
            guard yaml_parser_parse(parser, &event) == 1 else {
                isOver = true
                throw failure()
            }
            switch event.type {
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT: continue
            case YAML_DOCUMENT_START_EVENT:
                documents += 1
                if documents > 1 { throw stopped(at: event.start_mark, "a second YAML document", wanted: "one") }
                continue
            case YAML_SCALAR_EVENT:
                let scalar = UnsafeBufferPointer(start: event.data.scalar.value, count: event.data.scalar.length)
                return Event(kind: .scalar(ExactText(marks.restored(scalar))), offset: offset(of: event.start_mark))
            case YAML_SEQUENCE_START_EVENT:
                try open(event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE, at: event.start_mark)
                return Event(kind: .list, offset: offset(of: event.start_mark))
            case YAML_MAPPING_START_EVENT:
                try open(event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE, at: event.start_mark)
                return Event(kind: .mapping, offset: offset(of: event.start_mark))
            case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
                if brackets > 0 { brackets -= 1 }
                return Event(kind: .close, offset: offset(of: event.start_mark))
            case YAML_ALIAS_EVENT:
                return Event(kind: .alias, offset: offset(of: event.start_mark))
            default:
                isOver = true
            }
        }
        return Event(kind: .end, offset: text.upperBound)
    }

    /// Counts open brackets. Inside brackets every list and mapping has brackets too, so each close event there ends
    /// one.
    private mutating func open(_ isBracket: Bool, at mark: yaml_mark_t) throws(PostError) {
        if isBracket { brackets += 1 }
        guard brackets > YAMLEvents.maxBrackets else { return }
        throw stopped(
            at: mark, "more than \(YAMLEvents.maxBrackets) brackets in brackets",
            wanted: "a scalar or a list of scalars")
    }

    private mutating func stopped(at mark: yaml_mark_t, _ found: String, wanted: String) -> PostError {
        isOver = true
        let place = SourcePosition(of: offset(of: mark), in: bytes)
        return PostError(.yaml, line: place.line, column: place.column, found: found, wanted: wanted)
    }

    /// libyaml's error as a `PostError`, with its position in the file.
    private mutating func failure() -> PostError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "no memory to read it"
        if parser.pointee.error == YAML_READER_ERROR {
            // A character that YAML does not allow; for these libyaml gives the offset in bytes.
            let offset = min(text.lowerBound + parser.pointee.problem_offset, text.upperBound)
            let place = SourcePosition(of: offset, in: bytes)
            let scalar = String(decoding: bytes[offset..<min(offset + 4, text.upperBound)], as: UTF8.self)
                .unicodeScalars.first.map { " (\(EntryText.name(of: $0)))" }
            return PostError(
                .yaml, line: place.line, column: place.column, found: problem + (scalar ?? ""), wanted: "YAML")
        }
        let began = parser.pointee.context == nil ? nil : offset(of: parser.pointee.context_mark)
        let at = offset(of: parser.pointee.problem_mark)
        stop = (at, began)
        if text.contains(at), bytes[at] == 0x09 { return tab(at) }
        // The context mark is the start of the construct that libyaml could not parse. For a key without a colon that
        // is the faulty line; libyaml detects it only on a later one.
        let context = parser.pointee.context.map { String(cString: $0) }
        let isKey = problem == YAMLEvents.noColon
        let place = SourcePosition(of: isKey ? began ?? at : at, in: bytes)
        let words = began.map { "\(context ?? "") from line \(SourcePosition(of: $0, in: bytes).line): " } ?? ""
        return PostError(
            .yaml, line: place.line, column: place.column, found: words + problem, wanted: "YAML",
            advice: YAMLEvents.advice(problem: problem, context: context))
    }

    /// libyaml's message for a line that is not `key: value`.
    private static let noColon = "could not find expected ':'"

    /// Advice, chosen by libyaml's messages.
    private static func advice(problem: String, context: String?) -> String {
        if problem == noColon { return "a line is `key: value`, with a blank behind the colon" }
        // "while parsing a quoted scalar": it is in quotes already.
        if context == "while parsing a quoted scalar" {
            return "a backslash begins an escape between double quotes; write two, or use single quotes"
        }
        if context == "while scanning a quoted scalar" { return "close the quote that is opened there" }
        return "quote a value with a colon or another sign of YAML in it; "
            + "the file is recorded as refused, and nothing is repaired"
    }

    /// The error for a tab where libyaml allows none: before the first word of a line, or before the word after `- `.
    private func tab(_ offset: Int) -> PostError {
        let place = SourcePosition(of: offset, in: bytes)
        let start = bytes[..<offset].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let isIndentation = bytes[start..<offset].allSatisfy { $0 == 0x20 || $0 == 0x09 }
        let words = isIndentation ? "is indented with a tab" : "has a tab before a value"
        return PostError(
            .yaml, line: place.line, column: place.column, found: "a tab", wanted: "spaces",
            advice: "line \(place.line) \(words); YAML wants spaces")
    }

    /// The offset in the file of a libyaml mark, which counts characters.
    ///
    /// The marks of events ascend, so converting all of them takes one pass.
    private mutating func offset(of mark: yaml_mark_t) -> Int {
        if mark.index < position.character { position = (0, 0) }
        while position.character < mark.index && position.byte < input.count {
            position.byte += 1
            while position.byte < input.count && input[position.byte] & 0xC0 == 0x80 { position.byte += 1 }
            position.character += 1
        }
        return text.lowerBound + position.byte
    }
}
