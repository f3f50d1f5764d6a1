/// A position in a file as people count it: lines from 1 by LF, columns from 1 in Unicode scalars.
public struct SourcePosition: Equatable, Sendable {
    /// The line, from 1.
    public var line: Int
    /// The column, from 1.
    public var column: Int

    /// The position of a byte offset; an offset past the end counts as the end.
    public init(of offset: Int, in bytes: [UInt8]) {
        line = 1
        column = 1
        for byte in bytes.prefix(max(0, offset)) {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
    }
}

/// A piece of a file for an error message: at most 60 scalars of its first line, invalid UTF-8 repaired, in backticks.
public func excerpt(_ bytes: some Sequence<UInt8>) -> String {
    var head: [UInt8] = []
    var isCut = false
    for byte in bytes {
        if byte == 0x0A { break }
        guard head.count < 240 else {
            isCut = true
            break
        }
        head.append(byte)
    }
    if head.isEmpty { return "an empty line" }
    let scalars = String(decoding: head, as: UTF8.self).unicodeScalars
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars.prefix(60))
    if isCut || scalars.count > 60 { text += "…" }
    return "`" + text + "`"
}
