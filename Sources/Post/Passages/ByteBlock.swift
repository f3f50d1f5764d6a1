/// Sixteen bytes of a body with the two bytes before each, for validating UTF-8 in one step.
///
/// No branch depends on the bytes, so mixed markup, ASCII and other characters cause no branch mispredictions.
///
/// The answer `true` is exact; `false` only means that the bytes must be decoded one by one.
struct ByteBlock {
    /// Bytes in a block.
    static let count = 16
    /// The number of bytes before a block that its answer depends on.
    static let before = 2

    private typealias Lanes = SIMD16<UInt8>

    private let bytes: Lanes
    private let previous: Lanes
    private let secondPrevious: Lanes

    /// The block at an index; `nil` when there are too few bytes.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - index: The block's first byte, with at least two bytes before it.
    @inline(__always)
    init?(_ bytes: Span<UInt8>, at index: Int) {
        guard index >= ByteBlock.before, bytes.count - index >= ByteBlock.count else { return nil }
        func lanes(_ offset: Int) -> Lanes {
            bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Lanes.self)
        }
        self.bytes = lanes(index)
        previous = lanes(index - 1)
        secondPrevious = lanes(index - 2)
    }

    /// Whether the block continues valid UTF-8 without NUL.
    ///
    /// The text before it must be valid too, except that its last character may continue in this block. Likewise the
    /// last character of this block may continue after it.
    ///
    /// The answer is `false` for leads that restrict their second byte (E0, ED, F0 and above) and for bytes that never
    /// occur in UTF-8 (C0, C1, F5 and above).
    @inline(__always)
    var isTextOfShortCharacters: Bool {
        let isContinuation = (bytes & Lanes(repeating: 0xC0)) .== Lanes(repeating: 0x80)
        // Continuation bytes belong after any lead, and two places after the lead of a three-byte character.
        let isWanted = (previous .>= Lanes(repeating: 0xC0)) .| (secondPrevious .>= Lanes(repeating: 0xE0))
        let isOther =
            (bytes .>= Lanes(repeating: 0xF0)) .| (bytes .== Lanes(repeating: 0xE0))
            .| (bytes .== Lanes(repeating: 0xED)) .| ((bytes & Lanes(repeating: 0xFE)) .== Lanes(repeating: 0xC0))
            .| (bytes .== Lanes(repeating: 0))
        let faults = unsafeBitCast((isContinuation .^ isWanted) .| isOther, to: SIMD2<UInt64>.self)
        return faults[0] | faults[1] == 0
    }
}
