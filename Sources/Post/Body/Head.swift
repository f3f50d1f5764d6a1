import ProvenanceEncoding

/// The part of an rss post between front matter and body: epoch comment, link line, `------` and an empty line.
public struct Head: Hashable, Sendable {
    /// The comment's content as written: decimal digits, optionally after `-`, or `NaN`.
    public let comment: ExactText
    /// The comment's value, `nil` for `NaN`.
    public let epoch: Int64?
    /// The link's text, up to the last `](`.
    public let linkText: ExactText
    /// The link's address.
    public let linkURL: ExactText
    /// The range of the head in the file: after the front matter, up to and including the empty line.
    public let range: Range<Int>

    /// Parses the head at an offset; `nil` when the post does not have the rss form.
    ///
    /// "A post is rss iff the first line after the front matter is one HTML comment alone and the next line starts with `[`
    /// or is `------`; then comment, link line, `------` and an empty line must follow exactly, else it is refused."
    init?(after start: Int, of bytes: [UInt8]) throws(PostError) {
        guard start < bytes.count, bytes[start] == 0x3C else { return nil }
        var lines = FileLines(bytes, from: start, dropsReturns: false)
        guard let first = lines.next(), first.hasNewline, let inner = Head.comment(bytes[first.range]),
            let second = lines.next(), bytes[second.range].first == 0x5B || Head.isRule(bytes[second.range])
        else { return nil }

        // "the rss comment's content is `NaN` or a decimal integer of at most 16 digits (`-` allowed)"
        guard let epoch = Head.epoch(inner) else {
            let place = SourcePosition(of: first.range.lowerBound, in: bytes)
            throw PostError(
                .epoch, line: place.line, column: 5, found: excerpt(inner),
                wanted: "milliseconds since 1970, at most 16 digits, or `NaN`")
        }
        guard let link = Head.link(bytes[second.range]) else {
            let place = SourcePosition(of: second.range.lowerBound, in: bytes)
            throw PostError(
                .linkLine, line: place.line, column: 1, found: excerpt(bytes[second.range]),
                wanted: "`[text](url)` on one line", advice: Head.tail(bytes[second.range], line: place.line))
        }
        let third = lines.next()
        guard let third, third.hasNewline, Head.isRule(bytes[third.range]) else {
            let place = SourcePosition(of: third?.range.lowerBound ?? bytes.count, in: bytes)
            throw PostError(
                .rule, line: place.line, column: 1,
                found: third.map { excerpt(bytes[$0.range]) } ?? "the end of the file", wanted: "`------`",
                advice: third.flatMap { Invisible.advice(on: bytes[$0.range], number: place.line, wanted: "------") })
        }
        let fourth = lines.next()
        guard let fourth, fourth.hasNewline, fourth.range.isEmpty else {
            let place = SourcePosition(of: fourth?.range.lowerBound ?? bytes.count, in: bytes)
            throw PostError(
                .headBlankLine, line: place.line, column: 1,
                found: fourth.map { excerpt(bytes[$0.range]) } ?? "the end of the file",
                wanted: "an empty line after `------`",
                advice: fourth.flatMap { Invisible.advice(on: bytes[$0.range], number: place.line, wanted: "") })
        }
        comment = ExactText(String(decoding: inner, as: UTF8.self))
        self.epoch = if case .number(let value) = epoch { value } else { nil }
        linkText = ExactText(String(decoding: link.text, as: UTF8.self))
        linkURL = ExactText(String(decoding: link.url, as: UTF8.self))
        range = start..<lines.offset
    }

    /// The content of a line that is exactly one comment: `<!--`, no `-->`, `-->`.
    static func comment(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.count >= 7, line.starts(with: "<!--".utf8), line.suffix(3).elementsEqual("-->".utf8) else {
            return nil
        }
        let inner = line.dropFirst(4).dropLast(3)
        // The comment ends at the first `-->` after `<!--`; if that is before the end of the line, other text follows
        // it.
        var dashes = 0
        for byte in inner {
            if byte == 0x3E && dashes >= 2 { return nil }
            dashes = byte == 0x2D ? dashes + 1 : 0
        }
        return inner
    }

