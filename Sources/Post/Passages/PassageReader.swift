import ProvenanceRecord

/// Reads the passages of a body in order (`text@v1` or `text@v2`).
///
/// It works on bytes: all markup is ASCII, and longer UTF-8 sequences contain no ASCII byte. Each search through the
/// body either succeeds, and reading continues after the match, or drops the rest. So each byte is examined only a few
/// times, and time is linear for every input.
struct PassageReader {
    private var position = 0
    /// Whether a blank line ends a passage, as in `text@v2`.
    private let endsAtBlankLines: Bool

    init(_ version: PostRecord.Version) { endsAtBlankLines = version == .v2 }

    /// Reads the next passage that is not empty into a buffer.
    ///
    /// - Parameters:
    ///   - bytes: The body; the same in every call.
    ///   - passage: Receives the passage.
    /// - Returns: `false` at the end of the body.
    mutating func next(of bytes: Span<UInt8>, into passage: inout [UInt8]) -> Bool {
        var text = PassageText()
        swap(&text.bytes, &passage)
        defer { swap(&text.bytes, &passage) }
        text.clear()

        var index = position
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x3C {
                let markup = Markup.read(bytes, at: index)
                guard let markup else {
                    text.append(byte)
                    index += 1
                    continue
                }
                index = markup.end
                switch TagNames.effect(of: markup.name) {
                case .none: break
                case .endsPassage:
                    if !text.bytes.isEmpty {
                        position = index
                        return true
                    }
                    text.dropSpace()
                case .dropsContent:
                    if markup.isStart { index = Markup.endOfDropped(bytes, name: markup.nameRange, from: index) }
                }
            } else if byte == 0x0A || byte == 0x20 {
                if byte == 0x0A, endsAtBlankLines, let end = PassageReader.endOfBlankLine(bytes, from: index + 1) {
                    index = end
                    if !text.bytes.isEmpty {
                        position = index
                        return true
                    }
                    text.dropSpace()
                    continue
                }
                text.appendSpace()
                index += 1
            } else if byte == 0x26 {
                if let reference = Reference.read(bytes, at: index) {
                    text.append(scalar: reference.scalar)
                    index = reference.end
                } else {
                    text.append(byte)
                    index += 1
                }
            } else {
                let end = PassageReader.endOfRun(bytes, from: index)
                if end > index {
                    text.append(bytes.extracting(index..<end))
                    index = end
                } else {
                    let step = UTF8Sequence.step(bytes, at: index)
                    text.append(scalar: step.scalar)
                    index += step.length
                }
            }
        }
        position = index
        return !text.bytes.isEmpty
    }

    /// The index of the LF that ends a blank line, whose first byte follows a LF; `nil` for any other line.
    ///
    /// "in a run of text, before references are decoded, LF, then only U+0009 000C 000D 0020, then LF ends a passage". The
    /// second LF may begin the next blank line, so it is not skipped.
    private static func endOfBlankLine(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case 0x0A: return index
            case 0x09, 0x0C, 0x0D, 0x20: index += 1
            default: return nil
            }
        }
        return nil
    }

    /// The end of the longest run from an index on that the passage takes unchanged.
    ///
    /// Such a run neither starts nor ends with white space, has only single spaces, and has no removed character, no
    /// `<`, no `&` and no invalid sequence. It is empty when the first character must be decoded by itself.
    @inline(__always)
    private static func endOfRun(_ bytes: Span<UInt8>, from start: Int) -> Int {
        let count = bytes.count
        guard start < count, bytes[start] != 0x20 else { return start }
        var index = start
        var end = start
        while index < count {
            // Up to eight bytes at a time when they are certainly plain; other bytes are examined one by one.
            if count &- index >= 8 {
                let word = ByteWord(bytes, at: index)
                if word.startsWithASCII {
                    let faults = word.faultsOfPlainText(afterSpace: end < index)
                    if faults == 0 {
                        // Advances by a constant, so that the processor can load the next word before this one is
                        // evaluated.
                        index &+= 8
                        end = word.endsInSpace ? index &- 1 : index
                        continue
                    }
                    let plain = ByteWord.count(before: faults)
                    guard plain > 0 else { break }
                    index &+= plain
                    end = word.isSpace(at: plain &- 1) ? index &- 1 : index
                    continue
                }
                if word.isTwoWide {
                    index &+= 6
                    end = index
                    continue
                }
            }
            let byte = bytes[index]
            if byte < 0x80 {
                if byte > 0x20 {
                    if byte == 0x3C || byte == 0x26 { break }
                    index += 1
                    end = index
                } else if byte == 0x20 {
                    if end < index { break }
                    index += 1
                } else {
                    break
                }
            } else if byte >= 0xE2 && byte <= 0xEF && byte != 0xED {
                // Three bytes; among these leads U+2000–200B, 2028, 2029, 202F, 205F, 3000 and FEFF are special.
                guard index + 2 < count else { break }
                let second = bytes[index + 1]
                let third = bytes[index + 2]
                guard second & 0xC0 == 0x80 && third & 0xC0 == 0x80 else { break }
                if byte == 0xE2 && second == 0x80 && !(0x8C...0xA7).contains(third) { break }
                if byte == 0xE2 && second == 0x81 && third == 0x9F { break }
                if byte == 0xE3 && second == 0x80 && third == 0x80 { break }
                if byte == 0xEF && second == 0xBB && third == 0xBF { break }
                index += 3
                end = index
            } else if byte >= 0xC3 && byte <= 0xDF {
                // Two bytes; excluded is the lead C2, that of U+0085, 00A0 and 00AD.
                guard index + 1 < count && bytes[index + 1] & 0xC0 == 0x80 else { break }
                index += 2
                end = index
            } else {
                break
            }
        }
        return end
    }
}

