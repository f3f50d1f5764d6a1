import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceSystem

/// Where a repair takes bytes from: a copy of the log, or entries that somebody kept. Nothing that it gives is believed.
public protocol RepairSource: Sendable {
    /// The bytes of a file of the copy, by its path below the log's folder; `nil` where it has none that can be used.
    func file(_ path: String, limit: Int) -> [UInt8]?
    /// An entry by its index; `nil` where it has none.
    func entry(_ index: UInt64) -> [UInt8]?
    /// Words for the place, for messages.
    var place: String { get }
    /// Why it may have given less than it has, with what to do then; `nil` when it gave what it has.
    var passedOver: String? { get }
}

extension RepairSource {
    /// Nothing was passed over.
    public var passedOver: String? { nil }
}

/// Another copy of a log's folder, from anybody: each folder on the way to a file is opened by itself and never through a
/// link, and no file that is longer than it may be is read.
public struct LogCopy: RepairSource {
    private let folder: RawPath

    /// The copy in a folder that holds `checkpoint` and `tile/`.
    public init(_ folder: RawPath) { self.folder = folder }

    /// A file's bytes; links, devices, folders and what is too long are as if they were not there.
    public func file(_ path: String, limit: Int) -> [UInt8]? {
        try? readFile(below: folder, RawPath(path), limit: limit).bytes
    }

    /// None: entries come in bundles.
    public func entry(_ index: UInt64) -> [UInt8]? { nil }

    /// The folder.
    public var place: String { folder.description }

    /// The copy's checkpoint note, unverified.
    public var checkpoint: [UInt8]? { file("checkpoint", limit: maxCheckpointSize) }
}

/// A source as `TileFiles` reads logs; nothing is ever written to it.
struct SourceStore: ArchiveStore {
    let source: any RepairSource

    var place: String { source.place }

    func read(_ path: StorePath, limit: Int) throws(StoreError) -> (bytes: [UInt8], token: VersionToken)? {
        source.file(path.text, limit: limit).map { ($0, VersionToken([])) }
    }

    func read(_ path: StorePath, from offset: UInt64, upTo count: Int) throws(StoreError) -> [UInt8]? {
        throw StoreError(.failed, path, "a copy that is repaired from is read in whole files")
    }

    func list(below folder: StorePath?, after last: StorePath?) throws(StoreError) -> [StorePath] {
        throw StoreError(.failed, folder, "a copy that is repaired from is not listed")
    }

    func write(_ objects: [(path: StorePath, bytes: [UInt8])], _ present: IfPresent) throws(StoreError) {
        throw SourceStore.readOnly
    }

    func begin(below folder: StorePath?) throws(StoreError) -> any PendingObject { throw SourceStore.readOnly }

    func replace(
        _ path: StorePath, expecting expected: VersionToken?, with bytes: [UInt8]
    ) throws(StoreError) -> VersionToken {
        throw SourceStore.readOnly
    }

    func remove(_ paths: [StorePath], below folder: StorePath?) throws(StoreError) { throw SourceStore.readOnly }

    func settle(around size: UInt64) throws(StoreError) { throw SourceStore.readOnly }

    private static let readOnly = StoreError(.denied, nil, "a copy that is repaired from is not written to")
}
