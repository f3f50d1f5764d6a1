import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle

/// Entries of a log in ascending order, each with its inclusion proof.
///
/// Bundles are read once. Of a proof, only the hashes that the one before did not have are computed: for neighbours a
/// hash a level, where each by itself would take 255 for a tile.
public struct ProvenEntries {
    private let reader: LogReader
    private var bundle: (number: UInt64, entries: [ArraySlice<UInt8>])?
    private var last: [(subtree: Subtree, hash: Digest)] = []

    /// Entries of the log that a reader reads; every entry and every hash has been authenticated by it.
    public init(_ reader: LogReader) { self.reader = reader }

    /// The entry with an index, and its proof's hashes, the leaf's sibling first.
    ///
    /// - Throws: `Problem` of the log.
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
