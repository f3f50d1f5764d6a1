/// Sums over the rows of an index, independent of their order.
public struct IndexSums: Equatable, Sendable {
    /// Rows about lines of registers.
    public var lines = LineSum()
    /// Keys of the placements, computed from their rows.
    public var placementRows = LineSum()
    /// Keys of the placements, as the engine stores them for look-ups.
    public var placementKeys = LineSum()
    /// Keys of the entries, as the engine stores them for look-ups.
    public var entries = EntryKeys()

    /// The sums of an empty index.
    public init() {}
}

/// Sums over the keys of entries.
public struct EntryKeys: Equatable, Sendable {
    /// Over the digests.
    public var digests = LineSum()
    /// Over the addresses.
    public var sources = LineSum()

    /// The sums without keys.
    public init() {}

    /// The sums over both.
    public static func + (one: EntryKeys, other: EntryKeys) -> EntryKeys {
        var both = one
        both.digests = one.digests + other.digests
        both.sources = one.sources + other.sources
        return both
    }
}

/// A sum of lines or rows that is independent of their order: their number, and the sum of their marks.
public struct LineSum: Equatable, Sendable {
    /// The number of lines.
    public private(set) var count = 0
    private var sum: UInt64 = 0

    /// The empty sum.
    public init() {}

    /// Adds the mark of one line.
    public mutating func add(_ mark: UInt64) {
        count += 1
        sum &+= mark
    }

    /// A lower bound for the number of lines that differ.
    public func differences(_ other: LineSum) -> Int { self == other ? 0 : max(1, abs(count - other.count)) }

    /// The sum over both.
    public static func + (one: LineSum, other: LineSum) -> LineSum {
        var both = one
        both.count += other.count
        both.sum &+= other.sum
        return both
    }
}
