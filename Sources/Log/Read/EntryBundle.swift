/// The form of a tlog-tiles entry bundle: "a sequence of big-endian uint16 length-prefixed log entries".
public enum EntryBundle {
    /// Longest entry: its length is a uint16.
    public static let maxEntryBytes = 65_535
    /// Longest bundle: 256 entries of the longest kind.
    public static let maxBytes = 256 * (2 + maxEntryBytes)

    /// Appends an entry; `false`, and nothing appended, when it is too long.
    public static func append(_ entry: some Collection<UInt8>, to bundle: inout [UInt8]) -> Bool {
        guard entry.count <= maxEntryBytes else { return false }
        bundle.append(UInt8(entry.count >> 8))
        bundle.append(UInt8(entry.count & 0xff))
        bundle.append(contentsOf: entry)
        return true
    }

    /// The first entries of a bundle, at most `count`, up to where its bytes can no longer be parsed.
    static func prefix(_ bundle: [UInt8], count: Int) -> [ArraySlice<UInt8>] {
        var entries: [ArraySlice<UInt8>] = []
        var place = 0
        while entries.count < count, bundle.count - place >= 2 {
            let length = Int(bundle[place]) << 8 | Int(bundle[place + 1])
            place += 2
            guard bundle.count - place >= length else { break }
            entries.append(bundle[place..<(place + length)])
            place += length
        }
        return entries
    }

    /// The entries of a bundle that holds exactly `count` of them.
    ///
    /// - Returns: slices of `bundle`; `nil` when a length overruns the bytes, or bytes are left over.
    public static func entries(_ bundle: [UInt8], count: Int) -> [ArraySlice<UInt8>]? {
        var entries: [ArraySlice<UInt8>] = []
        entries.reserveCapacity(count)
        var place = 0
        while entries.count < count {
            guard bundle.count - place >= 2 else { return nil }
            let length = Int(bundle[place]) << 8 | Int(bundle[place + 1])
            place += 2
            guard bundle.count - place >= length else { return nil }
            entries.append(bundle[place..<(place + length)])
            place += length
        }
        return place == bundle.count ? entries : nil
    }
}
