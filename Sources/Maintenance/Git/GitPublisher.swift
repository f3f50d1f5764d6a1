import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceRecording
import ProvenanceSystem
import ProvenanceVerification

/// A log whose one order is kept by a branch of a shared git repository, on which several clones record.
///
/// A checkpoint counts as signed for others to see once the repository has accepted the commit that brings it. Until
/// then the entries that it adds may give way: when a fetch has shown that the branch went elsewhere, they are dropped,
/// and their posts are recorded again on top of what is there. An answer that was lost is settled by a fetch, never by
/// dropping.
final class GitPublisher {
    /// What became of a commit.
    enum Answer {
        /// The shared branch holds it, with a log of this size. The problem is one of this clone alone.
        case accepted(commit: RawPath, size: UInt64, Problem?)
        /// A fetch has shown that the shared branch went elsewhere.
        case elsewhere
    }

    private let archive: ArchiveFolder
    private let repository: GitRepository
    private let memory: SignedMemory
    private let isFirstWriter: Bool
    private let environment: Environment
    /// Held from the first look at the shared repository to the last.
    private let lock: FileLock
    /// The commit that the branch stands at, and the shared one, after `prepare`.
    private var head: RawPath?
    private var upstream: RawPath?
    /// The shared checkpoint, where the log here had nothing beyond it before recording.
    private var accepted: [UInt8]?

    /// Pushes of one commit before its refusal is told, while the shared branch stays as it is: another push may hold
    /// its lock.
    private static let maxPushes = 4
    /// The longest wait between two tries, in milliseconds; the first is a hundredth of it.
    private static let maxWait: Int64 = 5_000

    init(
        _ archive: ArchiveFolder, isFirstWriter: Bool, options: Recorder.Options, _ environment: Environment
    ) throws(Problem) {
        self.archive = archive
        self.isFirstWriter = isFirstWriter
        self.environment = environment
        guard archive.engines == nil else {
            throw Problem(.publish, "log", "it is kept outside of the archive's folder, so git does not hold it")
        }
        do {
            lock = try FileLock(archive.publishLock, timeout: options.lockTimeout, shouldStop: options.shouldStop)
        } catch {
            throw Problem(error)
        }
        memory = try SignedMemory(archive, passphrase: options.passphrase)
        repository = try GitRepository(archive)
    }

    // MARK: Before recording

    /// Fetches, and brings the files here to what the shared repository holds.
    ///
    /// - Returns: Whether the log here was replaced.
    /// - Throws: `Problem` where the repository cannot be reached, or where its log and the one here contradict each
    ///   other or what is remembered. Nothing was changed then, and nothing may be recorded.
    func prepare() throws(Problem) -> Bool {
        if let head = try repository.commit("HEAD") { try repository.requireNoLocalFiles(head) }
        try GitMove.finish(archive, repository)
        try repository.requireNoMerge()
        let upstream = try repository.fetch()
        if let upstream { try repository.requireNoLocalFiles(upstream) }
        let head = try repository.commit("HEAD")
        if let head { try repository.requireNothingPrivate(in: head, beyond: upstream) }
        let (standing, note) = try compare(upstream)
        var target = head
        if let upstream, head != upstream {
            if let head, try repository.contains(head, upstream) {
                target = head
            } else if let head, try !repository.contains(upstream, head) {
                target = try repository.merge(head, upstream: upstream)
            } else {
                target = upstream
            }
        }
        // A run that was killed before it signed leaves tiles that no checkpoint names.
        let hasTail = try SignedMemory.isUnpublished(archive)
        let replacesLog =
            switch standing {
            case .ahead: false
            case .same: note != nil && (hasTail || target != head)
            case .behind, .other: true
            }
        if let target, target != head || replacesLog {
            try GitMove(from: head, to: target, log: replacesLog ? upstream : nil).perform(archive, repository)
        }
        if let note { try memory.accept(note, isWhole: standing != .ahead) }
        (self.head, self.upstream) = (target, upstream)
        accepted = standing == .ahead ? nil : note
        return standing == .behind || standing == .other
    }

    /// Notes, before anything is signed, that it is not published.
    func begin() throws(Problem) { try memory.begin() }

    /// Ends a run that pushes nothing: where it signed nothing either, other commands may add to the log again.
    func leave() {
        guard let accepted, (try? LogReader.checkpointFile(archive.storage)) == accepted else { return }
        // Where it fails the note stays, and the next run removes it.
        try? memory.accept(accepted, isWhole: true)
    }

    /// How the log here stands to the shared one.
    private enum Standing {
        case same
        /// It has entries that the shared one has not.
        case ahead
        /// The shared one has entries that it has not.
        case behind
        /// Both have such entries, and those here were published by nobody.
        case other
    }

