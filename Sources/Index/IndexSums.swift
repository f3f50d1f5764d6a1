/// Sums over the rows of an index, in which the order of the rows makes no difference.
public struct IndexSums: Equatable, Sendable {
    /// Rows about lines of registers.
    public var lines = LineSum()
    /// Keys of the placements as their rows give them.
    public var placementRows = LineSum()
    /// Keys of the placements as the engine finds rows by them.
    public var placementKeys = LineSum()
    /// Keys of the entries as the engine finds rows by them.
    public var entries = EntryKeys()

    /// The sums of no rows.
    public init() {}
}

/// Sums over the keys of entries.
public struct EntryKeys: Equatable, Sendable {
    /// Over the digests.
    public var digests = LineSum()
    /// Over the addresses.
    public var sources = LineSum()

    /// The sums of no keys.
    public init() {}

    /// The sums over both.
    public static func + (one: EntryKeys, other: EntryKeys) -> EntryKeys {
        var both = one
        both.digests = one.digests + other.digests
        both.sources = one.sources + other.sources
        return both
    }
}

/// The sum of lines or rows in whatever order: their number, and the sum of their marks.
public struct LineSum: Equatable, Sendable {
    /// The number of lines.
    public private(set) var count = 0
    private var sum: UInt64 = 0

    /// The sum of none.
    public init() {}

    /// Adds the mark of one line.
    public mutating func add(_ mark: UInt64) {
        count += 1
        sum &+= mark
    }

    /// How many differ, at the least.
    public func differences(_ other: LineSum) -> Int { self == other ? 0 : max(1, abs(count - other.count)) }

    /// The sum over both.
    public static func + (one: LineSum, other: LineSum) -> LineSum {
        var both = one
        both.count += other.count
        both.sum &+= other.sum
        return both
    }
}
