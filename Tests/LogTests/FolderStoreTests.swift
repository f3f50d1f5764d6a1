import Foundation
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceSystem
import TestStores
import TestSupport
import Testing

/// The storage seam over a folder: what stands in a file's place, and what is said of it.
@Suite struct FolderStoreTests {
    private func log(_ sizes: [Int]) throws -> (folder: TemporaryFolder, storage: FolderStore) {
        let folder = try TemporaryFolder()
        let storage = FolderStore(RawPath(folder.path))
        let writer = try SampleLog.writer(storage)
        var size = 0
        for next in sizes {
            try SampleLog.append(size..<next, to: writer)
            try writer.commit()
            size = next
        }
        return (folder, storage)
    }

    private func refusal(_ body: () throws -> Void) throws -> StoreError.Kind {
        do { try body() } catch let error as StoreError { return error.kind }
        throw LogError(.missing, "nothing was thrown")
    }

    private func error(_ body: () throws -> Void) throws -> LogError {
        do { try body() } catch let error as LogError { return error }
        throw LogError(.missing, "nothing was thrown")
    }

    @Test("a full tile that is longer than a tile is malformed, not an input error")
    func tooLong() throws {
        let (folder, storage) = try log([257])
        let reader = try LogReader(storage, SampleLog.checkpoint(storage))
        try folder.write(folder.read("tile/0/000") + [0], to: "tile/0/000")
        let found = try error { _ = try reader.leafHash(0) }
        #expect(found == LogError(.tileMalformed, ""))
        #expect(found.path == "tile/0/000")
        #expect(found.entries == 0..<256)

        try folder.write([UInt8](repeating: 0, count: 1_000_001), to: "checkpoint")
        let note = try error { _ = try LogReader.checkpointFile(storage) }
        #expect(note == LogError(.checkpoint, ""))
        #expect(note.path == "checkpoint")
    }

    @Test("a link, a folder or a FIFO in a tile's place is refused and named", arguments: ["link", "folder", "fifo"])
    func notAFile(_ kind: String) throws {
        let (folder, storage) = try log([5])
        let path = "tile/0/000.p/5"
        let checkpoint = try SampleLog.checkpoint(storage)
        try FileManager.default.moveItem(atPath: folder(path), toPath: folder("elsewhere"))
        switch kind {
        case "link":
            try FileManager.default.createSymbolicLink(
                atPath: folder(path), withDestinationPath: folder("elsewhere"))
        case "folder":
            try FileManager.default.createDirectory(atPath: folder(path), withIntermediateDirectories: false)
        default: #expect(mkfifo(folder(path), 0o600) == 0)
        }
        let found = try error { _ = try LogReader(storage, checkpoint).leafHash(0) }
        #expect(found == LogError(.storage, ""))
        #expect(found.path == path)
        #expect(found.entries == 0..<5)
        let findings = try SampleLog.audit(storage, checkpoint).findings
        #expect(findings.map(\.path) == [path])

        let object = try #require(StorePath(path))
        #expect(try refusal { _ = try storage.read(object, limit: 1_000) } == .denied)
        #expect(try refusal { _ = try storage.read(object, from: 0, upTo: 1_000) } == .denied)
        #expect(try refusal { _ = try storage.pieces(of: object, upTo: 1_000) } == .denied)
        // It is not forbidden to look at: what must be there is not there.
        #expect(!found.isDenied)
        #expect(try !storage.list(below: nil, after: nil).contains(object))
    }

    @Test("unfinished files and names that no path can spell are not listed; settling removes the former")
    func list() throws {
        let (folder, storage) = try log([5])
        for name in ["checkpoint.provenance-tmp", "tile/0/000.p/5.provenance-tmp", "tile/0/Thumbs.db", "tile/0/a b"] {
            try folder.write("x", to: name)
        }
        let wanted = ["checkpoint", "tile/0/000.p/5", "tile/entries/000.p/5"]
        #expect(try storage.list(below: nil, after: nil).map(\.text) == wanted)
        try storage.settle(around: 5)
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        #expect(!names.contains { $0.hasSuffix("-tmp") })
        #expect(names.contains("tile/0/Thumbs.db"))
    }

