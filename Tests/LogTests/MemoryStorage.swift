import ProvenanceLog
import ProvenanceMerkle
import Synchronization

/// A log in memory that records every path that is read.
final class MemoryStorage: LogStorage {
    private struct State {
        var files: [String: [UInt8]]
        var reads: [String] = []
    }

    private let state: Mutex<State>

    init(_ files: [String: [UInt8]] = [:]) { state = Mutex(State(files: files)) }

    var place: String { "memory" }

    /// Every file by path.
    var files: [String: [UInt8]] {
        get { state.withLock { $0.files } }
        set { state.withLock { $0.files = newValue } }
    }

    /// The paths read since the last call, including those without a file.
    func takeReads() -> [String] {
        state.withLock { state in
            defer { state.reads = [] }
            return state.reads
        }
    }

    func read(_ path: String, limit: Int) throws(LogError) -> [UInt8]? {
        let bytes = state.withLock { state in
            state.reads.append(path)
            return state.files[path]
        }
        if let bytes, bytes.count > limit {
            throw LogError(path == "checkpoint" ? .checkpoint : .tileMalformed, path: path, "longer than \(limit)")
        }
        return bytes
    }

    func write(_ files: [(path: String, bytes: [UInt8])]) throws(LogError) {
        state.withLock { state in
            for file in files { state.files[file.path] = file.bytes }
        }
    }

    func replaceCheckpoint(expecting expected: [UInt8]?, with bytes: [UInt8]) throws(LogError) {
        let isReplaced = state.withLock { state in
            guard state.files["checkpoint"] == expected else { return false }
            state.files["checkpoint"] = bytes
            return true
        }
        if !isReplaced { throw LogError(.changed, path: "checkpoint", "somebody else's") }
    }

    func removePartials(of tile: Tile) throws(LogError) {
        state.withLock { state in
            state.files = state.files.filter { !$0.key.hasPrefix(tile.full.path + ".p/") }
        }
    }
}

/// A log in memory whose n-th call fails: before it does anything, half done, or after it is done.
final class FailingStorage: LogStorage {
    enum Way: String, CaseIterable, Sendable {
        case before
        case halfDone
        case after
    }

    /// What the storage says when it fails.
    static let failure = LogError(.storage, path: "somewhere", "the disk is gone")

    private let inner: MemoryStorage
    private let way: Way
    private let calls: Mutex<(left: Int, hasFailed: Bool)>

    private let recovers: Bool

    /// A storage over `inner` that fails from a call on, or, if it recovers, only in that call.
    init(_ inner: MemoryStorage, failingAt call: Int, _ way: Way, recovers: Bool = false) {
        self.inner = inner
        self.way = way
        self.recovers = recovers
        calls = Mutex((call, false))
    }

    var place: String { "failing memory" }

    /// Whether the failing call has happened.
    var hasFailed: Bool { calls.withLock { $0.hasFailed } }

    private func call(
        _ body: () throws(LogError) -> Void, half: () throws(LogError) -> Void = { () throws(LogError) in }
    ) throws(LogError) {
        let fails = calls.withLock { calls in
            calls.left -= 1
            if calls.left < 0 { calls.hasFailed = true }
            return (now: calls.left == -1, gone: calls.left < -1 && !recovers)
        }
        if fails.gone { throw FailingStorage.failure }
        guard fails.now else { return try body() }
        switch way {
        case .before: break
        case .halfDone: try half()
        case .after: try body()
        }
        throw FailingStorage.failure
    }

    func read(_ path: String, limit: Int) throws(LogError) -> [UInt8]? {
        var bytes: [UInt8]?
        try call { () throws(LogError) in bytes = try inner.read(path, limit: limit) }
        return bytes
    }

    func write(_ files: [(path: String, bytes: [UInt8])]) throws(LogError) {
        try call(
            { () throws(LogError) in try inner.write(files) },
            half: { () throws(LogError) in try inner.write(Array(files.prefix(files.count / 2))) })
    }

    func replaceCheckpoint(expecting expected: [UInt8]?, with bytes: [UInt8]) throws(LogError) {
        try call { () throws(LogError) in try inner.replaceCheckpoint(expecting: expected, with: bytes) }
    }

    func removePartials(of tile: Tile) throws(LogError) {
        try call { () throws(LogError) in try inner.removePartials(of: tile) }
    }
}
