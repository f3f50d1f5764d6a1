import Foundation
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceExport
import ProvenanceNote
import ProvenanceVerification
import SampleArchives
import SampleLogs
import TestSupport
import Testing

/// Manifests of an archive, read back by the verifier.
@Suite struct ManifestExportTests {
    /// What of a manifest is read here beside the verifier.
    private struct Manifest: Decodable {
        struct Entry: Decodable {
            struct Placement: Decodable, Equatable {
                let root: String
                let path: String
            }
            let index: UInt64
            let title: String?
            let placements: [Placement]?
        }
        let entries: [Entry]
        let keys: [String]
    }

    /// Writes a manifest below the test's folder.
    @discardableResult
    private func export(
        _ archive: RecordedArchive, _ selection: ManifestSelection, since: [UInt8]? = nil,
        to name: String = "manifest.json", progress: (UInt64) -> Void = { _ in }
    ) throws -> UInt64 {
        let view = try archive.view()
        return try ManifestExport.write(
            view, labels: try ExportLabels(view, selection), selection: selection, since: since,
            to: RawPath(archive.folder(name)), progress: progress)
    }

    /// The verdict of a written manifest.
    private func verdict(
        _ archive: RecordedArchive, posts: String? = nil, trust: Trust? = nil, _ name: String = "manifest.json"
    ) throws -> Outcome {
        try verify(
            try archive.folder.read(name), trust: try trust ?? archive.keys.trust(), posts: posts.map { archive($0) },
            in: try TemporaryFolder())
    }

    private func decoded(_ archive: RecordedArchive) throws -> Manifest {
        try JSONDecoder().decode(Manifest.self, from: Data(try archive.folder.read("manifest.json")))
    }

    @Test(arguments: [(0, 4), (0, 1), (1, 3), (3, 4), (2, 2)] as [(UInt64, UInt64)])
    func `A range holds every entry between its ends, and verifies`(_ from: UInt64, _ to: UInt64) throws {
        let archive = try RecordedArchive(posts: 3)
        #expect(try export(archive, .range(from: from, to: to)) == to - from)
        let outcome = try verdict(archive)
        let report = try #require(outcome.report)
        #expect(report.selection == .range(from: from, to: to) && report.entries.all == to - from)
        #expect(report.checkpoint == (try archive.view().checked.checkpoint))
        // An accession's signature counts too; with no entry nothing was checked.
        #expect(outcome.status == (from == to ? .inconclusive : .verified), "\(outcome.problems)")
        #expect(report.keysShown == [try archive.keys.logKey(), try archive.keys.signerKey()].map(\.description))
        #expect(try verdict(archive, trust: .nothing).status == .inconclusive)
        #expect(try verdict(archive, trust: try SampleKeys(seed: 9).trust()).status == .inconclusive)
    }

    @Test func `A filter's choice is told with its words, and says nothing of others`() throws {
        let archive = try RecordedArchive(posts: 3)
        let words: [String: JSONValue] = ["url": .string("https://news.example/a/2")]
        #expect(try export(archive, .filter(indexes: [0, 2], description: words)) == 2)
        let outcome = try verdict(archive)
        #expect(outcome.status == .verified && outcome.report?.selection == .filter(words))
        #expect(try decoded(archive).entries.map(\.index) == [0, 2])
        #expect(outcome.report?.counts.count(.completeness, .proven) == 0)
    }

