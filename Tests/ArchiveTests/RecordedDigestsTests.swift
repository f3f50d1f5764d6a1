import Files
import Log
import Merkle
import Note
import OpenSSL
import TestSupport
import Testing

@testable import Archive

/// What the records of a log state, and what is noted of it in `.provenance/digests`.
@Suite struct RecordedDigestsTests {
    private let folder: TemporaryFolder
    private let archive: ArchiveFolder
    private let sample: SampleLog
    private let writer: LogWriter
    private let seal: Seal

    /// Fewer entries than the log has are read each time.
    private static let mostNotNoted: UInt64 = 50
    private static let unknown = Digest(bytes: Array(repeating: 9, count: Digest.byteCount))

    init() throws {
        folder = try TemporaryFolder()
        archive = ArchiveFolder(root: RawPath(folder.path), origin: SampleKeys.origin)
        try folder.write("", to: ".provenance/lock")
        try folder.write("", to: "log/.keep")
        sample = try SampleLog(700, keys: try SampleKeys())
        seal = try RecordedDigests.seal(sample.keys.signer)
        writer = try LogWriter(
            empty: SampleKeys.origin, storage: archive.storage,
            signer: CheckpointSigner(try NoteSigner(name: SampleKeys.origin, key: sample.keys.log)))
    }

    private func grow(to size: Int) throws {
        var hasher = try MerkleHasher()
        for entry in sample.entries[Int(writer.size)..<size] { try writer.append(entry, leaf: try hasher.leaf(entry)) }
        try writer.commit()
    }

    private func digests() -> RecordedDigests {
        RecordedDigests(archive, writer.checkpoint, seal, mostNotNoted: RecordedDigestsTests.mostNotNoted)
    }

    private func digest(_ index: UInt64) throws -> Digest { try SHA256.hash(try #require(sample.posts[index])) }

    /// Every post below the log's size is stated once, those above and an unknown one are not.
    private func expectRight(_ comment: Comment? = nil) throws {
        let digests = digests()
        for index in sample.posts.keys.sorted() {
            let wanted = index < writer.size ? 1 : 0
            #expect(try digests.count(try digest(index)) == wanted, comment)
        }
        #expect(try digests.count(try #require(RecordedDigestsTests.unknown)) == 0, comment)
    }

    private func noted() throws -> DigestsFile? { DigestsFile(try folder.read(".provenance/digests"), seal) }

    @Test func `each digest is found, however much of the log was noted`() throws {
        for size in [10, 50, 51, 256, 257, 300, 330, 700] {
            try grow(to: size)
            try expectRight("\(size) entries")
        }
        // 330 entries were 30 behind the noted ones, and were read; 700 are too many for that.
        #expect(try noted()?.size == 700)
        try folder.write([], to: ".provenance/digests")
        try expectRight("an empty file")
    }

    @Test func `few entries behind those that are noted are read each time`() throws {
        try grow(to: 300)
        try expectRight()
        let before = try folder.read(".provenance/digests")
        try grow(to: 340)
        try expectRight()
        #expect(try folder.read(".provenance/digests") == before)
    }

    @Test func `nothing is noted of a short log`() throws {
        try grow(to: 50)
        try expectRight()
        #expect(throws: (any Error).self) { try folder.read(".provenance/digests") }
    }

    @Test func `what is missing is known without reading once anything was asked`() throws {
        try grow(to: 60)
        let digests = digests()
        let unknown = try #require(RecordedDigestsTests.unknown)
        #expect(!digests.isMissing(unknown), "nothing has been read")
        #expect(try digests.count(unknown) == 0)
        #expect(digests.isMissing(unknown))
        let last = try digest(59)
        #expect(!digests.isMissing(last))
    }

    @Test func `the entries of a digest are found without an index`() throws {
        try grow(to: 300)
        let digests = digests()
        for index in [UInt64(0), 1, 5, 255, 256, 299] { #expect(try digests.entries(try digest(index)) == [index]) }
        #expect(try digests.entries(try #require(RecordedDigestsTests.unknown)) == [])
    }

    @Test(arguments: [
        "a bit here and there", "cut short", "longer", "another log", "a longer log", "no log", "another seal",
    ])
    func `what was not noted of this log is not believed`(kind: String) throws {
        try grow(to: 300)
        try expectRight()
        let sound = try folder.read(".provenance/digests")
        let file = try #require(DigestsFile(sound, seal))
        var variants: [[UInt8]] = []
        switch kind {
        case "a bit here and there":
            for place in stride(from: 0, to: sound.count, by: 97) {
                var bytes = sound
                bytes[place] ^= 1 << UInt8(place % 8)
                variants.append(bytes)
            }
        case "cut short":
            variants = [0, 1, 30, 93, 94, sound.count - 8, sound.count - 1].map { Array(sound.prefix($0)) }
        case "longer": variants = [sound + [0], sound + sound]
        case "another log":
            let root = try SHA256.hash([1])
            variants = [try DigestsFile(size: 300, root: root, marks: []).encoded(seal)]
        case "a longer log":
            variants = [try DigestsFile(size: 301, root: file.root, marks: []).encoded(seal)]
            variants.append(try DigestsFile(size: .max, root: file.root, marks: []).encoded(seal))
        case "another seal":
            // Whoever can write the file, and reads what is public, wants all posts recorded again.
            for key in [sample.keys.log, try SampleKeys(seed: 9).signer] {
                let forged = DigestsFile(size: 300, root: file.root, marks: [])
                variants.append(try forged.encoded(try RecordedDigests.seal(key)))
            }
        default: variants = [Array(repeating: 0, count: 200), Array("provenance digests v1\n".utf8)]
        }
        #expect(!variants.isEmpty)
        for variant in variants {
            try folder.write(variant, to: ".provenance/digests")
            let digests = digests()
            #expect(try digests.count(try digest(7)) == 1)
            #expect(try folder.read(".provenance/digests") == sound, "\(kind): it was noted anew")
        }
    }

    @Test func `an encoded file is read back, and holds marks in order`() throws {
        try grow(to: 300)
        try expectRight()
        let file = try #require(try noted())
        #expect(file.size == 300 && file.root == writer.checkpoint.root)
        #expect(file.marks.count == sample.posts.keys.filter { $0 < 300 }.count)
        #expect(file.marks == file.marks.sorted())
        #expect(try file.encoded(seal) == (try folder.read(".provenance/digests")))
    }
}