    @Test("a list of more than a page has each file once, in the order of its bytes")
    func pages() throws {
        let folder = try TemporaryFolder()
        let storage = FolderStore(RawPath(folder.path))
        let wanted = (0..<1_234).map { "tile/0/x00\($0 % 2)/\($0 + 1_000)" }.sorted()
        try storage.write(try wanted.map { (try #require(StorePath($0)), []) }, .replace)
        #expect(try StoreContract.all(storage, below: nil) == wanted)
        #expect(try storage.list(below: nil, after: nil).count == 1_000)
        #expect(try storage.tile(beyond: 0) == nil)
        try storage.write([(try #require(StorePath("tile/0/x002/000")), [])], .replace)
        #expect(try storage.tile(beyond: 0) == "tile/0/x002/000")
        #expect(try storage.tile(beyond: 2_001 * 256) == nil)
    }

    @Test("registers lie beside each other; settling removes what was being written")
    func flat() throws {
        let folder = try TemporaryFolder()
        let storage = FolderStore(flat: RawPath(folder("accessions")), pending: "register")
        try storage.settle(around: 0)
        let object = try storage.begin(below: nil)
        try object.append([1])
        let names = try FileManager.default.contentsOfDirectory(atPath: folder("accessions"))
        #expect(names == ["register.\(getpid()).provenance-tmp"])
        try storage.settle(around: 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("accessions")) == [])
        // It is gone: nothing can get the name.
        #expect(try refusal { try object.finish(as: StorePath(jsonLines: .zero)) } == .unknown)
    }

    @Test("a folder of tiles that is gone, or that is a file, is a missing tile", arguments: [true, false])
    func noFolder(_ isFile: Bool) throws {
        let (folder, storage) = try log([5])
        let checkpoint = try SampleLog.checkpoint(storage)
        try FileManager.default.removeItem(atPath: folder("tile/0"))
        if isFile { try folder.write("", to: "tile/0") }
        let found = try error { _ = try LogReader(storage, checkpoint).leafHash(0) }
        #expect(found == LogError(.tileMissing, ""))
        #expect(found.path == "tile/0/000.p/5")
    }

    @Test("a checkpoint is replaced only if it is still the one expected")
    func replaceCheckpoint() throws {
        let folder = try TemporaryFolder()
        let storage = FolderStore(RawPath(folder.path))
        func replace(_ expected: [UInt8]?, with bytes: [UInt8]) throws {
            let token = try storage.replace(.checkpoint, expecting: expected.map { VersionToken($0) }, with: bytes)
            #expect(token.opaque == bytes)
        }
        #expect(try refusal { try replace([1], with: [2]) } == .changed)
        try replace(nil, with: [1])
        #expect(try refusal { try replace(nil, with: [2]) } == .changed)
        #expect(try refusal { try replace([2], with: [3]) } == .changed)
        #expect(try refusal { try replace([1, 1], with: [3]) } == .changed)
        #expect(try folder.read("checkpoint") == [1])
        try replace([1], with: [3])
        #expect(try folder.read("checkpoint") == [3])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["checkpoint"])
    }

    @Test("a write that fails names its file, publishes nothing and leaves no temporary file")
    func failedWrite() throws {
        let (folder, storage) = try log([255])
        let before = try folder.read("checkpoint")
        // A file in the place of the folder of level 1.
        try folder.write("", to: "tile/1")
        let writer = try SampleLog.writer(storage)
        try SampleLog.append(255..<300, to: writer)
        let found = try error { try writer.commit() }
        #expect(found == LogError(.storage, ""))
        #expect(found.path == "tile/1/000.p/1")
        #expect(try folder.read("checkpoint") == before)
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        #expect(!names.contains { $0.hasSuffix("-tmp") })
        #expect(try SampleLog.audit(storage, SampleLog.checkpoint(storage)).findings.isEmpty)

        try FileManager.default.removeItem(atPath: folder("tile/1"))
        let next = try SampleLog.writer(storage)
        try SampleLog.append(255..<300, to: next)
        try next.commit()
        #expect(try SampleLog.audit(storage, SampleLog.checkpoint(storage)).findings.isEmpty)
    }

    @Test("temporary files of a killed writer are overwritten or collected")
    func leftoverTemporaries() throws {
        let (folder, storage) = try log([5])
        for path in ["tile/0/000.p/9", "tile/0/000", "tile/entries/000", "tile/0/000.p/7", "checkpoint"] {
            try folder.write("torn", to: path + ".provenance-tmp")
        }
        let writer = try SampleLog.writer(storage)
        try SampleLog.append(5..<9, to: writer)
        try writer.commit()
        try SampleLog.append(9..<300, to: writer)
        try writer.commit()
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        #expect(!names.contains { $0.hasSuffix("-tmp") })
        #expect(try SampleLog.audit(storage, SampleLog.checkpoint(storage)).findings.isEmpty)
    }

    @Test("a link in the place of a folder of partials is not followed: what it leads to stays")
    func linkedPartials() throws {
        let (folder, storage) = try log([5, 9])
        // The entries' partial bundles lie elsewhere, behind a link, beside a file that must not be removed.
        try FileManager.default.moveItem(atPath: folder("tile/entries/000.p"), toPath: folder("elsewhere"))
        try folder.write("precious", to: "elsewhere/file")
        try FileManager.default.createSymbolicLink(
            atPath: folder("tile/entries/000.p"), withDestinationPath: folder("elsewhere"))
        let writer = try SampleLog.writer(storage)
        try SampleLog.append(9..<300, to: writer)
        try writer.commit()
        #expect(writer.collectionFailure == LogError(.storage, ""))
        #expect(writer.collectionFailure?.path == "tile/entries/000.p")
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder("elsewhere")).sorted()
        #expect(kept == ["5", "9", "file"])
        #expect(!FileManager.default.fileExists(atPath: folder("tile/0/000.p")))
        // The commit is kept all the same.
        let checkpoint = try SampleLog.checkpoint(storage)
        #expect(checkpoint.size == 300)
        #expect(try SampleLog.audit(storage, checkpoint).findings.isEmpty)
    }

    @Test("partials are removed with their folder; where there are none, nothing happens")
    func removePartials() throws {
        let (folder, storage) = try log([5, 9])
        let tile = try #require(Tile(kind: .hashes(level: 0), number: 0))
        func removePartials(of tile: Tile) throws {
            let folder: StorePath = try #require(StorePath(tile.path + ".p"))
            try storage.remove([], below: folder)
        }
        try removePartials(of: tile)
        #expect(!FileManager.default.fileExists(atPath: folder("tile/0/000.p")))
        #expect(FileManager.default.fileExists(atPath: folder("tile/entries/000.p/9")))
        try removePartials(of: tile)
        try removePartials(of: try #require(Tile(kind: .hashes(level: 7), number: 1_234_567)))
    }
}