    /// Advice on a line that would be a link line without the invisible character at its end.
    private static func tail(_ line: ArraySlice<UInt8>, line number: Int) -> String? {
        guard let last = String(decoding: line.suffix(4), as: UTF8.self).unicodeScalars.last,
            Invisible.contains(last), link(line.dropLast(UTF8.width(last))) != nil
        else { return nil }
        return "line \(number) has \(Invisible.name(of: last)) at its end"
    }

    static func isRule(_ line: ArraySlice<UInt8>) -> Bool {
        line.count == 6 && line.allSatisfy { $0 == 0x2D }
    }

    /// The content of the comment.
    enum Epoch {
        case notANumber
        case number(Int64)
    }

    static func epoch(_ content: ArraySlice<UInt8>) -> Epoch? {
        if content.elementsEqual("NaN".utf8) { return .notANumber }
        let isNegative = content.first == 0x2D
        let digits = isNegative ? content.dropFirst() : content
        guard (1...16).contains(digits.count) else { return nil }
        var value: Int64 = 0
        for byte in digits {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 0x30)
        }
        return .number(isNegative ? -value : value)
    }

    /// Text and address of `[text](url)`, split at the last `](`.
    static func link(_ line: ArraySlice<UInt8>) -> (text: ArraySlice<UInt8>, url: ArraySlice<UInt8>)? {
        guard line.first == 0x5B, line.last == 0x29 else { return nil }
        var index = line.endIndex - 1
        while index > line.startIndex {
            if line[index] == 0x28 && line[index - 1] == 0x5D && index - 1 > line.startIndex {
                return (line[(line.startIndex + 1)..<(index - 1)], line[(index + 1)..<(line.endIndex - 1)])
            }
            index -= 1
        }
        return nil
    }

    /// Reports inconsistencies, in the order of the lines.
    func warn(
        _ warnings: inout [PostWarning], title: ExactText, source: ExactText, date: Int64, line: Int
    ) {
        if let epoch {
            let digits = comment.utf8.count - (comment.utf8.first == 0x2D ? 1 : 0)
            if digits != 13 {
                warnings.append(
                    PostWarning(.epochDigits, line: line, "the epoch has \(digits) digits, milliseconds have 13"))
            }
            if epoch != date {
                warnings.append(
                    PostWarning(
                        .epochDate, line: line,
                        "the epoch \(epoch) and the date \(date) are \(Head.duration(epoch, date)) apart"))
            }
        } else {
            warnings.append(PostWarning(.epochNaN, line: line, "the epoch is NaN: no publication time is recorded"))
        }
        if title != linkText {
            warnings.append(
                PostWarning(
                    .titleLinkText, line: line + 1,
                    "the link's text is \(excerpt(linkText.utf8)), the title is \(excerpt(title.utf8))"))
        }
        if !Address.sameAfterDecoding(source, linkURL) {
            warnings.append(
                PostWarning(
                    .sourceLink, line: line + 1,
                    "the link goes to \(excerpt(linkURL.utf8)), `from` is \(excerpt(source.utf8))"))
        }
    }

    /// The difference of two instants in hours, minutes, seconds and milliseconds, positive if the first is later.
    private static func duration(_ first: Int64, _ second: Int64) -> String {
        // Both have at most 16 digits, so the difference cannot overflow.
        let difference = first - second
        let size = difference.magnitude
        let sign = difference < 0 ? "-" : "+"
        return "\(sign)\(size / 3_600_000) h \(size / 60_000 % 60) min \(size / 1_000 % 60).\(padded(size % 1_000)) s"
    }

    private static func padded(_ milliseconds: UInt64) -> String {
        String(repeating: "0", count: milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0) + String(milliseconds)
    }
}
