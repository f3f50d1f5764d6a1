import Dispatch
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// The files that an `add` comes to, batch by batch; the first is looked for while keys and index are opened.
///
/// Used by one thread at a time.
final class CandidateFeed: @unchecked Sendable {
    // Lent to a thread that looks for the first batch, and back when `isReady` has been signalled.
    private var sources: PostSources
    private var batch: [Candidate] = []
    private let isReady = DispatchSemaphore(value: 0)
    private var isWaiting = true
    private let size: Int
    /// The register's roots.
    let roots: [String]
    /// The folders that were named.
    let folders: [NamedFolder]
    /// Whether every argument was unreadable, so that nothing can be said.
    let isEmpty: Bool

    /// Begins with the first batch.
    ///
    /// - Parameters:
    ///   - arguments: Files and folders as typed.
    ///   - archive: The archive.
    ///   - environment: The folder that relative paths start from.
    ///   - size: Files in a batch.
    init(_ arguments: [RawPath], archive: ArchiveFolder, _ environment: Environment, size: Int) {
        self.size = size
        sources = PostSources(arguments, archive: archive, environment)
        roots = sources.roots
        folders = sources.folders
        isEmpty = sources.isEmpty
        // A thread of its own, which ends with the batch.
        onThreadOfItsOwn { [self] in
            batch = gather()
            isReady.signal()
        }
    }

    /// The next batch; one that is not full is the last.
    func next() -> [Candidate] {
        guard isWaiting else { return gather() }
        settle()
        let first = batch
        batch = []
        return first
    }

    /// Arguments and folders that could not be read so far.
    func unreadable() -> [Problem] {
        settle()
        return sources.unreadable
    }

    /// Folders inside the archive that were named and could be read, relative to it; to be asked at the end.
    func insideFolders() -> [RawPath] {
        settle()
        return sources.insideFolders
    }

    private func settle() {
        if isWaiting { isReady.wait() }
        isWaiting = false
    }

    private func gather() -> [Candidate] {
        var found: [Candidate] = []
        found.reserveCapacity(size)
        while found.count < size, let candidate = sources.next() { found.append(candidate) }
        return found
    }
}
