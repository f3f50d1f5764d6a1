/// Sixteen bytes of a body and what stands before each of them, for the question that most of a text answers alike: no branch
/// depends on the bytes, so nothing is guessed wrong where markup, ASCII and other characters take turns.
///
/// The answer "yes" is exact; "no" only means that the bytes want to be looked at one by one.
struct ByteBlock {
    /// Bytes in a block.
    static let count = 16
    /// Bytes before a block that its answer depends on.
    static let before = 2

    private typealias Lanes = SIMD16<UInt8>

    private let bytes: Lanes
    private let previous: Lanes
    private let secondPrevious: Lanes

    /// The block from an index on; `nil` where there are not that many bytes.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - index: The block's first byte; two or more stand before it.
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

    /// Whether the block goes on with valid UTF-8 without NUL, given that what stands before it is the like, except that its
    /// last character may want bytes of this block, as this block's may want more behind it.
    ///
    /// Leads whose second byte is limited (E0, ED, F0 and above) and bytes that no UTF-8 has (C0, C1, F5 and above) are
    /// answered with "no".
    @inline(__always)
    var isTextOfShortCharacters: Bool {
        let isContinuation = (bytes & Lanes(repeating: 0xC0)) .== Lanes(repeating: 0x80)
        // A byte behind any lead, and the second behind one of three bytes.
        let isWanted = (previous .>= Lanes(repeating: 0xC0)) .| (secondPrevious .>= Lanes(repeating: 0xE0))
        let isOther =
            (bytes .>= Lanes(repeating: 0xF0)) .| (bytes .== Lanes(repeating: 0xE0))
            .| (bytes .== Lanes(repeating: 0xED)) .| ((bytes & Lanes(repeating: 0xFE)) .== Lanes(repeating: 0xC0))
            .| (bytes .== Lanes(repeating: 0))
        let faults = unsafeBitCast((isContinuation .^ isWanted) .| isOther, to: SIMD2<UInt64>.self)
        return faults[0] | faults[1] == 0
    }
}
