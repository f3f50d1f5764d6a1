import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// The commit that brings what was recorded: the log as it stands here, and the posts of the recorded folders.
///
/// Of the folders' other files only those that git has already are taken: what somebody never committed, such as a file
/// with passwords, is not published because it lies beside posts.
struct GitSnapshot {
    private let archive: ArchiveFolder
    private let repository: GitRepository

    /// Files of an archive beside posts, registers and log; private keys and local files are not among them.
    private static let others: [RawPath] = [
        ".provenance/config", ".gitignore", ".gitattributes", "keys/log.vkey", "keys/signer.vkey", "keys/log.pub.pem",
        "keys/signer.pub.pem", "keys/policy", "keys/signers",
    ]
    /// Posts of the recorded folders that the commit has not: git ignores them, cannot read them, or another repository has
    /// them.
    private(set) var leftOut: [RawPath] = []

    /// What is never taken with a folder of posts that contains it.
    private static let excluded: [RawPath] = [
        ":(exclude)log", ":(exclude)accessions", ":(exclude)keys", ":(exclude).provenance",
        ":(exclude,glob)**/*.provenance-tmp",
    ]

    init(_ archive: ArchiveFolder, _ repository: GitRepository) {
        self.archive = archive
        self.repository = repository
    }

    /// Makes the commit; the parent itself where nothing differs from it.
    ///
    /// - Throws: `Problem` where git would change a byte of the log, or the log here lost or changed what was
    ///   published.
    mutating func commit(_ folders: [RawPath], on parent: RawPath?) throws(Problem) -> RawPath {
        try repository.load(parent)
        var posts: [RawPath] = []
        for folder in folders {
            if let path = try addable(folder) { posts.append(path) }
        }
        var others: [RawPath] = []
        if !posts.isEmpty {
            var tracked: [RawPath] = []
            for folder in posts.map({ $0 == "." ? $0 : RawPath(":(literal)\($0)") })
            where try !repository.want(["ls-files", "-z", "--", folder], usesOwnIndex: true).isEmpty {
                tracked.append(folder)
            }
            if !tracked.isEmpty { try add(["-u", "--ignore-errors", "--"] + tracked + GitSnapshot.excluded) }
            try addPosts(below: posts)
        }
        for path in GitSnapshot.others where try status(archive.root.appending(path))?.kind == .regular {
            others.append(RawPath(":(literal)\(path)"))
        }
        if !others.isEmpty { try add(["--"] + others) }
        try add(["-A", "-f", "--", ":(literal)log", ":(exclude,glob)**/*.provenance-tmp"])
        // A register that was lost here is not taken from others.
        if try !files(below: archive.accessions).isEmpty {
            try add(["--ignore-removal", "-f", "--", ":(literal)accessions", ":(exclude,glob)**/*.provenance-tmp"])
        }
        try check(against: parent)
        let size = String(decoding: try checkpointSize(), as: UTF8.self)
        return try repository.commitIndex(
            parents: parent.map { [$0] } ?? [], message: "Record posts: the log has \(size) entries\n")
    }

    /// Adds the posts below some folders, as a walk finds them, and notes those that git does not take.
    private mutating func addPosts(below folders: [RawPath]) throws(Problem) {
        var found: [RawPath] = []
        var others: [RawPath: Bool] = [:]
        for folder in folders {
            let place = folder == "." ? archive.root : archive.root.appending(folder)
            do {
                guard let kind = try FileStatus.of(place)?.kind else { continue }
                guard kind == .directory else {
                    if kind == .regular { found.append(folder) }
                    continue
                }
                let skip: Set<RawPath> = folder == "." ? Set(ArchiveFolder.ownFolders) : []
                for name in try Walk(
                    place, skip: skip, ignoring: IgnoredFolders(archive.root, named: [folder]), as: folder)
                where name.kind == .regular && name.failure == nil && name.ignoredFolder == nil {
                    found.append(folder.appending(name.path))
                }
            } catch {
                throw Problem(any: error)
            }
        }
        // Files of another repository inside this one are that one's.
        let own = found.filter { !isOfAnotherRepository($0.parent, &others) }
        guard !found.isEmpty else { return }
        // Files that git ignores make it fail, and they are told apart afterwards.
        try add(
            ["--ignore-errors", "--pathspec-from-file=-", "--pathspec-file-nul"],
            input: own.flatMap { Array(":(literal)".utf8) + $0.bytes + [0] })
        let taken = Set(
            GitRepository.paths(try repository.want(["ls-files", "-z", "--full-name"], usesOwnIndex: true)))
        leftOut = found.filter { !taken.contains(repository.prefix.appending($0)) }
    }

