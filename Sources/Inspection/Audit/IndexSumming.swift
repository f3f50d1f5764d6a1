import Dispatch
import ProvenanceIndex
import ProvenanceSystem
import Synchronization

/// What the rows of an index come to, summed on a thread of its own while an audit reads the log's entries.
final class IndexSumming: Sendable {
    private let soundness = DispatchGroup()
    private let end = DispatchGroup()
    private let state = Mutex<(isSound: Bool, sums: Result<IndexSums, any Error>)>((false, .success(IndexSums())))

    /// Begins.
    ///
    /// - Parameters:
    ///   - index: A connection that nobody else reads through meanwhile.
    ///   - key: Makes the marks.
    ///   - size: The log's size.
    init(_ index: any ArchiveIndex, _ key: MarkKey, size: UInt64) {
        soundness.enter()
        end.enter()
        onThreadOfItsOwn { [self] in
            // Whoever wrote the file may have made a tree of it that never ends: no row is read before this.
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

    /// Whether the file can be read from end to end; waits until that is known.
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
