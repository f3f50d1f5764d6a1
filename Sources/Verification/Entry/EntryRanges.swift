/// A set of entries, stored as few ranges.
package struct EntryRanges {
    /// The largest number of ranges kept: damage is usually contiguous, and further ranges are not needed to tell
    /// whether an entry lies elsewhere.
    package static let maxRanges = 4_096

    private var ranges: [Range<UInt64>] = []

    package init() {}

    package mutating func add(_ entry: UInt64) {
        let (end, overflow) = entry.addingReportingOverflow(1)
        guard !overflow else { return }
        if let last = ranges.last, last.upperBound == entry {
            ranges[ranges.count - 1] = last.lowerBound..<end
        } else if ranges.count < EntryRanges.maxRanges {
            ranges.append(entry..<end)
        }
    }

    /// Whether every entry that is kept lies in `others`, which are joined.
    package func lie(in others: [Range<UInt64>]) -> Bool {
        ranges.allSatisfy { range in
            guard let last = range.last else { return true }
            // Joined ranges have gaps between them: a range is covered when both its ends are and no gap lies between.
            return EntryRanges.contains(range.lowerBound, in: others) && EntryRanges.contains(last, in: others)
                && !EntryRanges.hasGap(others, range)
        }
    }

    /// Whether a range whose ends are in joined ranges crosses a gap between two of them.
    private static func hasGap(_ joined: [Range<UInt64>], _ range: Range<UInt64>) -> Bool {
        var (low, high) = (0, joined.count)
        while low < high {
            let middle = low + (high - low) / 2
            if joined[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < joined.count && joined[low].upperBound < range.upperBound
    }

    /// Whether an entry is in one of some ranges, which are joined and sorted.
    package static func contains(_ entry: UInt64, in joined: [Range<UInt64>]) -> Bool {
        var (low, high) = (0, joined.count)
        while low < high {
            let middle = low + (high - low) / 2
            if joined[middle].upperBound <= entry { low = middle + 1 } else { high = middle }
        }
        return low < joined.count && joined[low].contains(entry)
    }

    /// Whether a range shares an entry with one of some ranges, which are joined and sorted.
    package static func overlaps(_ range: Range<UInt64>, _ joined: [Range<UInt64>]) -> Bool {
        guard !range.isEmpty else { return false }
        var (low, high) = (0, joined.count)
        while low < high {
            let middle = low + (high - low) / 2
            if joined[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < joined.count && joined[low].overlaps(range)
    }

    /// The same entries in as few ranges as possible, sorted.
    package static func joined(_ ranges: [Range<UInt64>]) -> [Range<UInt64>] {
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
