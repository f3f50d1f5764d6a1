import Dispatch
import ProvenanceIndex
import ProvenanceSystem
import Synchronization

/// Sums the rows of an index on its own thread while an audit reads the log's entries.
final class IndexSumming: Sendable {
    private let thread = SerialThread()
    private let soundness = DispatchGroup()
    private let state = State()

    /// What the thread found; an object of its own, so that the thread does not hold whoever waits for it.
    private final class State: Sendable {
        let value = Mutex<(isSound: Bool, sums: Result<IndexSums, any Error>)>((false, .success(IndexSums())))
    }

    /// Starts to sum.
    ///
    /// - Parameters:
    ///   - index: A connection that is used by nothing else until the sums are done.
    ///   - key: Makes the marks.
    ///   - size: The log's size.
    init(_ index: any ArchiveIndex, _ key: MarkKey, size: UInt64) {
        soundness.enter()
        let (soundness, state) = (soundness, state)
        thread.async {
            // A malicious file may hold a tree that never ends, so no row is read before this check.
            let isSound = index.isSound()
            state.value.withLock { $0.isSound = isSound }
            soundness.leave()
            if isSound {
                let sums = Result { try index.sums(key, size: size) }
                state.value.withLock { $0.sums = sums }
            }
        }
    }

    /// Whether the file can be read from end to end; waits for the check.
    var isSound: Bool {
        soundness.wait()
        return state.value.withLock { $0.isSound }
    }

    /// The sums of an index that is sound; waits for them.
    func sums() throws -> IndexSums {
        thread.wait()
        return try state.value.withLock { $0.sums }.get()
    }
}
