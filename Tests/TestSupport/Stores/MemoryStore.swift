import ProvenanceLog
import Synchronization

/// A store in memory that notes every path that is read, and fails when a test wants it to.
///
/// It behaves like an object store: tokens are numbers that say nothing of the bytes, and nothing lies in folders.
public final class MemoryStore: ArchiveStore {
    /// How a call fails.
    public enum Fault: String, CaseIterable, Sendable {
        /// Nobody knows whether the call was done; it was not.
        case lostBefore
        /// Nobody knows whether the call was done; half of its objects were.
        case lostHalfway
        /// Nobody knows whether the call was done; it was.
        case lostAfter
        /// A token is not that of the object any more: the next `replace` fails, other calls are done.
        case stale
        /// There is no room: the next call that writes fails, others are done.
        case full
        /// The store lets nobody in.
        case denied
    }

    /// What a call does.
    fileprivate enum Act {
        case read
        case write
        case replace
    }

    private struct State {
        var objects: [String: (bytes: [UInt8], version: UInt64)] = [:]
        var version: UInt64 = 0
        var reads: [String] = []
        /// Calls until one fails, and how; `nil` when none does.
        var fault: (left: Int, fault: Fault, recovers: Bool)?
        var hasFailed = false

        mutating func put(_ path: String, _ bytes: [UInt8]) {
            version += 1
            objects[path] = (bytes, version)
        }
    }

    private let state: Mutex<State>
    private let removesFolders: Bool

    /// A store of some objects.
    ///
    /// - Parameters:
    ///   - files: The objects by path.
    ///   - removesFolders: Whether `remove` takes all that is below a folder, as a folder does; else the exact paths alone.
    public init(_ files: [String: [UInt8]] = [:], removesFolders: Bool = true) {
        var state = State()
        for (path, bytes) in files { state.put(path, bytes) }
        self.state = Mutex(state)
        self.removesFolders = removesFolders
    }

    /// The memory.
    public var place: String { "memory" }

    /// Every object by path.
    public var files: [String: [UInt8]] {
        get { state.withLock { $0.objects.mapValues(\.bytes) } }
        set {
            state.withLock { state in
                for path in state.objects.keys where newValue[path] == nil { state.objects[path] = nil }
                for (path, bytes) in newValue where state.objects[path]?.bytes != bytes { state.put(path, bytes) }
            }
        }
    }

    /// The paths read since the last call, those with nothing there too.
    public func takeReads() -> [String] {
        state.withLock { state in
            defer { state.reads = [] }
            return state.reads
        }
    }

    // MARK: Faults

    /// Lets a later call fail.
    ///
    /// - Parameters:
    ///   - call: How many calls are done before.
    ///   - fault: How it fails.
    ///   - recovers: Whether later calls are done again; else they all fail, with nothing done.
    public func fail(at call: Int, _ fault: Fault, recovers: Bool = true) {
        state.withLock { state in
            state.fault = (call, fault, recovers)
            state.hasFailed = false
        }
    }

    /// Lets no call fail any more.
    public func mend() { state.withLock { $0.fault = nil } }

    /// Whether the call has come that was to fail.
    public var hasFailed: Bool { state.withLock { $0.hasFailed } }

    /// One call: done, or failing as a test has asked for.
    private func call<Result: Sendable>(
        _ act: Act, _ path: StorePath?, half: (inout State) -> Void = { _ in },
        _ body: (inout State) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        try state.withLock { state throws(StoreError) in
            guard let (left, fault, recovers) = state.fault, fault.concerns(act) || left > 0 else {
                return try body(&state)
            }
            if left > 0 {
                state.fault = (left - 1, fault, recovers)
                return try body(&state)
            }
            if state.hasFailed, recovers { return try body(&state) }
            let isFirst = !state.hasFailed
            state.hasFailed = true
            guard isFirst else { throw MemoryStore.error(fault, act, path) }
            switch fault {
            case .lostHalfway: half(&state)
            case .lostAfter: _ = try body(&state)
            case .lostBefore, .stale, .full, .denied: break
            }
            throw MemoryStore.error(fault, act, path)
        }
    }

    private static func error(_ fault: Fault, _ act: Act, _ path: StorePath?) -> StoreError {
        switch fault {
        case .lostBefore, .lostHalfway, .lostAfter:
            // What was only read was not done.
            act == .read
                ? StoreError(.unavailable(retryAfter: nil), path, "the answer was lost")
                : StoreError(.unknown, path, "the answer was lost")
        case .stale: StoreError(act == .replace ? .changed : .failed, path, "somebody else was faster")
        case .full: StoreError(.failed, path, "there is no room")
        case .denied: StoreError(.denied, path, "nobody is let in")
        }
    }

