import Dispatch
import Files

/// The files that an `add` comes to, found one batch ahead of the one that is examined: the first while keys and index
/// are opened, each further one while the one before is on the cores.
///
/// Used by one thread at a time.
final class CandidateFeed: @unchecked Sendable {
    // Lent to the queue while a batch is looked for, and back when it has run dry.
    private let queue = DispatchQueue(label: "walk")
    private var sources: PostSources
    private var batch: [Candidate] = []
    private let size: Int
    /// The register's roots.
    let roots: [String]
    /// Folders inside the archive that were named, relative to it.
    let insideFolders: [RawPath]
    /// Whether every argument was unreadable, so that nothing can be said.
    let isEmpty: Bool

    /// Begins with the first batch.
    ///
    /// - Parameters:
    ///   - arguments: Files and folders as typed.
    ///   - archive: The archive.
    ///   - surroundings: The folder that relative paths start from.
    ///   - size: Files in a batch.
    init(_ arguments: [RawPath], archive: ArchiveFolder, _ surroundings: Surroundings, size: Int) {
        self.size = size
        sources = PostSources(arguments, archive: archive, surroundings)
        roots = sources.roots
        insideFolders = sources.insideFolders
        isEmpty = sources.isEmpty
        queue.async { [self] in gather() }
    }

    /// The next batch; one that is not full is the last.
    func next() -> [Candidate] {
        queue.sync {}
        let found = batch
        batch = []
        if found.count == size { queue.async { [self] in gather() } }
        return found
    }

    /// Arguments and folders that could not be read so far.
    func unreadable() -> [Problem] {
        queue.sync {}
        return sources.unreadable
    }

    private func gather() {
        batch.reserveCapacity(size)
        while batch.count < size, let candidate = sources.next() { batch.append(candidate) }
    }
}
