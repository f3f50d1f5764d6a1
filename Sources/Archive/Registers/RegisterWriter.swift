import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceRecord
import ProvenanceVerification

/// Writes a register line by line and extends its Merkle root with each; memory use is constant.
package final class RegisterWriter {
    private let object: any PendingObject
    private var range = CompactRange()
    private var line: [UInt8] = []

    /// Starts a register in the archive's store of registers.
    package init(_ store: any ArchiveStore, roots: [String]) throws(Problem) {
        do { object = try store.begin(below: nil) } catch { throw Problem(error) }
        CanonicalJSON.append(.object(["roots": .array(roots.map(JSONValue.string))]), to: &line)
        try flushLine()
    }

    package func append(_ entry: RegisterLine) throws(Problem) {
        entry.append(to: &line)
        try flushLine()
    }

    private func flushLine() throws(Problem) {
        range.append(MerkleHash.leaf(line))
        line.append(Bytes.newline)
        do { try object.append(line) } catch { throw Problem(error) }
        line.removeAll(keepingCapacity: true)
    }

    /// Lines so far, the roots line included.
    package var lines: Int { Int(clamping: range.size) }

    /// Publishes the file durably under its final name and returns its root.
    package func finish() throws(Problem) -> Digest {
        let root = range.root
        do { try object.finish(as: StorePath(jsonLines: root)) } catch { throw Problem(error) }
        return root
    }

    package func abandon() { object.abandon() }
}
