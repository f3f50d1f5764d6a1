import Foundation
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceExport
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecording
import ProvenanceSystem
import ProvenanceVerification
import SampleLogs
import Synchronization
import TestSupport

/// An archive in a temporary folder that the library makes: with keys, a clock and random bytes that are the same in each run,
/// so that the same steps come to the same log.
package final class RecordedArchive: Sendable {
    package static let origin = SampleKeys.origin
    /// What the clock shows until a test sets it: 2022-02-10T06:00:00Z, ms.
    package static let start: Int64 = 1_644_472_800_000
    /// The version that accessions state.
    package static let version = "1.2.3"

    /// The test's folder: `archive/` is the archive; what else lies here is outside it.
    package let folder: TemporaryFolder
    package let keys: SampleKeys
    package let archive: ArchiveFolder
    package let environment: Environment
    private let clock: FixedClock

    /// An archive without entries, or one in which the given number of made-up posts are recorded, `_posts/0.md` and so on.
    package init(posts: Int = 0, keys: SampleKeys? = nil) throws {
        folder = try TemporaryFolder()
        self.keys = try keys ?? SampleKeys()
        for (name, key) in [("log", self.keys.log), ("signer", self.keys.signer)] {
            let pem = String(decoding: try key.pem(passphrase: nil), as: UTF8.self)
            try folder.writeSecret(pem, to: "archive/keys/\(name).key.pem")
        }
        let clock = FixedClock(RecordedArchive.start)
        let bytes = FixedBytes()
        self.clock = clock
        environment = Environment(
            clock: { clock.now }, random: { bytes.next($0) }, currentFolder: RawPath(folder("archive")), keyStore: nil)
        archive = try Initialization.run(
            RawPath(folder("archive")), origin: RecordedArchive.origin, passphrase: nil, environment
        ).archive
        for number in 0..<posts { try write(SampleLog.post(number), to: RecordedArchive.path(number)) }
        if posts > 0 { try add() }
    }

    /// Where a made-up post lies.
    package static func path(_ number: Int) -> String { "_posts/\(number).md" }

    /// Sets the clock, ms since 1970.
    package func setClock(_ now: Int64) { clock.now = now }

    // MARK: Recording

    /// Records posts as `add` does.
    @discardableResult
    package func add(
        _ arguments: [String] = ["_posts"], heartbeat: Bool = false, batch: Int = 1_024,
        reading: ReadingRules = .v1,
        shouldStop: @escaping @Sendable () -> Bool = { false },
        progress: @escaping @Sendable (UInt64) -> Void = { _ in }
    ) throws -> Recorder.Outcome {
        var options = Recorder.Options(
            // A process that another test starts inherits the lock until it runs its program.
            lockTimeout: 10, heartbeat: heartbeat, batch: batch, version: RecordedArchive.version)
        options.shouldStop = shouldStop
        options.reading = reading
        return try Recorder.run(
            arguments.map { RawPath($0) }, archive: archive, options: options, environment, progress: progress)
    }

    /// The log as a reading command sees it, with nothing pinned.
    package func view() throws -> LogView { try LogView(archive, trust: .nothing) }

    /// Every entry of the log.
    package func entries() throws -> [[UInt8]] {
        let view = try view()
        return try (0..<view.size).map { try view.reader.entry($0) }
    }

    /// Appends entries to the log as they are, and a checkpoint: what another version, or a forger with the log's key, does.
    package func append(_ entries: [[UInt8]]) throws {
        let log = try SignedLog(archive, passphrase: nil)
        for entry in entries { try log.writer.append(entry, leaf: MerkleHash.leaf(entry)) }
        try log.writer.commit()
        try log.rememberSigned()
    }

    // MARK: Exporting

    /// Writes a bundle of the whole log, or of a selection, signed and without a date unless the options are changed, below
    /// the test's folder.
    @discardableResult
    package func bundle(
        _ name: String = "bundle", _ selection: ManifestSelection? = nil, since: [UInt8]? = nil,
        change: (inout BundleExport.Options) -> Void = { _ in }
    ) throws -> BundleExport.Summary {
        let view = try view()
        let selection = selection ?? .range(from: 0, to: view.size)
        var options = BundleExport.Options()
        options.signer = try archive.keyFiles.signer(.signer, passphrase: nil)
        change(&options)
        return try BundleExport.write(
            view, labels: try ExportLabels(view, selection), selection: selection, since: since, options: options,
            to: RawPath(folder(name)), name: name, report: { _ in })
    }

    // MARK: Files

    /// Writes a file in the archive.
    package func write(_ bytes: [UInt8], to path: String) throws { try folder.write(bytes, to: "archive/" + path) }

    /// Writes a text file in the archive.
    package func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

    /// The bytes of a file in the archive.
    package func read(_ path: String) throws -> [UInt8] { try folder.read("archive/" + path) }

    /// The absolute path of a file in the archive.
    package func callAsFunction(_ path: String) -> String { folder("archive/" + path) }

    /// Removes a file or a folder of the archive.
    package func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: self(path)) }

    /// Moves a file or a folder of the archive to another place in it.
    package func move(_ path: String, to other: String) throws {
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: self(other)).deletingLastPathComponent().path,
            withIntermediateDirectories: true)
        try FileManager.default.moveItem(atPath: self(path), toPath: self(other))
    }

    /// The files of the archive's registers, as paths in the archive, sorted.
    package func registers() -> [String] { folder.files(below: "archive/accessions").map { "accessions/" + $0 } }
}

extension TemporaryFolder {
    /// The files below a folder, as paths relative to it, sorted by their bytes; links count as files.
    package func files(below path: String) -> [String] {
        let found = FileManager.default.enumerator(atPath: self(path))?.compactMap { $0 as? String } ?? []
        return found.filter { name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: self(path + "/" + name))
            return attributes?[.type] as? FileAttributeType != .typeDirectory
        }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

/// A clock that stands still.
private final class FixedClock: Sendable {
    private let time: Mutex<Int64>

    init(_ time: Int64) { self.time = Mutex(time) }

    var now: Int64 {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = newValue } }
    }
}

/// Bytes that look random and are the same in each run, however many are asked for at a time.
private final class FixedBytes: Sendable {
    private let state = Mutex(FixedRandom(seed: 1))

    func next(_ count: Int) -> [UInt8] {
        state.withLock { state in (0..<count).map { _ in UInt8(truncatingIfNeeded: state.next()) } }
    }
}
