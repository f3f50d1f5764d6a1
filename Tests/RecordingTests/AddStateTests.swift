import Foundation
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceRecord
import ProvenanceRecording
import ProvenanceVerification
import SampleArchives
import SampleLogs
import TestSupport
import Testing

/// What an `add` makes of the state that it finds: index, registers, clock, log.
@Suite struct AddStateTests {
    private typealias Counts = AddTests.Counts

    // MARK: The index

    /// What is wrong with the index when an `add` begins.
    enum Index: String, CaseIterable {
        case absent, garbage, truncated, folder, ahead

        func make(_ archive: RecordedArchive) throws {
            let path = ".provenance/index.sqlite"
            switch self {
            case .absent: try archive.remove(path)
            case .garbage: try archive.write(Array(repeating: 0x5a, count: 8_192), to: path)
            case .truncated: try archive.write(Array(try archive.read(path).prefix(1_000)), to: path)
            case .folder:
                try archive.remove(path)
                try archive.write("in the way", to: path + "/x")
            case .ahead:
                let index = try archive.archive.indexLocation.openForWriting(isNewLog: false)
                try index.write(IndexRows(), to: IndexState(size: 1_000, root: .zero))
            }
        }
    }

    @Test(arguments: Index.allCases)
    func `Whatever the index is, posts are recorded; one that can be made is made anew`(_ index: Index) throws {
        let archive = try RecordedArchive(posts: 2)
        try index.make(archive)
        try archive.write(SampleLog.post(2), to: RecordedArchive.path(2))
        let outcome = try archive.add()
        #expect(Counts(outcome) == Counts(recorded: 1, unchanged: 2))
        #expect(outcome.status(tolerateRefused: false) == .verified)
        let view = try archive.view()
        if index == .folder {
            #expect(outcome.remarks.map(\.code) == [.index])
            #expect(view.currentIndex() == nil)
        } else {
            #expect(outcome.remarks.isEmpty)
            let current = try #require(view.currentIndex())
            let titles = try current.entries([0, 1, 3]).map { $0?.title }
            #expect(titles == ["Post 0", "Post 1", "Post 2"])
        }
    }

    @Test func `An index that somebody else writes meanwhile is left behind with a remark`() throws {
        let archive = try RecordedArchive(posts: 1)
        for number in 1..<4 { try archive.write(SampleLog.post(number), to: RecordedArchive.path(number)) }
        let outcome = try archive.add(
            batch: 2,
            progress: { seen in
                guard seen == 2 else { return }
                let index = try? archive.archive.indexLocation.openForWriting(isNewLog: false)
                try? index?.write(IndexRows(), to: IndexState(size: 1_000, root: .zero))
            })
        #expect(Counts(outcome) == Counts(recorded: 3, unchanged: 1))
        #expect(outcome.remarks.map(\.code) == [.index] && outcome.status(tolerateRefused: false) == .verified)
        // The next one brings it up to date.
        let next = try archive.add(heartbeat: true)
        #expect(next.remarks.isEmpty)
        #expect(try archive.view().currentIndex() != nil)
    }

    // MARK: Clock and registers

    @Test(arguments: [(-1, true), (0, false), (86_400_000, false)])
    func `A clock that is behind the newest entry is a remark, and nothing is kept from being recorded`(
        _ step: Int64, _ isBehind: Bool
    ) throws {
        let archive = try RecordedArchive(posts: 1)
        archive.setClock(RecordedArchive.start + step)
        try archive.write(SampleLog.post(1), to: RecordedArchive.path(1))
        let outcome = try archive.add()
        #expect(Counts(outcome) == Counts(recorded: 1, unchanged: 1))
        #expect(outcome.remarks.map(\.code) == (isBehind ? [.clock] : []))
        let record = try #require(PostRecord(entry: try archive.entries()[2][...]))
        #expect(record.recorded == RecordedArchive.start + step, "the clock's time is stated as it is")
    }

    @Test(arguments: [Int64.min, -1, 253_402_300_800_000, .max])
    func `A time that no entry can state stops an add before it writes`(_ time: Int64) throws {
        let archive = try RecordedArchive(posts: 1)
        archive.setClock(time)
        try archive.write(SampleLog.post(1), to: RecordedArchive.path(1))
        let problem = #expect(throws: Problem.self) { try archive.add() }
        #expect(problem?.code == "E-CLOCK" && problem?.status == .environment)
        #expect(try archive.view().size == 2)
    }

