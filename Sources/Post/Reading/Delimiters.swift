import ProvenanceEncoding

/// The ranges of a file's front matter in `provenance/post@v2`.
///
/// "Lines: LF or CR LF (a CR elsewhere is a character), one leading U+FEFF allowed; opening `---` and closing `---` or
/// `...` may be followed by blanks or tabs, nothing else."
struct Delimiters {
    /// "byte 0 (BOM included) to the end of the closing line, inclusive".
    let whole: Range<Int>
    /// The lines between the two.
    let content: Range<Int>

    /// Finds the lines.
    ///
    /// - Parameters:
    ///   - start: Where the opening line starts: after a byte order mark, if there is one.
    ///   - bytes: The whole file.
    /// - Throws: `E-NO-FRONT-MATTER`, `E-FRONT-MATTER-UNCLOSED` or `E-FRONT-MATTER-TOO-LARGE`.
    init(from start: Int, of bytes: [UInt8]) throws(PostError) {
        var lines = FileLines(bytes, from: start)
        guard let opening = lines.next(), Delimiters.isMade(of: 0x2D, bytes[opening.range]) else {
            throw PostError(
                .noFrontMatter, line: 1, column: 1, found: "\(excerpt(bytes[start...])) on line 1",
                wanted: "`---`, with nothing but blanks and tabs behind it")
        }
        let first = lines.offset
        var number = 2
        while let line = lines.next() {
            let text = bytes[line.range]
            if Delimiters.isMade(of: 0x2D, text) || Delimiters.isMade(of: 0x2E, text) {
                guard line.range.lowerBound - first <= FrontMatter.maxSize else {
                    throw PostError(
                        .frontMatterTooLarge, line: number, column: 1,
                        found: "front matter of \(line.range.lowerBound - first) bytes",
                        wanted: "at most \(FrontMatter.maxSize)")
                }
                whole = 0..<lines.offset
                content = first..<line.range.lowerBound
                return
            }
            number += 1
        }
        throw PostError(
            .frontMatterUnclosed, line: 1, column: 1, found: "front matter that is not closed",
            wanted: "a later line that is `---` or `...`")
    }

    /// Whether a line is three of one character, then blanks and tabs alone.
    private static func isMade(of character: UInt8, _ line: ArraySlice<UInt8>) -> Bool {
        line.count >= 3 && line.prefix(3).allSatisfy { $0 == character }
            && line.dropFirst(3).allSatisfy { $0 == 0x20 || $0 == 0x09 }
    }
}
