/// Where the front matter of a file starts and ends.
///
/// "The closing `---` is the first line after line 1 that is exactly `---`; it may end at the end of the file."
struct FrontMatterLines {
    /// First byte of the file to the newline after the closing `---`, inclusive.
    let whole: Range<Int>
    /// The lines between the two `---`.
    let content: Range<Int>
    /// Number of the closing line, from 1.
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
                guard index - start <= FrontMatter.maximumSize else {
                    throw PostError(
                        .frontMatterTooLarge, line: line, column: 1, found: "front matter of \(index - start) bytes",
                        wanted: "at most \(FrontMatter.maximumSize)")
                }
                whole = 0..<min(end + 1, bytes.count)
                content = start..<index
                lines = line
                return
            }
            index = end + 1
            line += 1
        }
        throw PostError(
            .frontMatterUnclosed, line: 1, column: 1, found: "front matter that is not closed",
            wanted: "a later line that is exactly `---`")
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
        let advice: String? =
            if bytes.starts(with: "---\r".utf8) {
                "lines end in CR LF here; git's autocrlf may have changed the file"
            } else if bytes.starts(with: "<!--".utf8) {
                "a post in the bare form, without metadata, is not recorded"
            } else {
                nil
            }
        return PostError(
            .noFrontMatter, line: 1, column: 1, found: "\(excerpt(bytes)) on line 1", wanted: "`---`", advice: advice)
    }
}
