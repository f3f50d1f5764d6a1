import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// Writes a register line by line, its Merkle root growing beside it; memory does not grow with it.
package final class RegisterWriter {
    private let file: GrowingFile
    private var range = CompactRange()
    private var line: [UInt8] = []
    private let folder: RawPath

    /// Starts a register in the archive's `accessions` folder.
    package init(folder: RawPath, roots: [String]) throws(Problem) {
        file = try RegisterWriter.makeFile(folder)
        self.folder = folder
        CanonicalJSON.append(.object(["roots": .array(roots.map(JSONValue.string))]), to: &line)
        try flushLine()
    }

    /// Removes what an `add` that died was writing; for the lock holder.
    package static func removeLeftovers(_ folder: RawPath) throws(FileError) {
        for name in try listFolder(folder) where GrowingFile.isTemporary(name) {
            try DurableFile.remove(folder.appending(name))
        }
    }

    private static func makeFile(_ folder: RawPath) throws(Problem) -> GrowingFile {
        do {
            try DurableFile.createDirectories(folder)
            return try GrowingFile(for: folder.appending("register"))
        } catch {
            throw Problem(error)
        }
    }

    package func append(_ entry: RegisterLine) throws(Problem) {
        entry.append(to: &line)
        try flushLine()
    }

    private func flushLine() throws(Problem) {
        range.append(MerkleHash.leaf(line))
        line.append(Text.newline)
        do { try file.write(line) } catch { throw Problem(error) }
        line.removeAll(keepingCapacity: true)
    }

    /// Lines so far, the roots line included.
    package var lines: Int { Int(clamping: range.size) }

    /// Gives the file its name, durably.
    package func finish() throws(Problem) -> Digest {
        let root = range.root
        do { try file.finish(as: folder.appending(root.hex + ".jsonl")) } catch { throw Problem(error) }
        return root
    }

    package func abandon() { file.abandon() }
}
