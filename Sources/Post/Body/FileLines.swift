import ProvenanceEncoding

/// The lines of a file from an offset on: split by LF, or in version 2 by "LF or CR LF (a CR elsewhere is a character)".
struct FileLines {
    struct Line {
        /// The line without its end.
        let range: Range<Int>
        let hasNewline: Bool
    }

    private let bytes: [UInt8]
    private let dropsReturns: Bool
    /// Where the next line starts.
    private(set) var offset: Int

    /// Lines of a file; with `dropsReturns` a CR before the LF is part of the line's end.
    init(_ bytes: [UInt8], from offset: Int, dropsReturns: Bool = true) {
        self.bytes = bytes
        self.dropsReturns = dropsReturns
        self.offset = offset
    }

    mutating func next() -> Line? {
        guard offset < bytes.count else { return nil }
        let start = offset
        guard let end = Bytes.firstNewline(in: bytes, from: start) else {
            offset = bytes.count
            return Line(range: start..<offset, hasNewline: false)
        }
        offset = end + 1
        let hasReturn = dropsReturns && end > start && bytes[end - 1] == 0x0D
        return Line(range: start..<(hasReturn ? end - 1 : end), hasNewline: true)
    }
}