    private func isOfAnotherRepository(_ folder: RawPath, _ known: inout [RawPath: Bool]) -> Bool {
        guard folder != "." else { return false }
        if let answer = known[folder] { return answer }
        let isRoot = (try? FileStatus.of(archive.root.appending(folder).appending(".git"))) != nil
        let answer = isRoot || isOfAnotherRepository(folder.parent, &known)
        known[folder] = answer
        return answer
    }

    /// Adds files to the own index. Unreadable posts are left out: recording has told them.
    private func add(_ arguments: [RawPath], input: [UInt8] = []) throws(Problem) {
        let ended = try repository.run(["add"] + arguments, input: input, usesOwnIndex: true)
        guard ended.status <= 1 else {
            throw GitRepository.problem("git add failed", ended, place: archive.root.description)
        }
    }

    /// A folder of the archive; `nil` for one that is outside of it, ignored by git, or nowhere.
    private func addable(_ folder: RawPath) throws(Problem) -> RawPath? {
        guard let path = archive.relative(folder) else { return nil }
        if path == "." { return path }
        if try status(folder) == nil,
            try repository.want(["ls-files", "-z", "--", ":(literal)" + path], usesOwnIndex: true).isEmpty
        {
            return nil
        }
        return try repository.run(["check-ignore", "-q", "--", path]).status == 0 ? nil : path
    }

    private func status(_ path: RawPath) throws(Problem) -> FileStatus? {
        do { return try FileStatus.of(path) } catch { throw Problem(error) }
    }

    private func files(below folder: RawPath) throws(Problem) -> [RawPath] {
        do {
            guard try FileStatus.of(folder) != nil else { return [] }
            return try listFolder(folder).filter { !GrowingFile.isTemporary($0) }
        } catch {
            throw Problem(error)
        }
    }

    /// The checkpoint's second line.
    private func checkpointSize() throws(Problem) -> [UInt8] {
        do {
            let note = try readFile(archive.log.appending("checkpoint"), limit: Trust.maxKeyFileBytes).bytes
            let lines = note.split(separator: Bytes.newline, maxSplits: 2)
            return lines.count > 1 ? Array(lines[1]) : []
        } catch {
            throw Problem(error)
        }
    }

    // MARK: Checks

    /// Checks what the commit changes: bytes as they are, nothing published changed or lost, nothing secret.
    private func check(against parent: RawPath?) throws(Problem) {
        let before = if let parent { parent } else { try repository.emptyTree() }
        let changes = try repository.changes(from: before)
        var hashed: [GitChange] = []
        for change in changes {
            if change.isAfter, GitRepository.isPrivate(change.path) {
                throw Problem(
                    .publish, change.path.description, "a private file would be published; nothing was committed",
                    advice: "add what `provenance init` writes to .gitignore")
            }
            if change.isAfter, change.isFile {
                guard !change.path.bytes.contains(Bytes.newline) else {
                    throw Problem(
                        .publish, change.path.description,
                        "a name with a line feed cannot be compared with what git stores",
                        advice: "rename it")
                }
                hashed.append(change)
            }
            guard repository.isOfLog(change.path), change.isBefore, !isReplaceable(change.path) else { continue }
            throw Problem(
                .publish, change.path.description,
                change.isAfter
                    ? "it has other bytes than what was published; nothing was committed"
                    : "it was published, and is not here; nothing was committed",
                advice: "`provenance audit` says what is damaged; `git checkout -- log` restores what was published")
        }
        guard !hashed.isEmpty else { return }
        let output = try repository.want(
            ["-C", repository.top, "hash-object", "--no-filters", "--stdin-paths"],
            input: hashed.flatMap { $0.path.bytes + [Bytes.newline] })
        let objects = output.split(separator: Bytes.newline)
        guard objects.count == hashed.count else {
            throw Problem(.publish, "git", "it did not hash as many files as it was given")
        }
        for (change, object) in zip(hashed, objects) where !object.elementsEqual(change.object.bytes) {
            throw Problem(
                .publish, change.path.description, "git would store other bytes than it has; nothing was committed",
                advice: "add what `provenance init` writes to .gitattributes")
        }
    }

    /// Whether a file of the log gets other bytes as the log grows: the checkpoint, and tiles that are not full yet.
    private func isReplaceable(_ path: RawPath) -> Bool {
        let inside = path.bytes.dropFirst(repository.prefix.bytes.count)
        return inside.elementsEqual("log/checkpoint".utf8) || path.parent.bytes.suffix(2).elementsEqual(".p".utf8)
    }
}

private func + (text: String, path: RawPath) -> RawPath { RawPath(plain: Array(text.utf8) + path.bytes) }