    @Test func `A clock that goes wrong while an add runs leaves what was published, and no accession`() throws {
        let archive = try RecordedArchive(posts: 1)
        for number in 1..<4 { try archive.write(SampleLog.post(number), to: RecordedArchive.path(number)) }
        let problem = #expect(throws: Problem.self) {
            try archive.add(batch: 2, progress: { _ in archive.setClock(-1) })
        }
        #expect(problem?.code == "E-CLOCK")
        let size = try archive.view().size
        #expect((3...5).contains(size), "whole batches, and no accession after them: \(size)")
        func accessions() throws -> Int { try archive.entries().count { AccessionRecord(entry: $0[...]) != nil } }
        #expect(try accessions() == 1)
        // The next one goes on: what was recorded is known, at a place that no register has yet.
        archive.setClock(RecordedArchive.start)
        let next = try archive.add()
        #expect(next.recorded + next.known == 3 && next.unchanged == 1 && next.accession != nil)
        #expect(try accessions() == 2 && next.remarks.isEmpty)
    }

    @Test(arguments: [(["gone"], "is"), (["changed"], "is"), (["gone", "changed"], "and 1 more are")])
    func `A register that is not here as logged is a remark, and the first of them is named`(
        _ damage: [String], _ words: String
    ) throws {
        let archive = try RecordedArchive(posts: 1)
        let first = archive.registers()
        try archive.write(SampleLog.post(1), to: RecordedArchive.path(1))
        try archive.add()
        let second = archive.registers().filter { !first.contains($0) }
        for (name, kind) in zip(first + second, damage) {
            if kind == "gone" {
                try archive.remove(name)
            } else {
                try archive.write(try archive.read(name) + Array("{}\n".utf8), to: name)
            }
        }
        let outcome = try archive.add()
        #expect(outcome.remarks.map(\.code) == [.register])
        #expect(outcome.remarks.first?.text.contains("accession 1 \(words)") == true, "\(outcome.remarks)")
        // What stood at its places is not known any more, so the bytes are known at a new one.
        #expect(outcome.known >= 1 && outcome.recorded == 0)
    }

    @Test(arguments: [(2, [.clock]), (70, [])] as [(Int, [Remark.Code])])
    func `Some entries that state no time are passed over in search of one that does, and not all of a log`(
        _ count: Int, _ wanted: [Remark.Code]
    ) throws {
        // Kinds that no version knows stand at the end of the log, as a later version would write them.
        let archive = try RecordedArchive(posts: 1)
        try archive.append((0..<count).map { $0 == 0 ? SampleLog.noText : SampleLog.unknown })
        archive.setClock(RecordedArchive.start - 1)
        let outcome = try archive.add()
        #expect(Counts(outcome) == Counts(unchanged: 1))
        #expect(outcome.remarks.map(\.code) == wanted)
    }

    // MARK: The log

    @Test func `An entry that cannot be read stops an add: nothing is decided on what is not known`() throws {
        let archive = try RecordedArchive(posts: 2)
        let tiles = archive.folder.files(below: "archive/log").filter { $0.contains("entries") }
        for tile in tiles {
            let bytes = try archive.read("log/" + tile)
            try archive.write(bytes.flipping(bit: 8 * 40), to: "log/" + tile)
        }
        #expect(!tiles.isEmpty)
        let problem = #expect(throws: Problem.self) { try archive.add() }
        #expect(problem?.status == .failed || problem?.status == .environment)
        #expect(try archive.view().size == 3)
    }

    @Test func `Outcomes combine into one status`() throws {
        var outcome = try RecordedArchive(posts: 1).add()
        #expect(outcome.status(tolerateRefused: false) == .verified)
        outcome.refused = 1
        #expect(outcome.status(tolerateRefused: false) == .environment)
        #expect(outcome.status(tolerateRefused: true) == .verified)
        outcome.isStopped = true
        #expect(outcome.status(tolerateRefused: true) == .environment)
    }
}
