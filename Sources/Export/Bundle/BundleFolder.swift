import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification

/// The folder of a bundle during writing, under a temporary name. Each written file is added to the lists.
///
/// The lists have the entries' lines first, in log order, then the other files by name. `finish` makes everything
/// durable and gives the folder its name.
final class BundleFolder {
    /// The temporary folder.
    let place: RawPath
    private let path: RawPath
    /// `SHA256SUMS`: every file.
    private let sums: DigestedFile
    /// `tagmanifest-sha256.txt`: every file outside the payload.
    private let tags: DigestedFile
    /// `manifest-sha256.txt`: the payload.
    private let payload: DigestedFile
    private var others: [(name: String, digest: Digest)] = []
    private var octets: UInt64 = 0
    private var files: UInt64 = 0
    private var sha: SHA256
    private let temporary: TemporaryPlace
    /// Files opened for writing in pieces.
    private var opened: [DigestedFile] = []

    /// - Throws: `Problem` with `E-OUTPUT-EXISTS` if the path exists.
    init(
        for path: RawPath, name: String, folders: [String] = ["data", "records", "proofs"]
    ) throws(Problem) {
        sha = SHA256()
        self.path = path
        TemporaryPlace.removeAbandoned(of: path)
        temporary = TemporaryPlace(TemporaryPlace.path(for: path))
        place = temporary.path
        do {
            guard try FileStatus.of(path) == nil else {
                throw Problem(
                    .outputExists, name, "there is something already; it was left as it is",
                    advice: "give another name, or remove it first")
            }
            try FolderTree.remove(place)
            try DurableFile.createDirectories(place)
            temporary.lock()
            for folder in folders { try FolderTree.make(place.appending(RawPath(folder))) }
            // Kept in this scope until all three are open: on failure they are closed before the folder is removed.
            let sums = try DigestedFile(for: place.appending(RawPath(BundleLayout.lists.sums)))
            let tags = try DigestedFile(for: place.appending(RawPath(BundleLayout.lists.tags)))
            let payload = try DigestedFile(for: place.appending(RawPath(BundleLayout.lists.payload)))
            (self.sums, self.tags, self.payload) = (sums, tags, payload)
        } catch {
            throw Problem(any: error)
        }
    }

    deinit {
        // Some file systems do not remove a folder that contains an open file.
        for file in [sums, tags, payload] + opened { file.abandon() }
    }

    // MARK: Files of entries

    /// The files written for one entry, with their digests.
    struct Written: Sendable {
        let index: UInt64
        let note: Digest
        let proof: Digest
        /// The post's digest and size; `nil` if its file was not written, because it was not found or exists already.
        let post: (digest: Digest, size: UInt64)?
        /// Whether the entry's post was not found.
        let isMissing: Bool
    }

    /// Adds the lines of an entry whose files are written.
    func list(_ entry: Written) throws(Problem) {
        try list(BundleLayout.note(entry.index), entry.note)
        try list(BundleLayout.proof(entry.index), entry.proof)
        if let post = entry.post {
            try listPayload("data/\(BundleLayout.payloadName(post.digest))", post.digest, size: post.size)
        }
    }

    private func list(_ name: String, _ digest: Digest) throws(Problem) {
        let line = DigestList.line(digest, name)
        try sums.write(line)
        try tags.write(line)
    }

    /// Adds the line of a payload file that is written.
    func listPayload(_ name: String, _ digest: Digest, size: UInt64) throws(Problem) {
        let line = DigestList.line(digest, name)
        try sums.write(line)
        try payload.write(line)
        octets += size
        files += 1
    }

    // MARK: Other files

    /// Writes a file that belongs to no entry.
    func put(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(Problem) {
        do {
            sha.update(bytes)
            others.append((name, sha.finish()))
            try FolderTree.write(place.appending(RawPath(name)), bytes, mode: mode)
        } catch {
            throw Problem(any: error)
        }
    }

    /// Writes the placeholder file that replaces withheld posts.
    func putWithheld(_ bytes: [UInt8]) throws(Problem) -> Digest {
        try put("data/withheld.txt", bytes)
        guard let digest = others.last?.digest else { return .zero }
        try payload.write(DigestList.line(digest, "data/withheld.txt"))
        octets += UInt64(bytes.count)
        files += 1
        return digest
    }

    /// Opens a file for writing in pieces; `close` adds it to the lists.
    func open(_ name: String) throws(Problem) -> DigestedFile {
        let file = try DigestedFile(for: place.appending(RawPath(name)))
        opened.append(file)
        return file
    }

    func close(_ name: String, _ file: DigestedFile) throws(Problem) {
        others.append((name, try file.finish()))
    }

    // MARK: The end

    /// Writes `bag-info.txt` and the lists.
    ///
    /// - Parameter information: Makes `bag-info.txt` from the payload's number of octets and of files.
    /// - Returns: The digest of the tag manifest.
    /// - Throws: `Problem` of the file system or libcrypto.
    func finishLists(_ information: (UInt64, UInt64) -> [UInt8]) throws(Problem) -> Digest {
        others.append((BundleLayout.lists.payload, try payload.finish()))
        try put("bagit.txt", BagInformation.declaration)
        try put("bag-info.txt", information(octets, files))
        others.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for (name, digest) in others { try sums.write(DigestList.line(digest, name)) }
        others.append((BundleLayout.lists.sums, try sums.finish()))
        others.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for (name, digest) in others where !name.utf8.starts(with: "data/".utf8) {
            try tags.write(DigestList.line(digest, name))
        }
        return try tags.finish()
    }

    /// Makes everything durable and gives the folder its name.
    func finish() throws(Problem) {
        do {
            try FolderTree.sync(place)
            try FolderTree.rename(place, to: path)
            temporary.keep()
            try DurableFile.syncDirectory(path.parent)
        } catch {
            throw Problem(error)
        }
    }
}

/// A file that is written in pieces and hashed at the same time.
final class DigestedFile {
    private let file: GrowingFile
    private let path: RawPath
    private var sha: SHA256

    init(for path: RawPath) throws(Problem) {
        sha = SHA256()
        do { file = try GrowingFile(for: path) } catch { throw Problem(error) }
        self.path = path
    }

    func write(_ bytes: [UInt8]) throws(Problem) {
        sha.update(bytes)
        do { try file.write(bytes) } catch { throw Problem(error) }
    }

    /// Closes the file, and removes it unless it is finished.
    func abandon() { file.abandon() }

    /// Gives the file its name and returns the digest of its bytes.
    func finish() throws(Problem) -> Digest {
        do {
            try file.finish(as: path)
            return sha.finish()
        } catch {
            throw Problem(any: error)
        }
    }
}
