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

    /// The first word of the note.
    private static let format = "provenance/publish-move@v1"
    /// The longest note, in bytes.
    private static let maxNote = 1024

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
        let move = GitMove(from: names[0], to: try GitRepository.object(to.bytes), log: names[2])
        let head = try repository.commit("HEAD")
        // Where somebody has moved the branch, the files are theirs to put in order.
        guard head == move.from || head == move.to else { return try move.forget(archive) }
        try move.run(archive, repository, head: head)
    }

    /// Brings the files there, and the branch.
    func perform(_ archive: ArchiveFolder, _ repository: GitRepository) throws(Problem) {
        let words = [from, to, log].map { $0?.description ?? "-" }.joined(separator: " ")
        do { try DurableFile.replace(archive.publishMove, with: Array("\(GitMove.format) \(words)\n".utf8)) } catch {
            throw Problem(error)
        }
        try run(archive, repository, head: from)
    }

    private func run(_ archive: ArchiveFolder, _ repository: GitRepository, head: RawPath?) throws(Problem) {
        try repository.load(from)
        let changedHere = try repository.differing()
        let before = if let from { from } else { try repository.emptyTree() }
        try repository.load(to)
        if let log { try repository.loadLog(of: log) }
        let differing = try repository.differing()
        let changes = try repository.changes(from: before)
        var writes: [RawPath] = []
        var removals: [RawPath] = []
        for change in changes where !repository.isOfLog(change.path) {
            let isThere = try status(repository.top.appending(change.path)) != nil
            let isUnchanged = change.isBefore && !changedHere.contains(change.path)
            if change.isAfter {
                if differing.contains(change.path), !isThere || isUnchanged { writes.append(change.path) }
            } else if isThere, isUnchanged {
                removals.append(change.path)
            }
        }
        try requireRoom(for: writes, removals, changedHere, repository)
        if log != nil {
            writes += differing.filter { repository.isOfLog($0) }
            let folders = GitRepository.logFolders.map { RawPath(":(literal)\($0)") }
            let others = try repository.want(
                ["ls-files", "-o", "-z", "--full-name", "--"] + folders, usesOwnIndex: true)
            removals += GitRepository.paths(others).filter { GitMove.isReplaced($0, repository) }
        }
        let lock = try archive.takeLock(timeout: GitMove.lockTimeout)
        defer { withExtendedLifetime(lock) {} }
        // A file that gives way to a folder goes first.
        for path in removals { try remove(path, repository) }
        try write(writes, repository)
        if let log { try replaceCheckpoint(archive, repository, log) }
        try repository.stand(at: to, from: head)
        try forget(archive)
    }

    /// Refuses to write below a place that holds a link or a file of this clone: git would remove it.
    private func requireRoom(
        for writes: [RawPath], _ removals: [RawPath], _ changedHere: Set<RawPath>, _ repository: GitRepository
    ) throws(Problem) {
        let removed = Set(removals)
        var known: Set<RawPath> = []
        for path in writes {
            var folder = path.parent
            while folder != ".", known.insert(folder).inserted {
                if let kind = try status(repository.top.appending(folder))?.kind, kind != .directory,
                    !removed.contains(folder)
                {
                    throw Problem(
                        .publish, folder.description,
                        "the shared repository has a folder there, and here it is a file or a link of this clone",
                        advice: "move it away or commit it, then run it again; nothing was changed")
                }
                folder = folder.parent
            }
            // A folder of this clone at the place of a file.
            if try status(repository.top.appending(path))?.kind == .directory {
                throw Problem(
                    .publish, path.description, "the shared repository has a file there, and here it is a folder",
                    advice: "move it away, then run it again; nothing was changed")
            }
        }
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
