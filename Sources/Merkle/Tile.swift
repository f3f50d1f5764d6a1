/// The position of a tile or an entry bundle in the C2SP tlog-tiles layout: arithmetic and paths, no I/O.
public struct Tile: Hashable, Sendable {
    /// Hashes in a full tile, and entries in a full bundle: 2^8.
    public static let fullWidth = 256
    /// Tree levels that one tile level spans.
    public static let height = 8
    /// Highest tile level that the specification names ("an integer between 0 and 63").
    public static let highestLevel = 63

    /// What a tile holds.
    public enum Kind: Hashable, Sendable {
        /// Hashes of tree level `8 * level`.
        case hashes(level: Int)
        /// The entries themselves, beside level 0.
        case entries
    }

    /// What the tile holds.
    public let kind: Kind
    /// The tile's number in its level.
    public let number: UInt64
    /// 1…255 for a partial tile, 256 for a full one.
    public let width: Int

    /// A tile; `nil` when level or width are out of range.
    public init?(kind: Kind, number: UInt64, width: Int = Tile.fullWidth) {
        guard (1...Tile.fullWidth).contains(width) else { return nil }
        if case .hashes(let level) = kind, !(0...Tile.highestLevel).contains(level) { return nil }
        self.kind = kind
        self.number = number
        self.width = width
    }

    /// Whether the tile has all its 256 hashes or entries.
    public var isFull: Bool { width == Tile.fullWidth }

    /// The same tile at full width; a reader may use it when the partial tile has been deleted.
    public var full: Tile { Tile(kind: kind, number: number) ?? self }

    /// The path below the log's folder, for example `tile/1/x001/234.p/17`.
    ///
    /// tlog-tiles: "N is encoded in 3-digit groups, all but the last prefixed with x".
    public var path: String {
        var path: String
        switch kind {
        case .hashes(let level): path = "tile/\(level)/"
        case .entries: path = "tile/entries/"
        }
        path += Tile.encode(number)
        if !isFull { path += ".p/\(width)" }
        return path
    }

    /// The tile's number as path elements: 0 → `000`, 1000 → `x001/000`, 1234067 → `x001/x234/067`.
    static func encode(_ number: UInt64) -> String {
        var groups = [number % 1000]
        var rest = number / 1000
        while rest > 0 {
            groups.append(rest % 1000)
            rest /= 1000
        }
        var path = ""
        for (place, group) in groups.enumerated().reversed() {
            let digits = String(group)
            if place > 0 { path += "x" }
            path += String(repeating: "0", count: 3 - digits.count) + digits
            if place > 0 { path += "/" }
        }
        return path
    }

    /// Parses a path strictly: accepts exactly what `path` writes.
    ///
    /// - Returns: `nil` for leading zeros, non-minimal groups, widths 0 or 256, and any other form that is not
    ///   canonical.
    public init?(path: String) {
        let parts = path.utf8.split(separator: 0x2f, omittingEmptySubsequences: false).map { String(Substring($0)) }
        guard parts.count >= 3, parts[0] == "tile" else { return nil }
        let kind: Kind
        if parts[1] == "entries" {
            kind = .entries
        } else {
            guard let level = Int(parts[1]), (0...Tile.highestLevel).contains(level) else { return nil }
            kind = .hashes(level: level)
        }
        var groups = Array(parts[2...])
        var width = Tile.fullWidth
        if groups.count >= 2, groups[groups.count - 2].hasSuffix(".p") {
            guard let partial = Int(groups[groups.count - 1]), (1..<Tile.fullWidth).contains(partial) else {
                return nil
            }
            width = partial
            groups.removeLast()
            groups[groups.count - 1].removeLast(2)
        }
        var number: UInt64 = 0
        for group in groups {
            guard let value = UInt64(group.hasPrefix("x") ? String(group.dropFirst()) : group), value < 1000 else {
                return nil
            }
            let (product, overflow) = number.multipliedReportingOverflow(by: 1000)
            let (sum, carry) = product.addingReportingOverflow(value)
            guard !overflow, !carry else { return nil }
            number = sum
        }
        // Compares bytes: `String` equates two spellings of one character.
        guard let tile = Tile(kind: kind, number: number, width: width), tile.path.utf8.elementsEqual(path.utf8) else {
            return nil
        }
        self = tile
    }

    /// Width of a level's last, partial tile in a tree of `size` leaves; 0 when there is none.
    ///
    /// tlog-tiles: "the width of the partial tile at level l is floor(s / 256**l) mod 256".
    public static func partialWidth(level: Int, size: UInt64) -> Int {
        let hashes = hashCount(level: level, size: size)
        return Int(hashes % UInt64(fullWidth))
    }

    /// Number of hashes at a tile level in a tree of `size` leaves: floor(size / 256^level); 0 for a negative level.
    public static func hashCount(level: Int, size: UInt64) -> UInt64 {
        guard (0..<64 / height).contains(level) else { return 0 }
        return size >> UInt64(level * height)
    }

    /// The tile of `level` that holds hash number `hash` in a tree of `size` leaves, at the width it has there.
    ///
    /// - Returns: `nil` when that tree has no such hash.
    public static func holding(hash: UInt64, level: Int, size: UInt64) -> Tile? {
        holding(hash, kind: .hashes(level: level), count: hashCount(level: level, size: size))
    }

    /// The entry bundle that holds the entry of this index in a tree of `size` leaves.
    public static func bundle(holding index: UInt64, size: UInt64) -> Tile? {
        holding(index, kind: .entries, count: size)
    }

    private static func holding(_ item: UInt64, kind: Kind, count: UInt64) -> Tile? {
        guard item < count else { return nil }
        let number = item / UInt64(fullWidth)
        let isLast = number == count / UInt64(fullWidth)
        return Tile(kind: kind, number: number, width: isLast ? Int(count % UInt64(fullWidth)) : fullWidth)
    }
}
