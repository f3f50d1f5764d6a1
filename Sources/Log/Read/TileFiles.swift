import ProvenanceEncoding
import ProvenanceMerkle

/// The tile and bundle files of a tree of one size: located, measured and split, but not authenticated.
struct TileFiles: Sendable {
    let store: any ArchiveStore
    let size: UInt64

    /// The hashes of a tile as they are stored; as many as the tile is wide.
    func hashes(_ tile: Tile) throws(LogError) -> [Digest] {
        let file = try read(tile, limit: Tile.fullWidth * Digest.byteCount)
        let width = file.isFull ? Tile.fullWidth : tile.width
        guard file.bytes.count == width * Digest.byteCount else {
            throw LogError(
                .tileMalformed, path: file.path, entries: tile.entries(size: size),
                "\(file.bytes.count) bytes; \(width * Digest.byteCount) are wanted")
        }
        // A full tile in place of a partial one begins with the same hashes.
        var hashes: [Digest] = []
        hashes.reserveCapacity(tile.width)
        for place in 0..<tile.width {
            let start = place * Digest.byteCount
            guard let hash = Digest(bytes: file.bytes[start..<(start + Digest.byteCount)]) else { continue }
            hashes.append(hash)
        }
        return hashes
    }

    /// The entries of a bundle as they are stored; as many as the bundle is wide.
    func entries(_ tile: Tile) throws(LogError) -> [ArraySlice<UInt8>] {
        let file = try read(tile, limit: EntryBundle.maxBytes)
        let width = file.isFull ? Tile.fullWidth : tile.width
        guard let entries = EntryBundle.entries(file.bytes, count: width) else {
            throw LogError(
                .tileMalformed, path: file.path, entries: tile.entries(size: size),
                "not a bundle of \(width) length-prefixed entries")
        }
        return tile.width == width ? entries : Array(entries.prefix(tile.width))
    }

    private func read(_ tile: Tile, limit: Int) throws(LogError) -> (bytes: [UInt8], path: String, isFull: Bool) {
        let path = StorePath(tile)
        do {
            if let bytes = try store.read(path, limit: limit)?.bytes { return (bytes, path.text, tile.isFull) }
            // tlog-tiles: a client "MAY fall back to the full tile" when the partial is gone.
            if !tile.isFull {
                let full = StorePath(tile.full)
                if let bytes = try store.read(full, limit: limit)?.bytes { return (bytes, full.text, true) }
            }
        } catch {
            throw LogError(error, entries: tile.entries(size: size))
        }
        throw LogError(
            .tileMissing, path: path.text, entries: tile.entries(size: size),
            "the file is missing; a tree of \(size) entries has it")
    }
}
