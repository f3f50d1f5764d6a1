import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification
import SampleLogs
import TestSupport
import Testing

@testable import ProvenanceArchive
@testable import ProvenanceInspection

/// A repair from a manifest that holds more than is kept in memory at once.
@Suite("Picked entries")
struct PickedEntriesTests {
    private func repair(_ log: SampleLog, from path: RawPath, maxBytes: Int) throws -> [LogRepair.Item] {
        var picked = PickedEntries(place: "all.json", maxBytes: maxBytes)
        let checkpoint = try log.reader().checkpoint
        let needed = try LogRepair(log.storage, checkpoint, from: picked, writes: false).run().items
        try picked.pick(RangeSet(needed.map(\.entries)), from: path)
        return try LogRepair(log.storage, checkpoint, from: picked, writes: true).run().items
    }

    @Test("what was passed over is not said to be lost, and comes with the next run")
    func passedOver() throws {
        let log = try SampleLog(300, keys: try SampleKeys())
        let folder = try TemporaryFolder()
        try folder.write(try log.range(), to: "all.json")
        try folder.write(try log.manifest(.range(from: 0, to: 9)), to: "some.json")
        let path = RawPath(folder("all.json"))
        let bundles = ["tile/entries/000", "tile/entries/001.p/44"]
        let sound = bundles.map { log.storage.files[$0] }
        for bundle in bundles { log.storage.files[bundle] = [] }

        // Room for the first bundle alone.
        let room = log.entries.prefix(256).reduce(0) { $0 + $1.count }
        let first = try repair(log, from: path, maxBytes: room)
        #expect(first.map(\.path).sorted() == bundles)
        #expect(first.filter { $0.failure == nil }.map(\.path) == [bundles[0]])
        let words = first.compactMap(\.failure).joined()
        #expect(words.contains("run it again") && !words.contains("nor in the source"), "\(words)")

        let second = try repair(log, from: path, maxBytes: room)
        #expect(second.map(\.path) == [bundles[1]] && second.allSatisfy { $0.failure == nil }, "\(second)")
        #expect(bundles.map { log.storage.files[$0] } == sound)

        // What the manifest does not hold is another thing.
        log.storage.files[bundles[0]] = []
        let lost = try repair(log, from: RawPath(folder("some.json")), maxBytes: room).compactMap(\.failure)
        #expect(lost == ["247 of its entries, the first 9, are neither here nor in the source"])
    }
}
