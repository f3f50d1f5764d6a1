import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceRecord

/// Compares the state block of an entry with the entries that it names.
package enum StateBlockCheck {
    /// What is false in a block.
    ///
    /// "Every block in hand is checked, each line by itself: it is false where it names … an entry in hand that has
    /// another leaf or does not count". Whether a key entry, an anchor or a disposition counts is not judged by this
    /// version; an entry of any other kind never does.
    ///
    /// - Parameters:
    ///   - block: The block.
    ///   - index: The entry that ends in it.
    ///   - find: The entry at an index; `nil` for one that is not in hand, and then nothing is said against the line.
    /// - Returns: The problem of the first line that is false; `nil` if none is.
    package static func problem(
        in block: StateBlock, of index: UInt64, find: (UInt64) -> [UInt8]?
    ) -> Problem? {
        for (kind, link) in block.links {
            guard let entry = find(UInt64(clamping: link.index)) else { continue }
            let words: String
            if MerkleHash.leaf(entry) != link.leaf {
                words = "entry \(link.index) has another leaf hash than it states"
            } else if !entry.starts(with: kind.utf8) {
                words = "entry \(link.index) is not of the kind \(kind)…"
            } else {
                continue
            }
            return Problem(.stateFalse, "entry \(index)", "its statement of what counts below it is false: \(words)")
        }
        return nil
    }
}