    /// Compares the log here with the shared one, and both with what is remembered.
    private func compare(_ upstream: RawPath?) throws(Problem) -> (Standing, note: [UInt8]?) {
        do {
            let ours = try self.ours()
            let signed = try memory.signed()
            let published = try memory.published()
            let place = "log/checkpoint of \(repository.remote)"
            guard let upstream,
                let note = try repository.blob(upstream, "log/checkpoint", limit: Trust.maxKeyFileBytes)
            else {
                if let published { throw rolledBack(place, "there is no log; it had \(published.size) entries") }
                guard !signed.isEmpty || isFirstWriter else {
                    throw Problem(
                        .publish, place,
                        "the shared repository has no log yet, and nothing here shows what this key signed before",
                        advice: "if no other clone ever recorded with it, give --first-writer-here once")
                }
                for (place, checkpoint) in signed { try require(ours, holds: checkpoint, place) }
                return (.ahead, nil)
            }
            let checkpoint = try memory.checkpoint(note, place: place)
            let theirs = try LogReader(GitStore(repository: repository, commit: upstream), checkpoint)
            if let published, try theirs.relation(to: published) != .extends {
                throw rolledBack(
                    place,
                    "it has \(checkpoint.size) entries, and does not extend the \(published.size) that it had before")
            }
            let standing = try self.standing(ours, theirs)
            for (place, checkpoint) in signed where try theirs.relation(to: checkpoint) != .extends {
                // Signed by an `add` without --publish: never dropped, only pushed.
                guard standing == .ahead else {
                    throw rolledBack(
                        "log/checkpoint of \(repository.remote)",
                        "it does not extend the \(checkpoint.size) entries that \(place) shows to be signed")
                }
                try require(ours, holds: checkpoint, place)
            }
            if standing == .other, try !SignedMemory.isUnpublished(archive) {
                throw rolledBack(
                    place, "it and the log here have different entries, and the one here may have been published")
            }
            return (standing, note)
        } catch {
            throw Problem(any: error)
        }
    }

    private func standing(_ ours: LogReader, _ theirs: LogReader) throws(LogError) -> Standing {
        let (here, there) = (ours.checkpoint, theirs.checkpoint)
        if here.size >= there.size {
            guard try ours.relation(to: there) == .extends else { return .other }
            return here.size == there.size ? .same : .ahead
        }
        return try theirs.relation(to: here) == .extends ? .behind : .other
    }

    private func ours() throws -> LogReader {
        guard let note = try LogReader.checkpointFile(archive.storage) else {
            throw Problem(.publish, "log/checkpoint", "it is not here", advice: "git checkout -- log")
        }
        return try LogReader(archive.storage, try memory.checkpoint(note, place: "log/checkpoint"))
    }

    private func require(_ log: LogReader, holds checkpoint: Checkpoint, _ place: String) throws {
        guard try log.relation(to: checkpoint) != .extends else { return }
        throw rolledBack(
            "log/checkpoint", "it does not extend the \(checkpoint.size) entries that \(place) shows to be signed")
    }

    private func rolledBack(_ place: String, _ reason: String) -> Problem {
        Problem(
            code: LogError.Code.rolledBack.name, place: place, reason: reason,
            advice: "nothing was recorded or pushed; see Documentation/when-things-go-wrong.md, \"diverged clones\"",
            status: .failed)
    }

    // MARK: After recording

    /// Commits the log and the posts of folders, and pushes the commit.
    ///
    /// - Throws: `Problem` where it was refused although the shared branch is where it was, or where it is not known
    ///   what became of it: the entries stay, and the next run settles it.
    func publish(_ folders: [RawPath]) throws(Problem) -> Answer {
        var snapshot = GitSnapshot(archive, repository)
        let commit = try snapshot.commit(folders, on: head)
        guard let note = try repository.blob(commit, "log/checkpoint", limit: Trust.maxKeyFileBytes) else {
            throw Problem(.publish, "log/checkpoint", "git does not take it into a commit")
        }
        let size = try memory.checkpoint(note, place: "log/checkpoint").size
        var tries = 0
        while commit != upstream {
            tries += 1
            guard let reason = try repository.push(commit, expecting: upstream) else { break }
            let now: RawPath?
            do { now = try repository.fetch() } catch {
                throw Problem(
                    .publish, repository.remote.description, "whether it took what was pushed is not known: \(reason)",
                    advice: "the next run asks it; what was recorded is durable here")
            }
            if let now, try repository.contains(now, commit) { break }
            guard now == upstream else { return .elsewhere }
            guard tries < GitPublisher.maxPushes else {
                throw Problem(
                    .publish, repository.remote.description, "it did not take what was pushed: \(reason)",
                    advice: "what was recorded is durable here, and the next run pushes it")
            }
            try wait(tries)
        }
        try memory.accept(note, isWhole: true)
        var problem = snapshot.leftOut.first.map { first in
            let count = snapshot.leftOut.count
            return Problem(
                .publish, first.description,
                (count == 1 ? "it is" : "this and \(count - 1) more posts are")
                    + " recorded, and not in the commit: git ignores or cannot read \(count == 1 ? "it" : "them")",
                advice: "others see a missing post: take the pattern out of .gitignore, or keep such posts elsewhere")
        }
        if commit != head || commit != upstream {
            do { try repository.stand(at: commit, from: head) } catch { problem = error }
        }
        (head, upstream) = (commit, commit)
        return .accepted(commit: commit, size: size, problem)
    }

    /// Waits for a random time, which grows with the tries: clones that began together get apart.
    func wait(_ tries: Int) throws(Problem) {
        let longest = min(GitPublisher.maxWait, (GitPublisher.maxWait / 100) << Int64(min(tries, 10)))
        do {
            let random = try environment.random(2).reduce(0) { $0 << 8 | Int64($1) }
            sleep(milliseconds: longest * random / 65_536)
        } catch {
            throw Problem(error)
        }
    }
}
