/// Looks for what does not belong into text: NUL and bytes that are not UTF-8.
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

    /// The first fault in a range of the file, or `nil` for text without fault.
    static func firstFault(_ range: Range<Int>, of bytes: [UInt8]) -> Fault? {
        firstFault(range, of: bytes, ignoring: nil)
    }

    private static func firstFault(_ range: Range<Int>, of bytes: [UInt8], ignoring: Fault.Kind?) -> Fault? {
        let text = bytes[range]
        let span = text.span
        let count = span.count
        var index = 0
        while index < count {
            // Nearly all of a body is ASCII or characters of three bytes: up to eight bytes at a time, or two characters.
            if count &- index >= 8 {
                let word = ByteWord(span, at: index)
                if word.startsWithASCII {
                    let faults = word.faultsOfASCII
                    if faults == 0 {
                        index &+= 8
                        continue
                    }
                    index &+= ByteWord.count(before: faults)
                } else if word.isTwoOfThreeBytes {
                    index &+= 6
                    continue
                }
            }
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
        return nil
    }

    /// Warns of each kind once, at its first place: a body may hold anything, and real ones hold control characters.
    static func warn(_ warnings: inout [PostWarning], _ range: Range<Int>, of bytes: [UInt8]) {
        guard let first = firstFault(range, of: bytes) else { return }
        let rest = first.offset..<range.upperBound
        let second = firstFault(rest, of: bytes, ignoring: first.kind)
        for fault in [first, second].compactMap({ $0 }) {
            let line = Place(of: fault.offset, in: bytes).line
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