/// The text of one passage while it is built (step 5): runs of white space become one space, and the ends have none.
private struct PassageText {
    var bytes: [UInt8] = []
    private var hasSpace = false

    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        hasSpace = false
    }

    /// Discards white space at the start.
    @inline(__always)
    mutating func dropSpace() { hasSpace = false }

    @inline(__always)
    mutating func appendSpace() { hasSpace = true }

    /// Appends an ASCII byte that is not white space.
    @inline(__always)
    mutating func append(_ byte: UInt8) {
        settleSpace()
        bytes.append(byte)
    }

    /// Appends a run found by ``PassageReader``.
    @inline(__always)
    mutating func append(_ run: Span<UInt8>) {
        settleSpace()
        run.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    /// Handles any scalar: drops it, counts it as white space, or appends its encoding.
    mutating func append(scalar: UInt32) {
        switch scalar {
        // "U+200B, U+FEFF, U+00AD are removed"
        case 0x200B, 0xFEFF, 0xAD: return
        // "runs of U+0009–000D 0020 0085 00A0 1680 2000–200A 2028 2029 202F 205F 3000 become one U+0020"
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
            hasSpace = true
        case ..<0x80:
            append(UInt8(truncatingIfNeeded: scalar))
        case ..<0x800:
            settleSpace()
            bytes.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
            appendContinuation(scalar)
        case ..<0x10000:
            settleSpace()
            bytes.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
            appendContinuation(scalar >> 6)
            appendContinuation(scalar)
        default:
            settleSpace()
            bytes.append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
            appendContinuation(scalar >> 12)
            appendContinuation(scalar >> 6)
            appendContinuation(scalar)
        }
    }

    @inline(__always)
    private mutating func appendContinuation(_ value: UInt32) {
        bytes.append(0x80 | UInt8(truncatingIfNeeded: value & 0x3F))
    }

    @inline(__always)
    private mutating func settleSpace() {
        guard hasSpace else { return }
        hasSpace = false
        if !bytes.isEmpty { bytes.append(0x20) }
    }
}
