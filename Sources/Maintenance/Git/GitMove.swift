import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceSystem
import ProvenanceVerification

/// Brings the files of the working tree from one commit to another.
///
/// A file that somebody changed or added here stays as it is, whatever the other commit has at its place: it is the
/// scraper's, and is recorded next. Files of the log are replaced as a whole or not touched. What is being done is
/// noted before, so that a run that was killed is finished by the next one.
struct GitMove {
    /// The commit that the branch stands at; `nil` for a branch without commits.
    let from: RawPath?
    /// The commit that it gets to.
    let to: RawPath
    /// The commit whose log replaces the one here; `nil` where that stays.
    let log: RawPath?
    /// Whether the files are there already, so that only the branch and the user's index follow.
    var keepsFiles = false

    /// The first word of the note.
    private static let format = "provenance/publish-move@v1"
    /// The longest note, in bytes.
    private static let maxNote = 1024
    /// What stands in the note for the commit of the log where the files are there already.
    private static let branchAlone: RawPath = "branch"

    /// Finishes what a killed run began.
    static func finish(_ archive: ArchiveFolder, _ repository: GitRepository) throws(Problem) {
        let bytes: [UInt8]?
        do { bytes = try readFileIfPresent(archive.publishMove, limit: maxNote) } catch { throw Problem(any: error) }
        guard let bytes else { return }
        let words = bytes.split(whereSeparator: { $0 == UInt8(ascii: " ") || $0 == Bytes.newline })
        let names = words.dropFirst().map { $0.elementsEqual("-".utf8) ? nil : RawPath($0) }
        guard words.count == 4, words[0].elementsEqual(format.utf8), let to = names[1] else {
            throw Problem(.publish, archive.publishMove.description, "it is no note of a run that was interrupted")
        }
        let keepsFiles = names[2] == branchAlone
        let move = GitMove(
            from: names[0], to: try GitRepository.object(to.bytes), log: keepsFiles ? nil : names[2],
            keepsFiles: keepsFiles)
        let head = try repository.commit("HEAD")
        // Where somebody has moved the branch, the files are theirs to put in order.
        guard head == move.from || head == move.to else { return try move.forget(archive) }
        try move.run(archive, repository, head: head)
    }

    /// Brings the files there, and the branch.
    func perform(_ archive: ArchiveFolder, _ repository: GitRepository) throws(Problem) {
        let last = keepsFiles ? GitMove.branchAlone : log
        let words = [from, to, last].map { $0?.description ?? "-" }.joined(separator: " ")
        do { try DurableFile.replace(archive.publishMove, with: Array("\(GitMove.format) \(words)\n".utf8)) } catch {
            throw Problem(error)
        }
        try run(archive, repository, head: from)
    }

    private func run(_ archive: ArchiveFolder, _ repository: GitRepository, head: RawPath?) throws(Problem) {
        guard !keepsFiles else {
            try repository.stand(at: to, from: head, index: from)
            return try forget(archive)
        }
        try repository.load(from)
        let changedHere = try repository.differing()
        let before = if let from { from } else { try repository.emptyTree() }
        try repository.load(to)
        if let log { try repository.loadLog(of: log) }
        let differing = try repository.differing()
        let changes = try repository.changes(from: before)
        var writes: [RawPath] = []
        var removals: [RawPath] = []
        // Folders of other repositories, which git keeps although they are empty.
        var modules: [RawPath] = []
        var formerModules: [RawPath] = []
        var places = GitPlaces(top: repository.top)
        let config = RawPath(repository.prefix.bytes + ArchiveFolder.localFolder.appending("config").bytes)
        let rules = RulesFolder(archive)
        for change in changes where !repository.isOfLog(change.path) {
            if keepsRules(change.path, rules, repository) { continue }
            let kind = try places.kind(change.path)
            let isFile = kind != nil && kind != .directory
            let isUnchanged = change.before != nil && !changedHere.contains(change.path)
            if let after = change.after, !after.isModule {
                // A folder is no capture that somebody made here: it gives way, or there is no room.
                if differing.contains(change.path), !isFile || isUnchanged { writes.append(change.path) }
                continue
            }
            if isFile, isUnchanged, change.path != config { removals.append(change.path) }
            if change.after != nil { modules.append(change.path) }
            if change.after == nil, change.before?.isModule ?? false, kind == .directory {
                formerModules.append(change.path)
            }
        }
        try places.requireRoom(for: writes, modules, Set(removals))
        // Registers that are here with other bytes: which are the logged ones is judged when the log is here.
        var contested: [RawPath] = []
        if let log {
            let kept = try GitKeptTiles(archive, repository, log)
            for path in differing where repository.isOfLog(path) {
                let isThere = try status(repository.top.appending(path)) != nil
                if isThere, path.bytes.suffix(6).elementsEqual(".jsonl".utf8) {
                    contested.append(path)
                } else if !isThere || !kept.contains(path) {
                    writes.append(path)
                }
            }
            let folders = GitRepository.logFolders.map { RawPath(":(literal)\($0)") }
            let others = try repository.want(
                ["ls-files", "-o", "-z", "--full-name", "--"] + folders, usesOwnIndex: true)
            for path in GitRepository.paths(others) where GitMove.isReplaced(path, repository) {
                if path.bytes.suffix(6).elementsEqual(".jsonl".utf8) {
                    contested.append(path)
                } else if !kept.contains(path) {
                    removals.append(path)
                }
            }
        }
        let lock = try archive.takeLock(timeout: GitMove.lockTimeout)
        defer { withExtendedLifetime(lock) {} }
        // A file that gives way to a folder goes first.
        for path in removals { try remove(path, repository) }
        // Where another repository has files of its own in it, it stays.
        for path in formerModules { try? DurableFile.removeDirectory(repository.top.appending(path)) }
        try write(writes, repository)
        for path in modules where try status(repository.top.appending(path)) == nil {
            do { try DurableFile.createDirectories(repository.top.appending(path)) } catch { throw Problem(error) }
        }
        if let log {
            try replaceCheckpoint(archive, repository, log)
            try settle(contested, archive, repository, log)
        }
        try repository.stand(at: to, from: head, index: from)
        try forget(archive)
    }

