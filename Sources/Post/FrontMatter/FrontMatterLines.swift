import ProvenanceEncoding

/// The ranges of a file's front matter.
///
/// "The closing `---` is the first line after line 1 that is exactly `---`; it may end at the end of the file."
struct FrontMatterLines {
    /// First byte of the file to the newline after the closing `---`, inclusive.
    let whole: Range<Int>
    /// The lines between the two `---`.
    let content: Range<Int>
    /// The number of the closing line, from 1.
    let lines: Int

    init(_ bytes: [UInt8]) throws(PostError) {
        guard bytes.starts(with: [0x2D, 0x2D, 0x2D]), bytes.count == 3 || bytes[3] == 0x0A else {
            throw FrontMatterLines.missing(bytes)
        }
        let start = min(4, bytes.count)
        var line = 2
        var index = start
        while index < bytes.count {
            let end = bytes[index...].firstIndex(of: 0x0A) ?? bytes.count
            if end - index == 3 && bytes[index] == 0x2D && bytes[index + 1] == 0x2D && bytes[index + 2] == 0x2D {
                guard index - start <= FrontMatter.maxSize else {
                    throw PostError(
                        .frontMatterTooLarge, line: line, column: 1, found: "front matter of \(index - start) bytes",
                        wanted: "at most \(FrontMatter.maxSize)")
                }
                whole = 0..<min(end + 1, bytes.count)
                content = start..<index
                lines = line
                return
            }
            index = end + 1
            line += 1
        }
        let meant = FrontMatterLines.meant(bytes, from: start)
        throw PostError(
            .frontMatterUnclosed, line: meant?.line ?? 1, column: 1, found: "front matter that is not closed",
            wanted: "a later line that is exactly `---`", advice: meant?.advice)
    }

    /// The first line, within the size limit of front matter, that would be `---` without its invisible characters.
    private static func meant(_ bytes: [UInt8], from start: Int) -> (line: Int, advice: String)? {
        var line = 2
        var index = start
        while index < bytes.count, index - start <= FrontMatter.maxSize {
            let end = bytes[index...].firstIndex(of: 0x0A) ?? bytes.count
            if let advice = Invisible.advice(on: bytes[index..<end], number: line, wanted: "---") {
                return (line, advice)
            }
            index = end + 1
            line += 1
        }
        return nil
    }

    private static func missing(_ bytes: [UInt8]) -> PostError {
        if bytes.isEmpty {
            return PostError(.noFrontMatter, line: 1, column: 1, found: "an empty file", wanted: "`---` on line 1")
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            return PostError(
                .byteOrderMark, line: 1, column: 1, found: "a byte order mark", wanted: "`---` on line 1",
                advice: "save the file as UTF-8 without a byte order mark")
        }
        if bytes.starts(with: "---\r".utf8) { return carriageReturn(bytes) }
        let advice: String? =
            if bytes.starts(with: "<!--".utf8) {
                "a post in the bare form, without metadata, is not recorded"
            } else if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
                "the file is UTF-16; save it as UTF-8 without a byte order mark"
            } else {
                Invisible.advice(
                    on: bytes[..<(bytes.firstIndex(of: 0x0A) ?? bytes.count)], number: 1, wanted: "---")
            }
        return PostError(
            .noFrontMatter, line: 1, column: 1, found: "\(excerpt(bytes)) on line 1", wanted: "`---`", advice: advice)
    }

    /// The error for a first line of `---` that ends in a carriage return.
    private static func carriageReturn(_ bytes: [UInt8]) -> PostError {
        let end = bytes[3...].firstIndex { $0 != 0x0D } ?? bytes.count
        let isBeforeNewline = end < bytes.count && bytes[end] == 0x0A
        let advice =
            switch (isBeforeNewline, end - 3) {
            case (true, 1): "lines end in CR LF here; git's autocrlf may have changed the file"
            case (true, _): "lines end in CR CR LF here; they were made CR LF twice. Save the file with LF alone"
            case (false, _):
                "lines end in CR alone here, as in files of the first Macintosh; save the file with LF alone"
            }
        return PostError(
            .noFrontMatter, line: 1, column: 1, found: "`---` and a carriage return on line 1", wanted: "`---`",
            advice: advice)
    }
}
