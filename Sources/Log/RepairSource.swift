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
    public var checkpoint: [UInt8]? { file("checkpoint", limit: longestCheckpoint) }
}

/// A source as `TileFiles` reads logs; nothing is ever written to it.
struct SourceStorage: LogStorage {
    let source: any RepairSource

    func read(_ path: String, limit: Int) throws(LogError) -> [UInt8]? { source.file(path, limit: limit) }

    func write(_ files: [(path: String, bytes: [UInt8])]) throws(LogError) { throw SourceStorage.readOnly }

    func replaceCheckpoint(expecting expected: [UInt8]?, with bytes: [UInt8]) throws(LogError) {
        throw SourceStorage.readOnly
    }

    func removePartials(of tile: Tile) throws(LogError) { throw SourceStorage.readOnly }

    var place: String { source.place }

    private static let readOnly = LogError(.storage, "a copy that is repaired from is not written to")
}
