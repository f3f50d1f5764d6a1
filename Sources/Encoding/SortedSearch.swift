extension Array {
    /// The first index from which a condition holds, in an array where it holds for a suffix; `count` if it holds for
    /// no element.
    @inlinable
    public func firstIndex(fromWhich holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
