import Dispatch
import ProvenanceIndex
import ProvenanceSystem
import Synchronization

/// Sums the rows of an index on its own thread while an audit reads the log's entries.
final class IndexSumming: Sendable {
    private let soundness = DispatchGroup()
    private let end = DispatchGroup()
    private let state = Mutex<(isSound: Bool, sums: Result<IndexSums, any Error>)>((false, .success(IndexSums())))

    /// Starts to sum.
    ///
    /// - Parameters:
    ///   - index: A connection that is used by nothing else until the sums are done.
    ///   - key: Makes the marks.
    ///   - size: The log's size.
    init(_ index: any ArchiveIndex, _ key: MarkKey, size: UInt64) {
        soundness.enter()
        end.enter()
        onThreadOfItsOwn { [self] in
            // A malicious file may hold a tree that never ends, so no row is read before this check.
            let isSound = index.isSound()
            state.withLock { $0.isSound = isSound }
            soundness.leave()
            if isSound {
                let sums = Result { try index.sums(key, size: size) }
                state.withLock { $0.sums = sums }
            }
            end.leave()
        }
    }

    /// Whether the file can be read from end to end; waits for the check.
    var isSound: Bool {
        soundness.wait()
        return state.withLock { $0.isSound }
    }

    /// The sums of an index that is sound; waits for them.
    func sums() throws -> IndexSums {
        end.wait()
        return try state.withLock { $0.sums }.get()
    }
}
