import Foundation
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceSystem
import TestSupport
import Testing

/// The storage in a folder: what may stand in a file's place, and how it is reported.
@Suite struct FolderStorageTests {
    private func log(_ sizes: [Int]) throws -> (folder: TemporaryFolder, storage: FolderStorage) {
        let folder = try TemporaryFolder()
        let storage = FolderStorage(RawPath(folder.path))
        let writer = try SampleLog.writer(storage)
        var size = 0
        for next in sizes {
            try SampleLog.append(size..<next, to: writer)
            try writer.commit()
            size = next
        }
        return (folder, storage)
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
        let storage = FolderStorage(RawPath(folder.path))
        let changed = LogError(.changed, "")
        #expect(throws: changed) { try storage.replaceCheckpoint(expecting: [1], with: [2]) }
        try storage.replaceCheckpoint(expecting: nil, with: [1])
        #expect(throws: changed) { try storage.replaceCheckpoint(expecting: nil, with: [2]) }
        #expect(throws: changed) { try storage.replaceCheckpoint(expecting: [2], with: [3]) }
        #expect(throws: changed) { try storage.replaceCheckpoint(expecting: [1, 1], with: [3]) }
        #expect(try folder.read("checkpoint") == [1])
        try storage.replaceCheckpoint(expecting: [1], with: [3])
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
        try storage.removePartials(of: tile)
        #expect(!FileManager.default.fileExists(atPath: folder("tile/0/000.p")))
        #expect(FileManager.default.fileExists(atPath: folder("tile/entries/000.p/9")))
        try storage.removePartials(of: tile)
        try storage.removePartials(of: try #require(Tile(kind: .hashes(level: 7), number: 1_234_567)))
    }
}
