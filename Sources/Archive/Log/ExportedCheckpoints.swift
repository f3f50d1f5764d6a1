import ProvenanceEncoding
import ProvenanceNote
import ProvenanceSystem
import ProvenanceVerification

/// The checkpoints of this archive's log in its exported manifests.
///
/// The beginning of each manifest is read every time: a cached answer could have been written by anyone.
package struct ExportedCheckpoints {
    private let archive: ArchiveFolder

    package init(_ archive: ArchiveFolder) { self.archive = archive }

    /// Every checkpoint that `key` signed, one for each tree, with the first manifest that contains it.
    ///
    /// A file is skipped only if it was read and has no signature line of `key`. A file that cannot be read, or whose
    /// signature by that key does not verify, may be the evidence of a rollback.
    ///
    /// - Throws: `Problem` for a file that cannot be read, or whose signature by `key` does not verify.
    func all(signedBy key: VerifierKey) throws(Problem) -> [(place: String, checkpoint: Checkpoint)] {
        let found = notes(signedBy: key)
        if let problem = found.problems.first { throw problem }
        var trees: Set<Tree> = []
        return found.notes.compactMap { note in
            let tree = Tree(size: note.checkpoint.size, root: note.checkpoint.root)
            return trees.insert(tree).inserted ? (note.place, note.checkpoint) : nil
        }
    }

    private struct Tree: Hashable {
        let size: UInt64
        let root: Digest
    }

    /// Every checkpoint note in the manifests that `key` signed.
    ///
    /// - Parameter key: A key of this archive's log.
    /// - Returns: The notes with their places, and a problem for each file that cannot be read or whose signature by
    ///   `key` does not verify: such a file may be the evidence that the log was longer.
    package func notes(
        signedBy key: VerifierKey
    ) -> (notes: [(place: String, bytes: [UInt8], checkpoint: Checkpoint)], problems: [Problem]) {
        var notes: [(place: String, bytes: [UInt8], checkpoint: Checkpoint)] = []
        var problems: [Problem] = []
        let names: [RawPath]
        do { names = try listFolder(archive.manifests) } catch { return ([], [Problem(error)]) }
        for name in names where name.bytes.suffix(5).elementsEqual(Array(".json".utf8)) {
            let path = archive.manifests.appending(name)
            do {
                guard let status = try FileStatus.of(path), status.kind == .regular, let found = try read(path, key),
                    Bytes.isSame(found.checkpoint.origin, archive.origin)
                else { continue }
                notes.append(("Manifests/\(name)", found.note, found.checkpoint))
            } catch {
                problems.append(Problem(any: error))
            }
        }
        return (notes, problems)
    }

    /// The checkpoint of a manifest; `nil` for a file without a signature line of this log's key.
    private func read(
        _ path: RawPath, _ key: VerifierKey
    ) throws(Problem) -> (note: [UInt8], checkpoint: Checkpoint)? {
        guard let bytes = try note(of: path), let note = try? SignedNote(parsing: bytes),
            note.signatures.contains(where: { key.matches($0) })
        else { return nil }
        let place = archive.relative(path)?.description ?? path.description
        do {
            var verifier = try NoteVerifier()
            _ = try verifier.verify(note, keys: [key])
            return (bytes, try Checkpoint(parsing: note.text))
        } catch {
            throw Problem(
                .checkpoint, place, "it names this archive's log key, but: \(error.description)",
                advice: "restore the manifest from a copy, or move it out of Manifests/ if it is not yours")
        }
    }

    /// The checkpoint note in a file, unverified; `nil` for a readable file without one.
    private func note(of path: RawPath) throws(Problem) -> [UInt8]? {
        do {
            let stream = try FileStream(path)
            if try FileStream(path).read(upTo: 1) == [UInt8(ascii: "{")] {
                return try ManifestHeader.read(stream, place: path.description).checkpoint
            }
            guard stream.size <= UInt64(SignedNote.maxNoteBytes) else { return nil }
            return try readFile(path, limit: SignedNote.maxNoteBytes).bytes
        } catch let error as FileError {
            // The file was removed after the folder was listed.
            if error.isMissing { return nil }
            throw Problem(error)
        } catch let error as Problem {
            if error.code == Problem.Code.manifest.name { return nil }
            throw error
        } catch {
            throw Problem(any: error)
        }
    }
}
