import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceVerification
import SampleArchives
import SampleLogs
import Testing

@testable import ProvenanceRecording

/// What every sequencer must keep, tried with the folder's. Later ones are added to `Kind`.
@Suite struct SequencerContractTests {
    enum Kind: CaseIterable, Sendable {
        case folder

        func make(_ archive: ArchiveFolder) -> any Sequencer {
            switch self {
            case .folder: FolderSequencer(archive, passphrase: nil)
            }
        }
    }

    private func entry(_ number: Int) -> FreshEntry {
        let note = Array("entry \(number)\n".utf8)
        return FreshEntry(key: SHA256.hash(note), note: note, leaf: MerkleHash.leaf(note))
    }

    @Test(arguments: Kind.allCases)
    func `Ordered entries have indexes that follow one another, and are there once published`(_ kind: Kind) throws {
        let archive = try RecordedArchive(posts: 2)
        let session = try kind.make(archive.archive).begin()
        let first = session.base.size
        #expect(session.size == first)
        let one = try session.order([entry(0), entry(1)], closing: nil)
        #expect(one.indexes == [first, first + 1] && one.closing == nil)
        let closing = entry(9)
        var given: (indexes: [UInt64], index: UInt64)?
        let two = try session.order([entry(2)]) { indexes, index in
            given = (indexes, index)
            return Closing(note: closing.note, leaf: closing.leaf)
        }
        #expect(given?.indexes == [first + 2] && given?.index == first + 3)
        #expect(two.indexes == [first + 2] && two.closing == first + 3)
        #expect(session.size == first + 4 && session.base.size == first, "nothing is published yet")
        let checkpoint = try session.publish()
        #expect(checkpoint.size == first + 4)
        let reader = try LogReader(archive.archive.storage, checkpoint)
        for (offset, number) in [0, 1, 2, 9].enumerated() {
            #expect(try reader.entry(first + UInt64(offset)) == entry(number).note)
        }
    }

    @Test(arguments: Kind.allCases)
    func `What is ordered and not published was never there for the next session`(_ kind: Kind) throws {
        let archive = try RecordedArchive(posts: 1)
        let before = try archive.view().note
        do {
            let session = try kind.make(archive.archive).begin()
            _ = try session.order([entry(0)], closing: nil)
            #expect(try session.order([], closing: { _, _ in nil }).closing == nil, "nothing closes it")
        }
        #expect(try archive.view().note == before)
        let session = try kind.make(archive.archive).begin()
        #expect(try session.order([entry(5)], closing: nil).indexes == [session.base.size])
        _ = try session.publish()
        #expect(try archive.view().size == session.base.size + 1)
    }

    @Test(arguments: Kind.allCases)
    func `A log that is older than what its key signed is not written, nor after a restart`(_ kind: Kind) throws {
        let archive = try RecordedArchive(posts: 1)
        let older = try archive.view().note
        try archive.write(SampleLog.post(1), to: RecordedArchive.path(1))
        try archive.add()
        try archive.write(older, to: "log/checkpoint")
        for _ in 0..<2 {
            let problem = #expect(throws: Problem.self) { try kind.make(archive.archive).begin() }
            #expect(problem?.code == "E-LOG-ROLLED-BACK")
        }
        #expect(try archive.read("log/checkpoint") == older, "nothing was signed")
    }

    @Test(arguments: Kind.allCases)
    func `A closing that fails publishes nothing of its batch`(_ kind: Kind) throws {
        struct Refused: Error {}
        let archive = try RecordedArchive(posts: 1)
        let before = try archive.view().note
        let session = try kind.make(archive.archive).begin()
        #expect(throws: Refused.self) { try session.order([entry(0)]) { _, _ in throw Refused() } }
        #expect(throws: Refused.self) { try session.publish() }
        #expect(throws: Refused.self) { try session.order([entry(1)], closing: nil) }
        #expect(try archive.view().note == before)
    }
}
