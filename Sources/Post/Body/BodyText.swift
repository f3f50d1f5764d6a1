import ProvenanceEncoding

/// Finds bytes that text must not have: NUL and invalid UTF-8.
enum BodyText {
    /// A fault and the offset of its first byte in the file.
    struct Fault: Equatable {
        enum Kind {
            case nul
            case invalid
        }

        let kind: Kind
        let offset: Int
    }

    /// The first fault in a range of the file, or `nil` if there is none.
    static func firstFault(_ range: Range<Int>, of bytes: [UInt8]) -> Fault? {
        firstFault(range, of: bytes, ignoring: nil)
    }

    private static func firstFault(_ range: Range<Int>, of bytes: [UInt8], ignoring: Fault.Kind?) -> Fault? {
        let text = bytes[range]
        let span = text.span
        var index = 0
        while index < span.count {
            index = endOfPlainBlocks(span, from: index)
            // The byte that stopped the blocks is within the next one; after it whole blocks are tried again.
            let end = min(span.count, index + ByteBlock.count + ByteBlock.before)
            while index < end {
                let byte = span[index]
                if byte < 0x80 {
                    if byte == 0 && ignoring != .nul {
                        return Fault(kind: .nul, offset: range.lowerBound + index)
                    }
                    index += 1
                } else {
                    let step = UTF8Sequence.step(span, at: index)
                    if !step.isValid && ignoring != .invalid {
                        return Fault(kind: .invalid, offset: range.lowerBound + index)
                    }
                    index += step.length
                }
            }
        }
        return nil
    }

    /// The end of the last whole character in the consecutive valid blocks from an index on, which must be the start of
    /// a character after valid text or none.
    private static func endOfPlainBlocks(_ text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while let block = ByteBlock(text, at: index), block.isTextOfShortCharacters { index &+= ByteBlock.count }
        guard index > start else { return start }
        // The last character may continue after the last block.
        if text[index - 1] >= 0xC0 { return index - 1 }
        return text[index - 2] >= 0xE0 ? index - 2 : index
    }

    /// Warns of each kind once, at its first place: a body may hold any bytes, and real ones hold control characters.
    static func warn(_ warnings: inout [PostWarning], _ range: Range<Int>, of bytes: [UInt8]) {
        guard let first = firstFault(range, of: bytes) else { return }
        let rest = first.offset..<range.upperBound
        let second = firstFault(rest, of: bytes, ignoring: first.kind)
        for fault in [first, second].compactMap({ $0 }) {
            let line = SourcePosition(of: fault.offset, in: bytes).line
            switch fault.kind {
            case .nul:
                warnings.append(PostWarning(.bodyNUL, line: line, "the body holds a NUL at byte \(fault.offset)"))
            case .invalid:
                warnings.append(
                    PostWarning(.bodyUTF8, line: line, "the body is not valid UTF-8 at byte \(fault.offset)"))
            }
        }
    }
}
