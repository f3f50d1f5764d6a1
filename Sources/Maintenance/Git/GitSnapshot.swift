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
        "keys/signer.pub.pem", "keys/policy", "keys/signers", "keys/authorities",
    ]
    /// Posts of the recorded folders that the commit has not: git ignores them, cannot read them, or another repository has
    /// them.
    private(set) var leftOut: [RawPath] = []

    /// Other repositories inside this one, as the parent has them, below the root of the working tree. Their entries are
    /// the user's to change.
    private var modules: Set<RawPath> = []

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
        modules = try repository.modules()
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
            let others = modules.sorted().map { RawPath(plain: Array(":(exclude,top,literal)".utf8) + $0.bytes) }
            if !tracked.isEmpty { try add(["-u", "--ignore-errors", "--"] + tracked + GitSnapshot.excluded + others) }
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
        // What the log approved, each file named by its digest; other files there are the user's.
        let rules = try files(below: archive.rules).filter { Digest(hex: $0.bytes) != nil }
        if !rules.isEmpty {
            try add(["--ignore-removal", "-f", "--"] + rules.map { RawPath(":(literal)rules/\($0)") })
        }
        try check(against: parent)
        let size = String(decoding: try checkpointSize(), as: UTF8.self)
        return try repository.commitIndex(
            parents: parent.map { [$0] } ?? [], message: "Record posts: the log has \(size) entries\n")
    }

    /// Adds the posts below some folders, as a walk finds them, and notes those that git does not take.
    private mutating func addPosts(below folders: [RawPath]) throws(Problem) {
        let rules = (try? LogView(archive, trust: .nothing)).flatMap { try? RulesInForce.of($0) } ?? .defaults
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
                    place, skip: skip, ignoring: rules.ignoredFolders(archive.root, named: [folder]), as: folder,
                    posts: rules.posts)
                where name.kind == .regular && name.failure == nil && name.ignoredFolder == nil && !name.isLeftOut {
                    found.append(folder.appending(name.path))
                }
            } catch {
                throw Problem(any: error)
            }
        }
        // Files of another repository inside this one are that one's.
        let own = found.filter {
            !modules.contains(repository.prefix.appending($0)) && !isOfAnotherRepository($0.parent, &others)
        }
        guard !found.isEmpty else { return }
        // Files that git ignores make it fail, and they are told apart afterwards.
        try add(
            ["--ignore-errors", "--pathspec-from-file=-", "--pathspec-file-nul"],
            input: own.flatMap { Array(":(literal)".utf8) + $0.bytes + [0] })
        let taken = Set(
            GitRepository.paths(try repository.want(["ls-files", "-z", "--full-name"], usesOwnIndex: true)))
        leftOut = found.filter {
            let path = repository.prefix.appending($0)
            return !taken.contains(path) || modules.contains(path)
        }
    }

    private func isOfAnotherRepository(_ folder: RawPath, _ known: inout [RawPath: Bool]) -> Bool {
        guard folder != "." else { return false }
        if let answer = known[folder] { return answer }
        let isRoot =
            modules.contains(repository.prefix.appending(folder))
            || (try? FileStatus.of(archive.root.appending(folder).appending(".git"))) != nil
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
        var hashed: [(path: RawPath, object: RawPath)] = []
        var logged: LoggedRegisters?
        for change in changes {
            if change.after != nil, GitRepository.isPrivate(change.path) {
                throw Problem(
                    .publish, change.path.description, "a private file would be published; nothing was committed",
                    advice: "add what `provenance init` writes to .gitignore")
            }
            if let after = change.after, after.isFile {
                guard !change.path.bytes.contains(Bytes.newline) else {
                    throw Problem(
                        .publish, change.path.description,
                        "a name with a line feed cannot be compared with what git stores",
                        advice: "rename it")
                }
                hashed.append((change.path, after.object))
            }
            guard repository.isOfLog(change.path), change.before != nil, !isReplaceable(change.path) else { continue }
            if change.after != nil, let parent {
                logged = logged ?? LoggedRegisters(archive)
                if let logged, isRepaired(change.path, parent, logged) { continue }
            }
            throw Problem(
                .publish, change.path.description,
                change.after != nil
                    ? "it has other bytes than what was published; nothing was committed"
                    : "it was published, and is not here; nothing was committed",
                advice:
                    "`provenance audit` says whether it is damaged here: then `git checkout -- log accessions` restores "
                    + "what was published; else it is damaged in the shared repository")
        }
        guard !hashed.isEmpty else { return }
        let output = try repository.want(
            ["-C", repository.top, "hash-object", "--no-filters", "--stdin-paths"],
            input: hashed.flatMap { $0.path.bytes + [Bytes.newline] })
        let objects = output.split(separator: Bytes.newline)
        guard objects.count == hashed.count else {
            throw Problem(.publish, "git", "it did not hash as many files as it was given")
        }
        for (file, object) in zip(hashed, objects) where !object.elementsEqual(file.object.bytes) {
            throw Problem(
                .publish, file.path.description, "git would store other bytes than it has; nothing was committed",
                advice: "add what `provenance init` writes to .gitattributes")
        }
    }

    /// Whether a register here is the logged one, and the published one is not.
    private func isRepaired(_ path: RawPath, _ parent: RawPath, _ logged: LoggedRegisters) -> Bool {
        guard let root = LoggedRegisters.root(path) else { return false }
        let shared = GitStore(repository: repository, commit: parent, folder: "accessions")
        return logged.isAuthentic(root) && !logged.isAuthentic(root, in: shared)
    }

    /// Whether a file of the log gets other bytes as the log grows: the checkpoint, and tiles that are not full yet.
    private func isReplaceable(_ path: RawPath) -> Bool {
        let inside = path.bytes.dropFirst(repository.prefix.bytes.count)
        return inside.elementsEqual("log/checkpoint".utf8) || path.parent.bytes.suffix(2).elementsEqual(".p".utf8)
    }
}

private func + (text: String, path: RawPath) -> RawPath { RawPath(plain: Array(text.utf8) + path.bytes) }
