import ProvenanceEncoding
import ProvenanceLog
import ProvenanceVerification

/// The log in a commit, or its registers, to be read only: what the shared repository holds, never what stands in the
/// working tree.
struct GitStore: ArchiveStore {
    let repository: GitRepository
    let commit: RawPath
    /// The archive's own folder that is read.
    var folder = "log"

    var place: String { "\(folder)/ of commit \(commit)" }

    func read(_ path: StorePath, limit: Int) throws(StoreError) -> (bytes: [UInt8], token: VersionToken)? {
        do throws(Problem) {
            let name = RawPath("\(folder)/\(path.text)")
            return try repository.blob(commit, name, limit: limit).map { ($0, VersionToken(Array(commit.bytes))) }
        } catch {
            throw StoreError(.failed, path, error.reason)
        }
    }

    func read(_ path: StorePath, from offset: UInt64, upTo count: Int) throws(StoreError) -> [UInt8]? {
        guard let bytes = try read(path, limit: GitStore.maxObject)?.bytes, let first = Int(exactly: offset) else {
            return nil
        }
        return Array(bytes.dropFirst(first).prefix(max(0, count)))
    }

    /// The whole file as one piece: git gives no part of one.
    func pieces(of path: StorePath, upTo count: Int) throws(StoreError) -> (any ObjectPieces)? {
        try read(path, limit: GitStore.maxPieces).map { OnePiece($0.bytes) }
    }

    /// The longest register that is read, in bytes: more than a million lines have.
    private static let maxPieces = 1 << 30

    private final class OnePiece: ObjectPieces {
        private var bytes: [UInt8]
        init(_ bytes: [UInt8]) { self.bytes = bytes }
        func next() -> [UInt8] {
            defer { bytes = [] }
            return bytes
        }
    }

    /// The longest file of a log: a bundle of 256 entries of 65,535 bytes, each behind its length.
    private static let maxObject = 256 * 65_537

    private var readOnly: StoreError { StoreError(.failed, nil, "a commit is never changed") }

    func write(
        _ objects: [(path: StorePath, bytes: [UInt8])], _ present: IfPresent
    ) throws(StoreError) { throw readOnly }
    func begin(below folder: StorePath?) throws(StoreError) -> any PendingObject { throw readOnly }
    func replace(
        _ path: StorePath, expecting expected: VersionToken?, with bytes: [UInt8]
    ) throws(StoreError) -> VersionToken { throw readOnly }
    func remove(_ paths: [StorePath], below folder: StorePath?) throws(StoreError) { throw readOnly }
    func list(below folder: StorePath?, after last: StorePath?) throws(StoreError) -> [StorePath] { throw readOnly }
    func settle(around size: UInt64) throws(StoreError) { throw readOnly }
}
