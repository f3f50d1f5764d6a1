import Foundation
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceExport
import ProvenanceIndex
import ProvenanceInspection
import ProvenanceLog
import ProvenanceRecording
import ProvenanceSystem
import ProvenanceVerification
import TestStores
import TestSupport
import Testing

/// The whole of an archive's life by the libraries, with published data and index in memory: nothing but the seams knows where
/// they are.
@Suite struct EnginesTests {
    /// An index that lives as long as the test.
    private struct IndexInMemory: IndexLocation {
        private let index = MemoryIndex()

        func openForWriting(isNewLog: Bool) -> any ArchiveIndex { index }
        func openForReading() -> (any ArchiveIndex)? { index }
        func openTwiceForReading() -> (one: any ArchiveIndex, other: any ArchiveIndex)? { (index, index) }
        func exists() -> Bool { true }
        func remove() { index.clear() }
    }

    private let folder: TemporaryFolder
    private let log = MemoryStore()
    private let registers = MemoryStore()
    private let index = IndexInMemory()
    private let archive: ArchiveFolder
    private let environment: Environment

    init() throws {
        folder = try TemporaryFolder()
        var environment = Environment.ofProcess()
        environment.currentFolder = RawPath(folder.path)
        (environment.keyStore, environment.privateKeys, environment.archiveVariable) = (nil, nil, nil)
        self.environment = environment
        archive = try Initialization.run(
            RawPath(folder.path), origin: "archive.example.org/news", passphrase: nil,
            engines: ArchiveEngines(log: log, registers: registers, index: index), environment
        ).archive
        for number in 0..<3 { try folder.write(samplePost(number), to: postPath(number)) }
    }

    private var trust: Trust { get throws { try Trust.folder(archive.keys) } }
    private var view: LogView { get throws { try LogView(archive, trust: trust) } }

    private func add() throws -> Recorder.Outcome {
        try Recorder.run(["_posts"], archive: archive, options: .init(version: "1.0"), environment)
    }

    private func verify(_ number: Int) throws -> PostVerdict {
        let place = RawPath(folder(postPath(number)))
        let posts = [(place, postPath(number), archive.registeredPlace(place), archive.named(place))]
        return try #require(try PostVerifier(view).verify(posts).first)
    }

    @Test func `An archive in memory records, verifies, tells a change, and is audited`() throws {
        let added = try add()
        #expect(added.recorded == 3 && added.checkpoint.size == 4)
        #expect(try add().unchanged == 3, "a second run finds them in the registers")
        #expect(registers.files.count == 1 && log.files["checkpoint"] != nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("log")).isEmpty, "the folder holds no tile")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("accessions")).isEmpty)

        #expect(try verify(1).status == .verified)
        #expect(try StatusComparison.run(view, now: environment.clock()).status == .verified)
        let audit = try ArchiveAudit.run(view, trust: trust)
        #expect(audit.status == .verified && audit.posts == 3 && audit.accessions == 1, "\(audit.problems)")
        #expect(index.openForReading()?.isSound() == true)
        #expect(try view.currentIndex()?.entries([0])[0]?.index == 0)

        try folder.write("another post altogether", to: postPath(1))
        let changed = try verify(1)
        #expect(changed.status == .failed && changed.problems.contains { $0.code == "E-ALTERED" })
        let status = try StatusComparison.run(view, now: environment.clock())
        #expect(status.status == .failed)
    }

    @Test func `A manifest of it verifies, and the log is repaired from the manifest`() throws {
        _ = try add()
        let manifest = folder("Manifests/all.json")
        let view = try view
        let selection = ManifestSelection.range(from: 0, to: view.size)
        _ = try ManifestExport.write(
            view, labels: try ExportLabels(view, selection), selection: selection, since: nil, to: RawPath(manifest))
        let report = try ManifestVerifier.verify(
            source: FileStream(RawPath(manifest)), place: "all.json", trust: trust, posts: nil, requiresContent: false,
            report: { _ in })
        #expect(report.status == .verified && report.entries.posts == 3)

        let sound = log.files
        let bundle = try #require(sound.keys.first { $0.hasPrefix("tile/entries/") })
        var damaged = sound
        damaged[bundle] = damaged[bundle].map { $0.map { $0 ^ 1 } }
        log.files = damaged
        #expect(try ArchiveAudit.run(self.view, trust: trust).status == .failed)
        let repaired = try ArchiveRepair.run(
            archive, trust: trust, from: RawPath(manifest), name: "all.json", lockTimeout: 0, isDryRun: false)
        #expect(repaired.problems.isEmpty, "\(repaired.problems)")
        #expect(log.files[bundle] == sound[bundle])
        #expect(try ArchiveAudit.run(self.view, trust: trust).status == .verified)
    }

    @Test func `A damaged register is told, and a store that denies is no verdict`() throws {
        _ = try add()
        let name = try #require(registers.files.keys.first)
        let lines = registers.files[name]
        registers.files[name] = lines.map { Array($0.dropLast(3)) }
        #expect(try ArchiveAudit.run(view, trust: trust).status == .failed)
        registers.files[name] = nil
        let status = try StatusComparison.run(view, now: environment.clock())
        #expect(status.status != .verified, "what the accession saw is unknown")
        registers.files[name] = lines
        #expect(try ArchiveAudit.run(view, trust: trust).status == .verified)
    }

    @Test func `A register is durable before the checkpoint that covers its accession`() throws {
        _ = try add()
        let published = log.files["checkpoint"]
        try folder.write(samplePost(8), to: postPath(8))
        // The one replacement of an add is that of the checkpoint.
        log.fail(at: 0, .stale, recovers: false)
        #expect(throws: Problem.self) { try add() }
        log.mend()
        #expect(log.files["checkpoint"] == published && registers.files.count == 2)
        #expect(try add().recorded == 1, "the entry was never published, so the post is recorded")
    }

    @Test func `An add that meets a store that fails leaves the log that was published`() throws {
        _ = try add()
        let before = log.files
        try folder.write(samplePost(7), to: postPath(7))
        for call in 0..<3 {
            log.fail(at: call, .full, recovers: false)
            #expect(throws: Problem.self) { try add() }
            log.mend()
            #expect(log.files["checkpoint"] == before["checkpoint"])
            #expect(try ArchiveAudit.run(view, trust: trust).status == .verified)
        }
        #expect(try add().recorded == 1)
        #expect(try verify(7).status == .verified)
    }
}
