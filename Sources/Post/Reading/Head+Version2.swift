import ProvenanceEncoding
import ProvenanceRecord

extension Head {
    /// Whether a head begins at an offset: "first line one comment alone, second one starting with `[` or `------`".
    static func begins(at start: Int, of bytes: [UInt8]) -> Bool {
        var lines = FileLines(bytes, from: start)
        guard let first = lines.next(), first.hasNewline, comment(bytes[first.range]) != nil, let second = lines.next()
        else { return false }
        let text = bytes[second.range]
        return text.first == 0x5B || text.starts(with: "------".utf8)
    }

    /// Parses a head that begins at an offset, with lines that end in LF or CR LF.
    ///
    /// "Where a head begins, at the start or after front matter, it must be whole: html or stub over it is *failed*, and a
    /// writer refuses a damaged head."
    ///
    /// - Parameters:
    ///   - start: The offset.
    ///   - bytes: The whole file.
    ///   - statesSource: Whether the link line's address is the post's source: in the form headed.
    /// - Throws: `E-UTF8`, `E-NUL`, `E-EPOCH`, `E-LINK-LINE`, `E-RULE` or `E-HEAD-BLANK-LINE`.
    init(at start: Int, of bytes: [UInt8], statesSource: Bool) throws(PostError) {
        var lines = FileLines(bytes, from: start)
        let first = lines.next()?.range ?? start..<start
        let second = lines.next()?.range ?? start..<start
        // "UTF-8 without NUL, as are head and link line".
        try Post.requireText(start..<max(start, second.upperBound), of: bytes)
        guard let inner = Head.comment(bytes[first]), let epoch = Head.epoch(inner) else {
            throw Head.failure(
                .epoch, first.lowerBound, of: bytes, found: excerpt(bytes[first].dropFirst(4).dropLast(3)),
                wanted: "milliseconds since 1970, at most 16 digits, or `NaN`")
        }
        if statesSource {
            let link = try LinkLine(second, of: bytes)
            (linkText, linkURL) = (link.text, link.address)
        } else {
            guard let link = Head.link(bytes[second]) else {
                throw Head.failure(
                    .linkLine, second.lowerBound, of: bytes, found: excerpt(bytes[second]),
                    wanted: "`[text](url)` on one line")
            }
            linkText = ExactText(String(decoding: link.text, as: UTF8.self))
            linkURL = ExactText(String(decoding: link.url, as: UTF8.self))
        }
        let third = lines.next()
        guard let third, third.hasNewline, Head.isRule(bytes[third.range]) else {
            throw Head.failure(
                .rule, third?.range.lowerBound ?? bytes.count, of: bytes,
                found: third.map { excerpt(bytes[$0.range]) } ?? "the end of the file", wanted: "`------`")
        }
        let fourth = lines.next()
        guard let fourth, fourth.hasNewline, fourth.range.isEmpty else {
            throw Head.failure(
                .headBlankLine, fourth?.range.lowerBound ?? bytes.count, of: bytes,
                found: fourth.map { excerpt(bytes[$0.range]) } ?? "the end of the file",
                wanted: "an empty line after `------`")
        }
        comment = ExactText(String(decoding: inner, as: UTF8.self))
        self.epoch = if case .number(let value) = epoch { value } else { nil }
        range = start..<lines.offset
    }

    private static func failure(
        _ code: PostError.Code, _ offset: Int, of bytes: [UInt8], found: String, wanted: String
    ) -> PostError {
        let place = SourcePosition(of: offset, in: bytes)
        return PostError(code, line: place.line, column: place.column, found: found, wanted: wanted)
    }
}

/// The link line of the forms headed and linked, whose address is the post's source.
///
/// "`[`, `](` **exactly once** (the last-`](` rule reads two links as one), `)` at the end; address http(s), no
/// White_Space, no Cc, parentheses in pairs (`[a](x)(y)` is refused)."
struct LinkLine {
    /// The text between the brackets.
    let text: ExactText
    /// The address.
    let address: ExactText

    /// Parses a line, given without its end.
    ///
    /// - Throws: `E-UTF8`, `E-NUL` or `E-LINK-LINE`.
    init(_ line: Range<Int>, of bytes: [UInt8]) throws(PostError) {
        try Post.requireText(line, of: bytes)
        let content = bytes[line]
        guard content.first == 0x5B, content.last == 0x29, let split = LinkLine.onlySplit(content) else {
            throw LinkLine.failure(line, of: bytes, wanted: "one link, `[text](address)`, and nothing else")
        }
        let address = ExactText(String(decoding: content[(split + 2)..<(line.upperBound - 1)], as: UTF8.self))
        guard Address.isWeb(address), LinkLine.isPaired(address),
            address.utf8.count <= EntryText.maxSource,
            address.string.unicodeScalars.allSatisfy({ !Bytes.isWhiteSpace($0) && !EntryText.isForbidden($0) })
        else {
            throw LinkLine.failure(
                line, of: bytes, wanted: "an http(s) address without white space, its parentheses in pairs")
        }
        text = ExactText(String(decoding: content[(line.lowerBound + 1)..<split], as: UTF8.self))
        self.address = address
    }

    /// Where the only `](` of a line stands; `nil` where there is none, or more than one.
    private static func onlySplit(_ line: ArraySlice<UInt8>) -> Int? {
        var found: Int?
        for index in line.indices.dropLast() where line[index] == 0x5D && line[index + 1] == 0x28 {
            guard found == nil else { return nil }
            found = index
        }
        return found
    }

    /// Whether each `(` has its `)` after it, and each `)` its `(` before it.
    private static func isPaired(_ address: ExactText) -> Bool {
        var depth = 0
        for byte in address.utf8 {
            if byte == 0x28 { depth += 1 }
            if byte == 0x29 { depth -= 1 }
            if depth < 0 { return false }
        }
        return depth == 0
    }

    private static func failure(_ line: Range<Int>, of bytes: [UInt8], wanted: String) -> PostError {
        let place = SourcePosition(of: line.lowerBound, in: bytes)
        return PostError(.linkLine, line: place.line, column: 1, found: excerpt(bytes[line]), wanted: wanted)
    }
}
