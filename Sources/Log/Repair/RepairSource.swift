import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceSystem

/// Where a repair takes bytes from: a copy of the log, or a collection of entries. The bytes are not trusted.
public protocol RepairSource: Sendable {
    /// The bytes of a file of the copy, by its path below the log's folder; `nil` where it has no usable one.
    func file(_ path: String, limit: Int) -> [UInt8]?
    /// An entry by its index; `nil` where it has none.
    func entry(_ index: UInt64) -> [UInt8]?
    /// A description of the place, for messages.
    var place: String { get }
    /// Why the source may have returned less than it has, with what to do about it; `nil` when nothing was skipped.
    var passedOver: String? { get }
}

extension RepairSource {
    /// Nothing was skipped.
    public var passedOver: String? { nil }
}

/// An untrusted copy of a log's folder: each folder on the way to a file is opened by itself and never through a link,
/// and a file over its size limit is not read.
public struct LogCopy: RepairSource {
    private let folder: RawPath

    /// The copy in a folder that holds `checkpoint` and `tile/`.
    public init(_ folder: RawPath) { self.folder = folder }

    /// A file's bytes; links, devices, folders and files over the limit count as missing.
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

/// A source in the form of a store that `TileFiles` can read; it is never written to.
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
