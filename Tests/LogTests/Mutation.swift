import ProvenanceLog
import ProvenanceMerkle
import ProvenanceOpenSSL

/// One change to one file of a log.
struct Mutation: CustomStringConvertible, Sendable {
    let path: String
    let description: String
    /// `nil` where the file is dropped.
    let bytes: [UInt8]?
    /// Entries that the change touches.
    let entries: Range<UInt64>

    /// Every kind of change to every file of a log except its checkpoint; each byte flipped in turn, or one byte of
    /// each part with a meaning of its own.
    static func all(_ log: IntactLog, everyByte: Bool) throws -> [Mutation] {
        try log.files.keys.sorted().filter { $0 != "checkpoint" }.flatMap { path in
            try all(log, path, everyByte: everyByte)
        }
    }

    /// Every kind of change to one file.
    static func all(_ log: IntactLog, _ path: String, everyByte: Bool) throws -> [Mutation] {
        let bytes = try log.bytes(path)
        let tile = try parsed(path)
        var list: [Mutation] = []
        let whole = covered(tile, log)
        func add(_ description: String, _ changed: [UInt8]?, _ entries: Range<UInt64>? = nil) {
            if changed != bytes {
                list.append(
                    Mutation(
                        path: path, description: "\(path) \(description)", bytes: changed, entries: entries ?? whole))
            }
        }
        add("dropped", nil)
        add("emptied", [])
        add("cut by a byte", bytes.dropLast())
        add("cut at the front", Array(bytes.dropFirst()))
        add("cut in half", Array(bytes.prefix(bytes.count / 2)))
        add("longer by a byte", bytes + [0])
        add("longer by 32 bytes", bytes + [UInt8](repeating: 0, count: 32))
        add("twice", bytes + bytes)
        let parts = try parts(tile, bytes)
        if let first = parts.first, let last = parts.last, parts.count > 1 {
            add("without its first part", Array(bytes[first.upperBound...]))
            add("without its last part", Array(bytes[..<last.lowerBound]))
            add("first part again", Array(bytes[first]) + bytes)
            add("first part in the last one's place", Array(bytes[..<last.lowerBound]) + bytes[first])
            let middle = bytes[first.upperBound..<last.lowerBound]
            add("first and last swapped", Array(bytes[last]) + middle + bytes[first])
        }
        for (offset, part) in parts.enumerated() {
            let touched = under(tile, offset, log)
            for place in everyByte ? Array(part) : places(tile, part, offset, parts.count) {
                var changed = bytes
                changed[place] ^= 1 << UInt8(place % 8)
                // A wrong length makes the whole bundle unreadable.
                let isLength = tile.kind == .entries && place - part.lowerBound < 2
                add("byte \(place) flipped", changed, isLength ? whole : touched)
            }
            guard tile.kind == .entries, everyByte || [0, 3, parts.count - 1].contains(offset) else { continue }
            // Still a bundle of as many entries, one of them a byte longer or shorter.
            let entry = bytes[(part.lowerBound + 2)..<part.upperBound]
            let (before, after) = (bytes[..<part.lowerBound], bytes[part.upperBound...])
            add("entry \(offset) longer", before + prefixed(entry + [0]) + after, touched)
            add("entry \(offset) shorter", before + prefixed(entry.dropLast()) + after, touched)
        }
        return list
    }

    private static func prefixed(_ entry: ArraySlice<UInt8>) -> [UInt8] {
        var bundle: [UInt8] = []
        _ = EntryBundle.append(entry, to: &bundle)
        return bundle
    }

    /// The bytes to flip in a part of a file that is too long to flip each.
    private static func places(_ tile: Tile, _ part: Range<Int>, _ offset: Int, _ count: Int) -> [Int] {
        guard tile.kind == .entries else {
            return offset % 5 == 0 || offset == count - 1 ? [part.lowerBound + offset % 32] : []
        }
        // Both bytes of the length, and the content's ends.
        let isOdd = offset == 0 || offset == 130 || offset == count - 1
        let places = [part.lowerBound, part.lowerBound + 1, part.lowerBound + 2, part.upperBound - 1]
        return Array(Set(isOdd ? places : offset % 5 == 0 ? [part.upperBound - 1] : [])).filter { part.contains($0) }
            .sorted()
    }

    /// The positions of a tile's hashes, or of a bundle's entries with their lengths.
    static func parts(_ tile: Tile, _ bytes: [UInt8]) throws -> [Range<Int>] {
        guard tile.kind == .entries else {
            return stride(from: 0, to: bytes.count, by: 32).map { $0..<($0 + 32) }
        }
        let entries = EntryBundle.entries(bytes, count: tile.width) ?? []
        return entries.map { ($0.startIndex - 2)..<$0.endIndex }
    }

    static func parsed(_ path: String) throws -> Tile {
        guard let tile = Tile(path: path) else { throw LogError(.missing, path: path, "no tile's path") }
        return tile
    }

    /// The entries under a tile.
    static func covered(_ tile: Tile, _ log: IntactLog) -> Range<UInt64> {
        let first = under(tile, 0, log)
        let last = under(tile, tile.width - 1, log)
        return first.lowerBound..<last.upperBound
    }

    /// The entries under one hash of a tile, or the one entry of a bundle.
    static func under(_ tile: Tile, _ offset: Int, _ log: IntactLog) -> Range<UInt64> {
        var unit: UInt64 = 1
        if case .hashes(let level) = tile.kind { for _ in 0..<level { unit *= 256 } }
        let start = (tile.number * 256 + UInt64(offset)) * unit
        return start..<Swift.min(start + unit, UInt64(log.size))
    }
}
