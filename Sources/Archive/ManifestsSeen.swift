import Files
import Log
import Merkle
import Note
import OpenSSL

/// The newest checkpoint of our log among the exported manifests; each manifest is read once and remembered.
struct ManifestsSeen {
    private let archive: ArchiveFolder

    init(_ archive: ArchiveFolder) { self.archive = archive }

    /// Reads the beginnings of new manifests and finds the newest checkpoint that `key` signed.
    ///
    /// A file is passed over only when it was read and has no signature line of `key`: what cannot be read, or names
    /// the key and does not verify, may be what shows that the log was rolled back.
    ///
    /// - Parameters:
    ///   - key: Our log key.
    ///   - remembers: Whether what was noted of manifests read before is used, and noted for the next time; for the lock
    ///     holder. An audit reads them all: notes are derived, and may be damaged.
    /// - Returns: The checkpoint of most entries and the manifest it is in, `nil` without any.
    /// - Throws: `Problem` or `FileError` for what cannot be read or is not what our key signed.
    func newest(
        signedBy key: VerifierKey, remembers: Bool = true
    ) throws -> (checkpoint: Checkpoint, place: String)? {
        var remembered: [String: (stamp: String, size: UInt64, root: Digest)] = [:]
        let memory = remembers ? (try? readFile(archive.manifestsSeen, limit: 1 << 24).bytes) ?? [] : []
        for line in String(decoding: memory, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ")
            // What another key signed says nothing of this one.
            guard fields.count == 5, fields[2] == key.keyIDText, let size = UInt64(fields[3]),
                let root = Digest(hex: String(fields[4]))
            else { continue }
            remembered[String(fields[0])] = (String(fields[1]), size, root)
        }
        var lines: [String] = []
        var newest: (checkpoint: Checkpoint, place: String)?
        let names = try listFolder(archive.manifests)
        for name in names where name.bytes.suffix(5).elementsEqual(Array(".json".utf8)) {
            let path = archive.manifests.appending(name)
            guard let status = try FileStatus.of(path), status.kind == .regular else { continue }
            let id = Base64.encode(name.bytes)
            let stamp = "\(status.size):\(status.modified)"
            let checkpoint: Checkpoint
            if let known = remembered[id], known.stamp == stamp {
                checkpoint = Checkpoint(origin: key.name, size: known.size, root: known.root)
            } else if let found = try read(path, key) {
                checkpoint = found.checkpoint
            } else {
                // Not a manifest of ours: somebody else's file must not stop the archive.
                continue
            }
            lines.append("\(id) \(stamp) \(key.keyIDText) \(checkpoint.size) \(checkpoint.root.hex)")
            if checkpoint.size > newest?.checkpoint.size ?? 0 {
                newest = (checkpoint, "Manifests/\(name)")
            }
        }
        let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        if remembers, bytes != memory { try? DurableFile.replace(archive.manifestsSeen, with: bytes) }
        return newest
    }

    /// Every checkpoint among the manifests that `key` signed; nothing noted before is used.
    ///
    /// - Parameter key: A key of our log.
    /// - Returns: The notes with their places, and what is wrong with those that cannot be read, or that name the key and
    ///   do not verify: any of them may be what shows that the log was longer.
    func all(signedBy key: VerifierKey) -> (notes: [(place: String, bytes: [UInt8])], problems: [Problem]) {
        var notes: [(place: String, bytes: [UInt8])] = []
        var problems: [Problem] = []
        let names: [RawPath]
        do { names = try listFolder(archive.manifests) } catch { return ([], [Problem(error)]) }
        for name in names where name.bytes.suffix(5).elementsEqual(Array(".json".utf8)) {
            let path = archive.manifests.appending(name)
            do {
                guard let status = try FileStatus.of(path), status.kind == .regular, let found = try read(path, key),
                    Text.isSame(found.checkpoint.origin, archive.origin)
                else { continue }
                notes.append(("Manifests/\(name)", found.note))
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
            guard stream.size <= UInt64(SignedNote.longestNote) else { return nil }
            return try readFile(path, limit: SignedNote.longestNote).bytes
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