    @Test func `Labels are the places of the registers and the titles of the index`() throws {
        let archive = try RecordedArchive(posts: 2)
        try archive.write(SampleLog.post(0), to: "archived/0.md")
        try archive.folder.write(SampleLog.post(5), to: "outside/5.md")
        try archive.add(["archived", "../outside"])
        try export(archive, .range(from: 0, to: 5))
        let entries = try decoded(archive).entries
        #expect(entries.map(\.title) == ["Post 0", "Post 1", nil, "Post 5", nil])
        typealias Place = Manifest.Entry.Placement
        #expect(
            entries.map(\.placements) == [
                [Place(root: ".", path: "_posts/0.md"), Place(root: ".", path: "archived/0.md")],
                [Place(root: ".", path: "_posts/1.md")], nil, [Place(root: "../outside", path: "5.md")], nil,
            ])
        // Without an index the titles are those of the posts that are at hand.
        try archive.remove(".provenance/index.sqlite")
        try archive.remove(RecordedArchive.path(1))
        try export(archive, .range(from: 0, to: 5))
        #expect(try decoded(archive).entries.map(\.title) == ["Post 0", nil, nil, nil, nil])
        #expect(try verdict(archive).status == .verified, "labels decide nothing")
    }

    @Test func `With the posts every statement is proven, and one that was changed is found`() throws {
        let archive = try RecordedArchive(posts: 3)
        try export(archive, .range(from: 0, to: 4))
        let whole = try verdict(archive, posts: "_posts")
        #expect(whole.status == .verified && whole.report?.counts.count(.content, .proven) == 3)
        try archive.write(SampleLog.post(1, body: "other words"), to: RecordedArchive.path(1))
        try archive.remove(RecordedArchive.path(2))
        let changed = try verdict(archive, posts: "_posts")
        #expect(changed.status == .failed && changed.codes.sorted() == ["E-ALTERED", "E-MISSING"])
    }

    @Test func `Any byte of a manifest that is changed is found, or belongs to a label`() throws {
        let archive = try RecordedArchive(posts: 1)
        try export(archive, .range(from: 0, to: 2))
        let bytes = try archive.folder.read("manifest.json")
        let trust = try archive.keys.trust()
        let labels = ["\"keys\":", "\"placements\":", "\"title\":"]
        let text = String(decoding: bytes, as: UTF8.self)
        let ranges = labels.flatMap { label in
            text.utf8Ranges(of: label, until: ["]", "}"])
        }
        for place in stride(from: 0, to: bytes.count, by: 7) where !ranges.contains(where: { $0.contains(place) }) {
            let outcome = try verify(
                bytes.flipping(bit: place * 8), trust: trust, in: try TemporaryFolder())
            #expect(outcome.status != .verified, "byte \(place), \(bytes[place])")
        }
    }

    @Test func `What a log grew by goes on from an earlier checkpoint, with a proof`() throws {
        let archive = try RecordedArchive(posts: 2)
        let earlier = try archive.view().note
        try archive.write(SampleLog.post(2), to: RecordedArchive.path(2))
        try archive.add()
        let view = try archive.view()
        let selection = try ManifestExport.rangeSince(earlier, view, place: "earlier")
        guard case .range(3, 5) = selection else { return #expect(Bool(false), "\(selection)") }
        var told: [UInt64] = []
        try export(archive, selection, since: earlier, progress: { told.append($0) })
        let outcome = try verdict(archive)
        #expect(outcome.status == .verified && outcome.report?.since?.size == 3)
        #expect(outcome.report?.counts.count(.consistency, .proven) == 1)
        #expect(told.last == 2)
        // From its own checkpoint there is nothing new.
        guard case .range(5, 5) = try ManifestExport.rangeSince(view.note, view, place: "now") else {
            return #expect(Bool(false), "a range of no entry")
        }
    }

    /// Checkpoints that a log does not continue.
    enum Earlier: String, CaseIterable {
        case garbage, unsigned, another, empty, diverged, longer

        func note(_ archive: RecordedArchive) throws -> [UInt8] {
            func signed(_ origin: String, _ size: UInt64, _ root: Digest) throws -> [UInt8] {
                var signer = try NoteSigner(name: RecordedArchive.origin, key: archive.keys.log)
                return try signer.sign(Checkpoint(origin: origin, size: size, root: root).text())
            }
            let root = try archive.view().checked.checkpoint.root
            return switch self {
            case .garbage: Array("no note\n".utf8)
            case .unsigned: Checkpoint(origin: RecordedArchive.origin, size: 3, root: root).text()
            case .another: try signed("archive.example/other", 3, root)
            case .empty: try RecordedArchive().view().note
            case .diverged: try signed(RecordedArchive.origin, 2, root)
            case .longer: try signed(RecordedArchive.origin, 4, root)
            }
        }

        var code: String {
            switch self {
            case .garbage, .unsigned: "E-NOTE-MALFORMED"
            case .another, .empty: "E-USAGE"
            case .diverged, .longer: "E-CONSISTENCY-INVALID"
            }
        }
    }

    @Test(arguments: Earlier.allCases)
    func `A checkpoint that this log does not continue is refused`(_ earlier: Earlier) throws {
        let archive = try RecordedArchive(posts: 2)
        let note = try earlier.note(archive)
        let problem = #expect(throws: Problem.self) {
            try ManifestExport.rangeSince(note, try archive.view(), place: "earlier")
        }
        #expect(
            problem?.code == earlier.code && problem?.place.contains("earlier") == true,
            "\(String(describing: problem))")
        // The writer itself takes none of them either, and leaves no file.
        #expect(throws: Problem.self) { try export(archive, .range(from: 2, to: 3), since: note) }
        #expect(archive.folder.files(below: "").allSatisfy { $0.hasPrefix("archive/") })
    }

    @Test func `A manifest is written whole or not at all`() throws {
        let archive = try RecordedArchive(posts: 1)
        let view = try archive.view()
        for selection: ManifestSelection in [
            .range(from: 0, to: 3), .range(from: 2, to: 1), .filter(indexes: [1, 0], description: [:]),
            .filter(indexes: [2], description: [:]),
        ] {
            let labels = try ExportLabels(view, .range(from: 0, to: 1))
            let problem = #expect(throws: Problem.self) {
                try ManifestExport.write(
                    view, labels: labels, selection: selection, since: nil, to: RawPath(archive.folder("out.json")))
            }
            #expect(problem?.code == "E-USAGE")
        }
        let absent = #expect(throws: Problem.self) {
            try export(archive, .range(from: 0, to: 2), to: "absent/out.json")
        }
        #expect(absent?.code == "E-IO")
        #expect(archive.folder.files(below: "").allSatisfy { $0.hasPrefix("archive/") })
        // One that stands there is replaced.
        try archive.folder.write("before", to: "manifest.json")
        try export(archive, .range(from: 0, to: 2))
        #expect(try verdict(archive).status == .verified)
    }
}

extension String {
    /// The bytes from each place where a label stands to the first of some ends behind it, as offsets in UTF-8.
    fileprivate func utf8Ranges(of label: String, until ends: [Character]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var rest = startIndex
        while let place = self[rest...].firstRange(of: label) {
            let end = self[place.upperBound...].firstIndex { ends.contains($0) } ?? endIndex
            found.append(
                utf8.distance(from: startIndex, to: place.lowerBound)..<utf8.distance(from: startIndex, to: end))
            rest = end
        }
        return found
    }
}
