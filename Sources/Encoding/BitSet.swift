/// A set of numbers below a limit, one bit each.
public struct BitSet: Sendable {
    private var words: [UInt64]

    /// An empty set of numbers from 0 to `count - 1`.
    public init(_ count: Int) { words = [UInt64](repeating: 0, count: max(0, count) / 64 + 1) }

    /// Whether a number is in the set; false for one beyond the limit.
    public func contains(_ number: Int) -> Bool {
        number >= 0 && words.indices.contains(number / 64) && words[number / 64] & (1 << UInt64(number % 64)) != 0
    }

    /// Adds a number; one beyond the limit is left out.
    public mutating func insert(_ number: Int) {
        guard number >= 0, words.indices.contains(number / 64) else { return }
        words[number / 64] |= 1 << UInt64(number % 64)
    }
}
