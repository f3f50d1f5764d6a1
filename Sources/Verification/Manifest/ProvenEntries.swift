import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle

/// Entries of a log in ascending order, each with its inclusion proof.
///
/// Each bundle is read once. For each proof only the hashes that differ from the previous proof are computed: for
/// neighbours about one hash per level, where a proof by itself takes 255 per tile.
public struct ProvenEntries {
    private let reader: LogReader
    private var bundle: (number: UInt64, entries: [ArraySlice<UInt8>])?
    private var last: [(subtree: Subtree, hash: Digest)] = []

    /// Entries of the log that a reader reads; the reader authenticates every entry and every hash.
    public init(_ reader: LogReader) { self.reader = reader }

    /// The entry at an index, and its proof's hashes, the leaf's sibling first.
    ///
    /// - Throws: `Problem` from the log.
    public mutating func next(_ index: UInt64) throws(Problem) -> (entry: ArraySlice<UInt8>, proof: [Digest]) {
        do throws(LogError) {
            let number = index / UInt64(Tile.fullWidth)
            if bundle?.number != number { bundle = (number, try reader.entries(bundle: number)) }
            let offset = Int(index % UInt64(Tile.fullWidth))
            guard let entries = bundle?.entries, offset < entries.count,
                let path = Subtree.inclusionPath(index: index, size: reader.size)
            else { throw LogError(.outOfRange, "entry \(index) in a log of \(reader.size)") }
            var hashes: [(subtree: Subtree, hash: Digest)] = []
            hashes.reserveCapacity(path.count)
            for subtree in path {
                if let known = last.first(where: { $0.subtree == subtree }) {
                    hashes.append(known)
                } else {
                    hashes.append((subtree, try reader.hash(of: subtree)))
                }
            }
            last = hashes
            return (entries[offset], hashes.map(\.hash))
        } catch {
            throw Problem(error)
        }
    }
}
