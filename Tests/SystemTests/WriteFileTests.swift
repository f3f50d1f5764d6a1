import Glibc
import ProvenanceEncoding
import ProvenanceSystem
import TestSupport
import Testing

/// A file is there completely or not at all, and nothing is left beside it.
@Suite struct WriteFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func path(_ name: RawPath) -> RawPath { folder.raw.appending(name) }

    private func text(_ name: String) throws -> String { String(decoding: try folder.read(name), as: UTF8.self) }

    @Test("replace makes the file, the folders above it, and replaces what is there")
    func replace() throws {
        try DurableFile.replace(path("file"), with: Array("one".utf8))
        #expect(try text("file") == "one")
        let before = try FileStatus.of(path("file"))
        try DurableFile.replace(path("file"), with: Array("two".utf8), mode: 0o600)
        #expect(try text("file") == "two")
        let after = try #require(try FileStatus.of(path("file")))
        #expect(before?.isSameFile(as: after) == false)
        #expect(after.mode == 0o600)
        try DurableFile.replace(path("a/b/c"), with: [])
        #expect(try text("a/b/c") == "")
        #expect(try folder.names() == ["a", "file"])
        #expect(try folder.names(in: "a/b") == ["c"])
        let raw = RawPath([0xff, 0x0a])
        try DurableFile.replace(path(raw), with: [1])
        #expect(try readFile(path(raw), limit: 1).bytes == [1])
    }

    @Test("a replace that fails leaves what was there and nothing else")
    func failedReplace() throws {
        try folder.touch("folder/inside")
        let error = failure { () throws(FileError) in try DurableFile.replace(path("folder"), with: [1]) }
        #expect(error?.number == EISDIR)
        #expect(error?.operation == "rename")
        try folder.touch("file")
        let below = failure { () throws(FileError) in try DurableFile.replace(path("file/below"), with: [1]) }
        #expect(below?.number == ENOTDIR)
        #expect(try folder.names() == ["file", "folder"])
        #expect(try folder.names(in: "folder") == ["inside"])
    }

    @Test("create never replaces: what is there stays")
    func create() throws {
        try DurableFile.create(path("key"), with: Array("one".utf8), mode: 0o600)
        #expect(try FileStatus.of(path("key"))?.mode == 0o600)
        for name in ["key", "link", "folder"] as [RawPath] {
            if name == "link" { try folder.link(name, to: "nowhere") }
            if name == "folder" { try folder.folder(name) }
            let error = failure { () throws(FileError) in try DurableFile.create(path(name), with: [2]) }
            #expect(error?.number == EEXIST, "\(name)")
        }
        #expect(try text("key") == "one")
        #expect(try folder.names() == ["folder", "key", "link"])
        #expect(try FileStatus.of(path("nowhere")) == nil)
        // A file that a killed writer left under the temporary name does not get in the way.
        try folder.write("torn", to: "other.provenance-tmp")
        try DurableFile.create(path("other"), with: [3])
        #expect(try folder.read("other") == [3])
        #expect(try folder.names() == ["folder", "key", "link", "other"])
        let absent = failure { () throws(FileError) in try DurableFile.create(path("absent/key"), with: [2]) }
        #expect(absent?.number == ENOENT)
    }

    @Test("a temporary name that is a link is not written through")
    func temporaryLink() throws {
        try folder.write("kept", to: "victim")
        try folder.link("file.provenance-tmp", to: "victim")
        try DurableFile.replace(path("file"), with: [1])
        #expect(try text("victim") == "kept")
        #expect(try FileStatus.of(path("file"))?.kind == .regular)
        try folder.link("key.provenance-tmp", to: "victim")
        try DurableFile.create(path("key"), with: [1])
        #expect(try text("victim") == "kept")
        #expect(try FileStatus.of(path("key"))?.kind == .regular)
    }

    @Test("a batch shows nothing before it is committed, and all of it after")
    func batch() throws {
        try folder.write("old", to: "a/one")
        try folder.write("torn", to: "b/two.provenance-tmp")
        var batch = WriteBatch()
        let names = ["a/one", "b/two", "b/three", "c/d/four"]
        for name in names { try batch.write(path(RawPath(name)), Array(name.utf8)) }
        #expect(try text("a/one") == "old")
        for name in names.dropFirst() { #expect(try FileStatus.of(path(RawPath(name))) == nil) }
        try batch.commit()
        for name in names { #expect(try text(name) == name) }
        #expect(try folder.names(in: "b") == ["three", "two"])
        // Abandoning and committing again have no effect after a commit.
        batch.abandon()
        try batch.commit()
        for name in names { #expect(try text(name) == name) }
    }

    @Test("a batch that is abandoned leaves nothing")
    func abandoned() throws {
        try folder.write("old", to: "one")
        var batch = WriteBatch()
        try batch.write(path("one"), [1])
        try batch.write(path("two"), [2])
        #expect(try folder.names().count == 3)
        batch.abandon()
        #expect(try folder.names() == ["one"])
        #expect(try text("one") == "old")
        try batch.commit()
        #expect(try folder.names() == ["one"])
    }

    @Test("a commit that fails half-way can be abandoned without leftovers")
    func halfCommitted() throws {
        try folder.touch("two/in the way")
        var batch = WriteBatch()
        for name in ["one", "two", "three"] as [RawPath] { try batch.write(path(name), [1]) }
        let error = failure { () throws(FileError) in try batch.commit() }
        #expect(error?.operation == "rename")
        #expect(error?.path == path("two"))
        batch.abandon()
        #expect(try folder.names() == ["one", "two"])
        let below = failure { () throws(FileError) in try batch.write(path("one/below"), [1]) }
        #expect(below?.number == ENOTDIR)
    }

    @Test("a batch of more files than may be open, and one that is dropped uncommitted")
    func large() throws {
        var batch = WriteBatch()
        for number in 0..<300 { try batch.write(path(RawPath("many/\(number)")), Array("\(number)".utf8)) }
        try batch.commit()
        #expect(try folder.names(in: "many").count == 300)
        for number in [0, 63, 64, 299] { #expect(try text("many/\(number)") == "\(number)") }
        do {
            var other = WriteBatch()
            for number in 0..<100 { try other.write(path(RawPath("other/\(number)")), [1]) }
            #expect(try folder.names(in: "other").count == 100)
        }
        #expect(try folder.names(in: "other") == [])
    }

    @Test("folders are made with those above them; what is in the way is named")
    func directories() throws {
        try DurableFile.createDirectories(path("a/b/c/d"))
        try DurableFile.createDirectories(path("a/b/c/d"))
        try DurableFile.createDirectories(path("a/b/e/"))
        #expect(try folder.names(in: "a/b") == ["c", "e"])
        try folder.touch("file")
        for name in ["file", "file/below", "file/below/further"] as [RawPath] {
            let error = failure { () throws(FileError) in try DurableFile.createDirectories(path(name)) }
            #expect(error?.number == ENOTDIR, "\(name)")
        }
        // A link to a folder was set up by the operator, and is followed.
        try folder.link("link", to: "a")
        try DurableFile.createDirectories(path("link"))
        try DurableFile.createDirectories(path("link/f"))
        #expect(try folder.names(in: "a") == ["b", "f"])
        let empty = failure { () throws(FileError) in try DurableFile.createDirectories("") }
        #expect(empty?.number == ENOENT)
    }

    @Test("removing what is not there is no error")
    func remove() throws {
        try folder.touch("folder/file")
        try DurableFile.remove(path("absent"))
        try DurableFile.removeDirectory(path("absent"))
        let full = failure { () throws(FileError) in try DurableFile.removeDirectory(path("folder")) }
        #expect(full?.number == ENOTEMPTY)
        try DurableFile.remove(path("folder/file"))
        try DurableFile.removeDirectory(path("folder"))
        #expect(try folder.names() == [])
        #expect(failure { () throws(FileError) in try DurableFile.syncDirectory(path("absent")) }?.isMissing == true)
    }

    @Test("a growing file has its name at the end, or nothing is left of it")
    func growing() throws {
        let piece = [UInt8](repeating: 5, count: 100_000)
        do {
            let file = try GrowingFile(for: path("report"))
            for _ in 0..<7 { try file.write(piece) }
            #expect(try FileStatus.of(path("report")) == nil)
            try file.finish(as: path("report"))
            file.abandon()
        }
        #expect(try folder.names() == ["report"])
        let isSame = try folder.read("report") == [UInt8](repeating: 5, count: 700_000)
        #expect(isSame)

        do {
            let other = try GrowingFile(for: path("other"))
            try other.write([1, 2, 3])
            #expect(try folder.names().count == 2)
        }
        #expect(try folder.names() == ["report"], "let go")
        let third = try GrowingFile(for: path("third"))
        third.abandon()
        #expect(try folder.names() == ["report"], "abandoned")

        let replacing = try GrowingFile(for: path("name"))
        try replacing.finish(as: path("report"))
        #expect(try folder.names() == ["report"])
        #expect(try folder.read("report") == [])
        let absent = failure { () throws(FileError) in _ = try GrowingFile(for: path("absent/report")) }
        #expect(absent?.number == ENOENT)
    }
}
