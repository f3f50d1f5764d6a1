extension [UInt8] {
    /// The bytes that hexadecimal digits spell, white space between them ignored.
    ///
    /// - Returns: `nil` for an odd number of digits or another character.
    public init?(hex: String) {
        var bytes: [UInt8] = []
        var high: Int?
        for character in hex where !character.isWhitespace {
            guard character.isASCII, let digit = character.hexDigitValue else { return nil }
            if let first = high {
                bytes.append(UInt8(16 * first + digit))
                high = nil
            } else {
                high = digit
            }
        }
        guard high == nil else { return nil }
        self = bytes
    }

    /// The lowercase hexadecimal digits of the bytes.
    public var hex: String {
        var text = ""
        for byte in self { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return text
    }

    /// The bytes with one bit flipped.
    public func flipping(bit: Int) -> [UInt8] {
        var bytes = self
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return bytes
    }
}

/// Pseudo-random numbers, the same in each run (splitmix64).
public struct FixedRandom: RandomNumberGenerator {
    private var state: UInt64

    /// A sequence of its own for each seed.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
