import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// The files of an `add`, in batches. The first batch is sought while keys and index are opened.
///
/// Used by one thread at a time.
final class CandidateFeed: @unchecked Sendable {
    // Used by the thread that seeks the first batch until `settle` returns.
    private var sources: PostSources
    private var batch: [Candidate] = []
    private let thread = SerialThread()
    private var isWaiting = true
    private let size: Int
    /// The register's roots.
    let roots: [String]
    /// The folders that were named.
    let folders: [NamedFolder]
    /// Whether every argument was unreadable, so that there is nothing to record.
    let isEmpty: Bool
    /// The one file that was named, where nothing else was.
    let oneFile: (root: Int, path: RawPath)?

    /// Starts to seek the first batch.
    ///
    /// - Parameters:
    ///   - arguments: Files and folders as typed.
    ///   - archive: The archive.
    ///   - environment: The folder that relative paths start from.
    ///   - size: Files in a batch.
    ///   - rules: The rules in force, as far as they are known.
    init(
        _ arguments: [RawPath], archive: ArchiveFolder, _ environment: Environment, size: Int, rules: RulesInForce
    ) {
        self.size = size
        sources = PostSources(arguments, archive: archive, environment, rules: rules)
        roots = sources.roots
        folders = sources.folders
        isEmpty = sources.isEmpty
        oneFile = sources.oneFile
        // A thread for the first batch only.
        thread.async { [self] in batch = gather() }
    }

    /// Whether the place of the one named file is registered.
    func isRegistered(_ state: RecordedState) -> Bool {
        oneFile.map { state.last(root: roots[$0.root], path: $0.path) != nil } ?? false
    }

    /// The next batch. One with fewer files than asked for is the last.
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

    /// Named and readable folders inside the archive, relative to it. Complete only after the last batch.
    func insideFolders() -> [RawPath] {
        settle()
        return sources.insideFolders
    }

    /// Names that were passed over so far, by their ending.
    func passedOver() -> [String: UInt64] {
        settle()
        return sources.passedOver
    }

    /// Waits for the thread, so that it does not outlive an `add` that fails.
    func settle() {
        if isWaiting { thread.wait() }
        isWaiting = false
    }

    private func gather() -> [Candidate] {
        var found: [Candidate] = []
        found.reserveCapacity(size)
        while found.count < size, let candidate = sources.next() { found.append(candidate) }
        return found
    }
}