    // MARK: The store

    /// An object and its number.
    public func read(_ path: StorePath, limit: Int) throws(StoreError) -> (bytes: [UInt8], token: VersionToken)? {
        try call(.read, path) { state throws(StoreError) in
            state.reads.append(path.text)
            guard let found = state.objects[path.text] else { return nil }
            guard found.bytes.count <= limit else {
                throw StoreError(.tooLarge, path, "\(found.bytes.count) bytes; at most \(limit) are read")
            }
            return (found.bytes, MemoryStore.token(found.version))
        }
    }

    private static func token(_ version: UInt64) -> VersionToken { VersionToken(Array("\"\(version)\"".utf8)) }

    /// A part of an object.
    public func read(_ path: StorePath, from offset: UInt64, upTo count: Int) throws(StoreError) -> [UInt8]? {
        try call(.read, path) { state in
            state.reads.append(path.text)
            guard let bytes = state.objects[path.text]?.bytes else { return nil }
            return Array(bytes.dropFirst(Int(clamping: offset)).prefix(max(0, count)))
        }
    }

    /// Puts objects in place.
    public func write(_ objects: [(path: StorePath, bytes: [UInt8])], _ present: IfPresent) throws(StoreError) {
        let half = { (state: inout State) in
            for object in objects.prefix(objects.count / 2) { state.put(object.path.text, object.bytes) }
        }
        try call(.write, nil, half: half) { state throws(StoreError) in
            if present == .mustMatch {
                for object in objects {
                    guard let found = state.objects[object.path.text], found.bytes != object.bytes else { continue }
                    throw StoreError(.differs, object.path, "it is there with other bytes")
                }
            }
            for object in objects where present == .replace || state.objects[object.path.text] == nil {
                state.put(object.path.text, object.bytes)
            }
        }
    }

    /// Begins an object; it is in the store once it is finished.
    public func begin(below folder: StorePath?) throws(StoreError) -> any PendingObject {
        try call(.write, folder) { _ in }
        return PendingMemory(self)
    }

    /// Replaces an object that has the number expected.
    public func replace(
        _ path: StorePath, expecting expected: VersionToken?, with bytes: [UInt8]
    ) throws(StoreError) -> VersionToken {
        try call(.replace, path) { state throws(StoreError) in
            let found = state.objects[path.text].map { MemoryStore.token($0.version) }
            guard found?.opaque == expected?.opaque else {
                throw StoreError(.changed, path, "somebody else was faster")
            }
            state.put(path.text, bytes)
            return MemoryStore.token(state.version)
        }
    }

    /// Removes objects.
    public func remove(_ paths: [StorePath], below folder: StorePath?) throws(StoreError) {
        try call(.write, folder) { state in
            for path in paths { state.objects[path.text] = nil }
            guard removesFolders, let folder else { return }
            for path in state.objects.keys where path.hasPrefix(folder.text + "/") { state.objects[path] = nil }
        }
    }

    /// Objects of a page: few, so that tests see several.
    private static let maxListed = 10

    /// A page of paths.
    public func list(below folder: StorePath?, after last: StorePath?) throws(StoreError) -> [StorePath] {
        try call(.read, folder) { state in
            let paths = state.objects.keys.compactMap { StorePath($0) }.filter { path in
                (folder.map { path.isBelow($0) } ?? true) && (last.map { $0 < path } ?? true)
            }
            return Array(paths.sorted().prefix(MemoryStore.maxListed))
        }
    }

    /// Nothing is ever unfinished here.
    public func settle(around size: UInt64) throws(StoreError) { try call(.write, nil) { _ in } }
}

extension MemoryStore.Fault {
    fileprivate func concerns(_ act: MemoryStore.Act) -> Bool {
        switch self {
        case .stale: act == .replace
        case .full: act != .read
        case .lostBefore, .lostHalfway, .lostAfter, .denied: true
        }
    }
}

/// An object that is being written to memory.
private final class PendingMemory: PendingObject {
    private let store: MemoryStore
    private var bytes: [UInt8] = []

    init(_ store: MemoryStore) { self.store = store }

    func append(_ bytes: [UInt8]) throws(StoreError) { self.bytes += bytes }

    func finish(as path: StorePath) throws(StoreError) { try store.write([(path, bytes)], .mustMatch) }

    func abandon() { bytes = [] }
}
