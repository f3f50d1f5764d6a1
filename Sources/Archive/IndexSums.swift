import Dispatch
import ProvenanceSystem
import Synchronization

/// What the rows of an index come to, summed on a thread of its own while an audit reads the log's entries.
final class IndexSums: Sendable {
    /// The sums, in which the order of the rows makes no difference.
    struct Sums: Sendable {
        /// Rows about lines of registers.
        var lines = LineSum()
        /// Keys of the placements, made of their rows, and as the tables of keys have them.
        var placements = (made: LineSum(), kept: LineSum())
        /// Keys of the entries, as the tables of keys have them.
        var entries = EntryKeys()
    }

    private let soundness = DispatchGroup()
    private let end = DispatchGroup()
    private let state = Mutex<(isSound: Bool, sums: Result<Sums, any Error>)>((false, .success(Sums())))

    /// Begins.
    ///
    /// - Parameters:
    ///   - index: A connection that nobody else reads through meanwhile.
    ///   - key: Makes the marks.
    ///   - size: The log's size.
    init(_ index: Index, _ key: MarkKey, size: UInt64) {
        soundness.enter()
        end.enter()
        onThreadOfItsOwn { [self] in
            // Whoever wrote the file may have made a tree of it that never ends: no row is read before this.
            let isSound = index.isSound()
            state.withLock { $0.isSound = isSound }
            soundness.leave()
            if isSound {
                let sums = Result { try index.read { try $0.sums(key, size: size) } }
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
    func sums() throws -> Sums {
        end.wait()
        return try state.withLock { $0.sums }.get()
    }
}

extension IndexLookup {
    fileprivate func sums(_ key: MarkKey, size: UInt64) throws -> IndexSums.Sums {
        let (lines, made) = try lines(key)
        return IndexSums.Sums(
            lines: lines, placements: (made, try keys(.path, key)),
            entries: EntryKeys(
                digests: try keys(.digest, key, below: size), sources: try keys(.source, key, below: size)))
    }
}
