import ProvenanceEncoding
import ProvenanceNote
import ProvenanceSystem
import ProvenanceVerification

/// The checkpoints of our log among the exported manifests. Each manifest's beginning is read every time: a note of what was
/// read before would be an answer that anybody could have written.
package struct ExportedCheckpoints {
    private let archive: ArchiveFolder

    package init(_ archive: ArchiveFolder) { self.archive = archive }

    /// Every checkpoint that `key` signed, each tree once, with the first manifest that it is in.
    ///
    /// A file is passed over only when it was read and has no signature line of `key`: what cannot be read, or names
    /// the key and does not verify, may be what shows that the log was rolled back.
    ///
    /// - Throws: `Problem` for what cannot be read or is not what our key signed.
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

    /// Every checkpoint note among the manifests that `key` signed.
    ///
    /// - Parameter key: A key of our log.
    /// - Returns: The notes with their places, and what is wrong with those that cannot be read, or that name the key and
    ///   do not verify: any of them may be what shows that the log was longer.
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

    /// The checkpoint of a manifest; `nil` for a file without a signature line of our key.
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

    /// The checkpoint note in a file, unverified; `nil` when the file was read and holds none.
    private func note(of path: RawPath) throws(Problem) -> [UInt8]? {
        do {
            let stream = try FileStream(path)
            if try FileStream(path).read(upTo: 1) == [UInt8(ascii: "{")] {
                return try ManifestHeader.read(stream, place: path.description).checkpoint
            }
            guard stream.size <= UInt64(SignedNote.maxNoteBytes) else { return nil }
            return try readFile(path, limit: SignedNote.maxNoteBytes).bytes
        } catch let error as FileError {
            // Removed since the folder was listed: as if it had not been there.
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
