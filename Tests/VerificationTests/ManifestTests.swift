import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceSystem
import ProvenanceVerification
import SampleLogs
import TestSupport
import Testing

@Suite("Manifests")
struct ManifestTests {
    let keys: SampleKeys
    let trust: Trust
    let folder: TemporaryFolder

    init() throws {
        keys = try SampleKeys()
        trust = try keys.trust()
        folder = try TemporaryFolder()
    }

    @Test("a range proves that nothing is left out", arguments: [1, 5, 256, 257])
    func range(size: Int) throws {
        let log = try SampleLog(size, keys: keys)
        let manifest = try log.range()
        #expect(CanonicalJSON.decode(manifest).map(CanonicalJSON.encode) == manifest)
        let outcome = try verify(manifest, trust: trust, in: folder)
        #expect(outcome.status == .verified)
        #expect(outcome.problems.isEmpty)
        let report = try #require(outcome.report)
        #expect(report.entries.all == log.size)
        #expect(report.entries.posts == UInt64(log.posts.count))
        #expect(report.counts.count(.completeness, .proven) == 1)
        #expect(report.counts.count(.inclusion, .proven) == log.size)
        #expect(report.counts.count(.source, .asserted) == UInt64(log.posts.count))
        #expect(report.counts.count(.content, .proven) == 0)
        #expect(report.selection == .range(from: 0, to: log.size))
        #expect(report.sentence.contains("as of size \(size)"))
        #expect(report.sentence.contains("no post was compared"))
        #expect(report.keysShown == [try keys.logKey().description, try keys.signerKey().description])
    }

    @Test("every range of a log of 9 verifies")
    func ranges() throws {
        let log = try SampleLog(9, keys: keys)
        for from in 0..<UInt64(9) {
            for to in (from + 1)...9 {
                let outcome = try verify(try log.manifest(.range(from: from, to: to)), trust: trust, in: folder)
                // Entries 3 and 4 are of kinds without a signature that could be checked.
                let isSigned = (from..<to).contains { $0 != 3 && $0 != 4 }
                #expect(outcome.status == (isSigned ? .verified : .inconclusive), "\(from)..<\(to)")
                #expect(outcome.report?.counts.count(.completeness, .proven) == 1)
            }
        }
    }

    @Test("a filter proves its entries and claims no completeness")
    func filter() throws {
        let log = try SampleLog(257, keys: keys)
        let outcome = try verify(try log.filter([0, 5, 128, 255, 256]), trust: trust, in: folder)
        #expect(outcome.status == .verified)
        let report = try #require(outcome.report)
        #expect(!report.counts.subjects.contains(.completeness))
        #expect(report.sentence.contains("not shown that there are no others"))
        #expect(report.json["selection"]?["filter"]?["url"]?.string == "https://news.example/")
    }

    @Test("since: the chain from one checkpoint to the next", arguments: [1, 3, 5, 200, 256])
    func since(earlier: Int) throws {
        let log = try SampleLog(257, checkpoints: [earlier], keys: keys)
        let from = UInt64(earlier)
        let manifest = try log.manifest(.range(from: from, to: 257), since: from)
        let outcome = try verify(manifest, trust: trust, in: folder)
        #expect(outcome.status == .verified)
        #expect(outcome.report?.counts.count(.consistency, .proven) == 1)
        #expect(outcome.report?.since?.size == from)
        let path = RawPath(try folder.write(manifest, to: "chain.json"))
        #expect(try ManifestHeader.checkpointNote(of: path) == log.note)
        let header = try ManifestHeader.read(try FileStream(path), place: "chain.json")
        #expect(header.since == log.notes[from])
        let note = RawPath(try folder.write(log.note, to: "checkpoint"))
        #expect(try ManifestHeader.checkpointNote(of: note) == log.note)
    }

