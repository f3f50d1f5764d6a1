/// Entries, in few ranges.
struct EntryRanges {
    /// Ranges kept: damage lies together, and what is over this is not needed to tell whether an entry lies elsewhere.
    static let most = 4_096

    private(set) var ranges: [Range<UInt64>] = []

    mutating func add(_ entry: UInt64) {
        let (end, overflow) = entry.addingReportingOverflow(1)
        guard !overflow else { return }
        if let last = ranges.last, last.upperBound == entry {
            ranges[ranges.count - 1] = last.lowerBound..<end
        } else if ranges.count < EntryRanges.most {
            ranges.append(entry..<end)
        }
    }

    /// Whether none of the entries that are kept is outside of `others`, which are joined.
    func lie(in others: [Range<UInt64>]) -> Bool {
        ranges.allSatisfy { range in
            others.contains { $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound }
        }
    }

    /// The same entries in as few ranges as can be, in their order.
    static func joined(_ ranges: [Range<UInt64>]) -> [Range<UInt64>] {
        var joined: [Range<UInt64>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
            if let last = joined.last, last.upperBound >= range.lowerBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }
}