    /// Removes registers that the log does not name, and takes those of the other log that are the logged ones.
    ///
    /// A register that the log names is never removed, and never replaced by bytes that are not the logged ones: where
    /// the shared repository has lost or damaged it, it is published again.
    private func settle(
        _ registers: [RawPath], _ archive: ArchiveFolder, _ repository: GitRepository, _ log: RawPath
    ) throws(Problem) {
        // A log that cannot be read tells nothing of them.
        guard !registers.isEmpty, let logged = LoggedRegisters(archive) else { return }
        let shared = GitStore(repository: repository, commit: log, folder: "accessions")
        var writes: [RawPath] = []
        for path in registers {
            guard let root = LoggedRegisters.root(path), logged.names(root) else {
                try remove(path, repository)
                continue
            }
            if logged.isAuthentic(root, in: shared) { writes.append(path) }
        }
        try write(writes, repository)
    }

    /// Whether a file is one of rules that the log may name, sound here: it stays, and is published again where the shared
    /// repository has lost it.
    private func keepsRules(_ path: RawPath, _ rules: RulesFolder, _ repository: GitRepository) -> Bool {
        let start = repository.prefix.bytes + Array("rules/".utf8)
        guard path.bytes.starts(with: start), let digest = Digest(hex: path.bytes.dropFirst(start.count)) else {
            return false
        }
        return rules.bytes(digest) != nil
    }

    /// How long a command that adds or repairs is waited for, in seconds.
    private static let lockTimeout = 60.0

    /// Whether a file that the other log does not have is removed: its tiles, registers and unfinished files, and
    /// nothing that somebody else keeps there.
    private static func isReplaced(_ path: RawPath, _ repository: GitRepository) -> Bool {
        let inside = RawPath(path.bytes.dropFirst(repository.prefix.bytes.count))
        return inside.bytes.starts(with: "log/tile/".utf8) || inside.bytes.suffix(6).elementsEqual(".jsonl".utf8)
            || GrowingFile.isTemporary(inside)
    }

    private func status(_ path: RawPath) throws(Problem) -> FileStatus? {
        do { return try FileStatus.of(path) } catch { throw Problem(error) }
    }

    /// Writes files of the own index into the working tree; git refuses names that lead out of it.
    private func write(_ paths: [RawPath], _ repository: GitRepository) throws(Problem) {
        let checkpoint = RawPath(repository.prefix.bytes + Array("log/checkpoint".utf8))
        let names = paths.filter { $0 != checkpoint }.sorted()
        guard !names.isEmpty else { return }
        try repository.want(
            ["-C", repository.top, "checkout-index", "-f", "-q", "-z", "--stdin"],
            input: names.flatMap { $0.bytes + [0] }, usesOwnIndex: true)
        do { try FolderTree.sync(repository.top) } catch { throw Problem(error) }
    }

    /// Replaces the checkpoint after all that it names, at once: other commands may read it.
    private func replaceCheckpoint(
        _ archive: ArchiveFolder, _ repository: GitRepository, _ commit: RawPath
    ) throws(Problem) {
        guard let note = try repository.blob(commit, "log/checkpoint", limit: Trust.maxKeyFileBytes) else { return }
        do { try DurableFile.replace(archive.log.appending("checkpoint"), with: note) } catch { throw Problem(error) }
    }

    /// Removes a file that is below the working tree, and the folders that it leaves empty.
    private func remove(_ path: RawPath, _ repository: GitRepository) throws(Problem) {
        guard path.isPlainRelative else { return }
        do throws(FileError) {
            var folder = repository.top
            for element in path.elements.dropLast() {
                folder = folder.appending(RawPath(element))
                // Below a link lies another place.
                guard let status = try FileStatus.of(folder), status.kind == .directory else { return }
            }
            try DurableFile.remove(repository.top.appending(path))
            guard !repository.isOfLog(path) else { return }
            while folder != repository.top, (try? listFolder(folder))?.isEmpty ?? false {
                try DurableFile.removeDirectory(folder)
                folder = folder.parent
            }
        } catch {
            throw Problem(error)
        }
    }

    private func forget(_ archive: ArchiveFolder) throws(Problem) {
        do { try DurableFile.remove(archive.publishMove) } catch { throw Problem(error) }
    }
}