    @Test("a log that has not grown since gives a manifest that shows nothing")
    func empty() throws {
        let log = try SampleLog(5, keys: keys)
        let outcome = try verify(try log.manifest(.range(from: 5, to: 5), since: 5), trust: trust, in: folder)
        #expect(outcome.status == .inconclusive)
        let filter = try verify(try log.filter([]), trust: trust, in: folder)
        #expect(filter.status == .inconclusive)
        #expect(filter.codes == ["E-NOTHING-CHECKED"])
    }

    @Test("what a log does not have is not exported")
    func refused() throws {
        let log = try SampleLog(257, checkpoints: [5], keys: keys)
        #expect(throws: Problem.self) { try log.manifest(.range(from: 0, to: 258)) }
        #expect(throws: Problem.self) { try log.manifest(.range(from: 6, to: 5)) }
        #expect(throws: Problem.self) { try log.filter([3, 3]) }
        #expect(throws: Problem.self) { try log.filter([257]) }
        #expect(throws: Problem.self) { try log.manifest(.range(from: 0, to: 257), since: 5) }
        #expect(throws: Problem.self) { try log.manifest(.filter(indexes: [6], description: [:]), since: 5) }
        let other = try SampleLog(5, keys: try SampleKeys(seed: 9), posts: [0: SampleLog.post(77)])
        #expect(throws: Problem.self) {
            try ManifestWriter.write(
                reader: try log.reader(), checkpoint: log.note, selection: .range(from: 5, to: 257), since: other.note
            ) { _ in }
        }
        #expect(throws: Problem.self) {
            try ManifestWriter.write(
                reader: try log.reader(), checkpoint: other.note, selection: .range(from: 0, to: 5)
            ) { _ in }
        }
    }

    @Test("what is held grows neither with the manifest's entries nor with its bytes")
    func memory() throws {
        var held: [Int] = []
        for size in [500, 2_000, 8_000] {
            let filler = (0..<size).map { Array("filler/\($0)\n".utf8) + [UInt8](repeating: 0x61, count: 300) }
            let log = try SampleLog(entries: filler, keys: keys)
            var largest = 0
            var bytes: [UInt8] = []
            _ = try ManifestWriter.write(
                reader: try log.reader(), checkpoint: log.note, selection: .range(from: 0, to: log.size)
            ) { piece in
                largest = max(largest, piece.count)
                bytes += piece
            }
            #expect(largest < 1 << 19)
            let report = try #require(try verify(bytes, trust: trust, in: folder).report)
            #expect(report.counts.count(.inclusion, .proven) == log.size)
            held.append(report.maxHeld)
        }
        #expect(held.allSatisfy { $0 < 1 << 20 })
    }

    @Test("labels too long to be of use are left out, the entry is not")
    func longLabels() throws {
        let log = try SampleLog(1, keys: keys)
        let long = String(repeating: "\u{1}", count: 4_000)
        let manifest = try log.manifest(.range(from: 0, to: 1)) { _, _ in
            ManifestLabels(
                placements: (0..<100).map { (root: ".", path: RawPath("\($0)" + long)) },
                title: String(repeating: "t", count: 1 << 20))
        }
        let outcome = try verify(manifest, trust: trust, in: folder)
        #expect(outcome.status == .verified)
        #expect(manifest.count < 1 << 19)
    }

    @Test("an entry of the longest kind, every byte of it escaped, is held")
    func longEntry() throws {
        let entry = [UInt8](repeating: 0x01, count: EntryBundle.maxEntryBytes)
        let log = try SampleLog(entries: [entry, entry], keys: keys)
        let outcome = try verify(try log.range(), trust: trust, in: folder)
        #expect(outcome.report?.counts.count(.inclusion, .proven) == 2)
    }

    @Test(
        "other versions and other files are no manifests",
        arguments: ["", "{", "[]", "{}", "{\"$format\":\"provenance/manifest@v2\"}", "\u{FEFF}{}", " {}", "null"])
    func noManifest(text: String) throws {
        let outcome = try verify(Array(text.utf8), trust: trust, in: folder)
        #expect(outcome.status == .environment)
        #expect(outcome.codes == ["E-MANIFEST-MALFORMED"])
    }
}
