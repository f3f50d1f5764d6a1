import ProvenanceSystem

/// Splits a manifest into its values while reading: the text between the values must match byte for byte, each value
/// extends to its closing bracket or quote and is returned whole.
///
/// Since the text between the values has only one accepted spelling, the file is canonical exactly if each value is;
/// the decoder of a value checks that. At most one value and one piece are held.
package final class ManifestScanner {
    private let source: FileStream
    private let place: String
    private var buffer: [UInt8] = []
    private var next = 0
    private var atEnd = false
    /// Bytes of the file before `buffer`.
    private var dropped: UInt64 = 0
    /// The largest number of bytes held at once so far.
    private(set) var maxHeld = 0

    private static let pieceSize = 1 << 18

    package init(_ source: FileStream, place: String) {
        self.source = source
        self.place = place
    }

    /// Bytes consumed so far.
    var taken: UInt64 { dropped + UInt64(next) }

    /// A malformed member, with the offset of the byte.
    func malformed(_ member: String, _ reason: String) -> Problem {
        Problem(.manifest, "\(place): \(member)", "\(reason), at byte \(taken)")
    }

    /// Reads another piece; `false` at the end of the file.
    private func fill() throws(Problem) -> Bool {
        if atEnd { return false }
        if next > 0 {
            buffer.removeFirst(next)
            dropped += UInt64(next)
            next = 0
        }
        let piece: [UInt8]
        do { piece = try source.read(upTo: ManifestScanner.pieceSize) } catch { throw Problem(error) }
        if piece.isEmpty {
            atEnd = true
            return false
        }
        buffer.append(contentsOf: piece)
        maxHeld = max(maxHeld, buffer.count)
        return true
    }

    /// Consumes these bytes if they come next.
    package func take(_ word: String) throws(Problem) -> Bool {
        let bytes = Array(word.utf8)
        while buffer.count - next < bytes.count {
            guard try fill() else { return false }
        }
        guard buffer[next..<(next + bytes.count)].elementsEqual(bytes) else { return false }
        next += bytes.count
        return true
    }

    /// Consumes these bytes, which must come next.
    package func expect(_ word: String, _ member: String) throws(Problem) {
        guard try take(word) else { throw malformed(member, "\(word) is wanted here") }
    }

    /// Consumes one value: a string, an object or an array, up to its closing quote or bracket. Its content is not
    /// parsed.
    package func value(_ member: String, limit: Int) throws(Problem) -> [UInt8] {
        var length = 0
        var depth = 0
        var inString = false
        var escaped = false
        while true {
            if buffer.count - next <= length {
                guard length <= limit else { throw malformed(member, "longer than \(limit) bytes") }
                guard try fill() else {
                    throw malformed(member, "the file ends here, after \(length) bytes of a value")
                }
            }
            var place = next + length
            let end = buffer.count
            scan: while place < end {
                let byte = buffer[place]
                place += 1
                if inString {
                    if escaped {
                        escaped = false
                    } else if byte == UInt8(ascii: "\\") {
                        escaped = true
                    } else if byte == UInt8(ascii: "\"") {
                        inString = false
                        if depth == 0 { break scan }
                    }
                    continue
                }
                switch byte {
                case UInt8(ascii: "\""): inString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    if depth <= 0 { break scan }
                default:
                    if depth == 0 { throw malformed(member, "a string, an object or an array is wanted here") }
                }
            }
            length = place - next
            guard length <= limit else { throw malformed(member, "longer than \(limit) bytes") }
            guard depth >= 0 else { throw malformed(member, "a value is wanted here") }
            if depth == 0, !inString {
                let value = Array(buffer[next..<place])
                next = place
                return value
            }
        }
    }

    /// Requires the end of the file.
    func end() throws(Problem) {
        let isAtEnd = next == buffer.count ? try !fill() : false
        guard isAtEnd else { throw malformed("end", "nothing may follow the closing brace, not even a newline") }
    }
}
