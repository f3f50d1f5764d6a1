import Foundation
import ProvenanceEncoding
import ProvenanceSystem
import Synchronization
import TestSupport
import Testing

/// Reading a file once: regular, whole, within its limit and unchanged, or not at all.
@Suite struct ReadFileTests {
    private func number(_ path: RawPath, limit: Int = 1000) -> Int32? {
        failure { () throws(FileError) in _ = try readFile(path, limit: limit) }?.number
    }

    @Test("the bytes and the status", arguments: [0, 1, 4095, 4096, 1_048_577])
    func content(_ size: Int) throws {
        let folder = try TemporaryFolder()
        var random = FixedRandom(seed: UInt64(size))
        let bytes = (0..<size).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let path = RawPath(try folder.write(bytes, to: "file"))
        let content = try readFile(path, limit: size)
        let isSame = content.bytes == bytes
        #expect(isSame)
        #expect(content.status.size == UInt64(size))
        #expect(content.status.kind == .regular)
        #expect(content.status == (try FileStatus.of(path)))
        #expect(try readFileIfPresent(path, limit: size)?.count == size)
        #expect(number(path, limit: size - 1) == (size == 0 ? nil : EFBIG))
        #expect(number(path, limit: .max) == nil)

        let stream = try FileStream(path)
        #expect(stream.size == UInt64(size))
        var pieces: [UInt8] = []
        while true {
            let piece = try stream.read(upTo: 70_000)
            if piece.isEmpty { break }
            pieces += piece
        }
        let isWhole = pieces == bytes
        #expect(isWhole)
    }

    @Test("a file far over the limit is refused before anything is allocated")
    func sparse() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("", to: "sparse")
        #expect(truncate(path, 1 << 42) == 0)
        #expect(number(RawPath(path), limit: 1 << 30) == EFBIG)
    }

    @Test("what is no regular file is refused and never waited for", .timeLimit(.minutes(1)))
    func notRegular() throws {
        let folder = try TemporaryFolder()
        try folder.touch("file")
        try folder.folder("folder")
        try folder.fifo("fifo")
        try folder.link("link", to: "file")
        try folder.link("dangling", to: "nowhere")
        try folder.link("turn", to: "folder")
        try folder.touch("folder/file")
        let wanted: [(RawPath, Int32?)] = [
            ("file", nil), ("folder", EISDIR), ("fifo", EINVAL), ("link", ELOOP), ("dangling", ELOOP), ("turn", ELOOP),
            ("absent", ENOENT), ("file/below", ENOENT), ("turn/file", nil),
        ]
        for (name, error) in wanted {
            let path = folder.raw.appending(name)
            #expect(number(path) == error, "\(name)")
            let streamed = failure { () throws(FileError) in _ = try FileStream(path) }
            #expect(streamed?.number == error, "\(name)")
        }
        for device in ["/dev/null", "/dev/zero", "/dev/tty"] as [RawPath] { #expect(number(device) == EINVAL) }
        #expect(try readFileIfPresent(folder.raw.appending("absent"), limit: 10) == nil)
        #expect(try readFileIfPresent(folder.raw.appending("file/below"), limit: 10) == nil)
        let present = failure { () throws(FileError) in
            _ = try readFileIfPresent(folder.raw.appending("link"), limit: 10)
        }
        #expect(present?.number == ELOOP)
        #expect(present?.reason.contains("symbolic link") == true)
    }

    @Test("below a folder nothing is opened through a link, nor by a path that is not plain")
    func below() throws {
        let folder = try TemporaryFolder()
        try folder.write("inside", to: "root/a/b/file")
        try folder.write("outside", to: "outside/file")
        try folder.link("root/a/link", to: "../../outside")
        try folder.link("root/a/file", to: "../../outside/file")
        try folder.link("root/proc", to: "/proc/self")
        try folder.fifo("root/fifo")
        try folder.link("door", to: "root")
        let wanted: [(RawPath, Set<Int32>)] = [
            ("a/link/file", [ELOOP, ENOTDIR]), ("a/file", [ELOOP]), ("proc/stat", [ELOOP, ENOTDIR]),
            ("proc/cwd/file", [ELOOP, ENOTDIR]), ("fifo", [EINVAL]), ("a/b", [EISDIR]), ("a/absent", [ENOENT]),
            ("absent/file", [ENOENT]), ("a/b/file/more", [ENOTDIR]), ("../outside/file", [EINVAL]),
            ("a/../../outside/file", [EINVAL]), ("/etc/passwd", [EINVAL]), ("", [EINVAL]), (".", [EINVAL]),
            ("a//b/file", [EINVAL]), ("a/b/", [EINVAL]),
        ]
        for root in [folder.raw.appending("root"), folder.raw.appending("door")] {
            #expect(try readFile(below: root, "a/b/file", limit: 10).bytes == Array("inside".utf8))
            for (path, numbers) in wanted {
                let found = failure { () throws(FileError) in _ = try readFile(below: root, path, limit: 10) }?.number
                #expect(found.map(numbers.contains) == true, "\(path): \(found ?? 0)")
            }
            let large = failure { () throws(FileError) in _ = try readFile(below: root, "a/b/file", limit: 5) }
            #expect(large?.number == EFBIG)
        }
    }

    @Test("a folder that is held open reads its own files, whatever its name stands for by then")
    func held() throws {
        let folder = try TemporaryFolder()
        try folder.write("inside", to: "root/a/file")
        try folder.write("other", to: "other/a/file")
        try folder.link("root/link", to: "a/file")
        try folder.fifo("root/fifo")
        try folder.link("door", to: "root")
        for name in ["root", "door"] {
            let held = try OpenFolder(folder.raw.appending(name))
            #expect(try held.readListed("a/file", limit: 10).bytes == Array("inside".utf8))
            for (path, wanted) in [("link", ELOOP), ("fifo", EINVAL), ("a", EISDIR), ("a/absent", ENOENT)] {
                let error = failure { () throws(FileError) in _ = try held.readListed(RawPath(path), limit: 10) }
                #expect(error?.number == wanted && error?.path == folder.raw.appending("\(name)/\(path)"), "\(path)")
            }
            #expect(failure { () throws(FileError) in _ = try held.readListed("a/file", limit: 5) }?.number == EFBIG)
        }
        let held = try OpenFolder(folder.raw.appending("root"))
        try FileManager.default.moveItem(atPath: folder("root"), toPath: folder("moved"))
        try FileManager.default.moveItem(atPath: folder("other"), toPath: folder("root"))
        #expect(try held.readListed("a/file", limit: 10).bytes == Array("inside".utf8))
        #expect(failure { () throws(FileError) in _ = try OpenFolder(folder.raw.appending("none")) }?.number == ENOENT)
        // A folder on the path that has become a link, and names that lead out of it.
        try FileManager.default.moveItem(atPath: folder("moved/a"), toPath: folder("moved/b"))
        try folder.link("moved/a", to: "b")
        for path in ["a/file", "../root/a/file", "/etc/passwd"] {
            let error = failure { () throws(FileError) in _ = try held.readListed(RawPath(path), limit: 9_999) }
            #expect([ELOOP, EXDEV, EINVAL].contains(error?.number), "\(path): \(String(describing: error))")
        }
        #expect(try held.readListed("b/file", limit: 10).bytes == Array("inside".utf8))
        #expect(
            failure { () throws(FileError) in _ = try OpenFolder(folder.raw.appending("root/a/file")) }?.number
                == ENOTDIR)
    }

    @Test("a file that may not be read says so")
    func denied() throws {
        let folder = try TemporaryFolder()
        try folder.write("secret", to: "file")
        try folder.permissions("file", 0)
        var found: Int32?
        guard asNobody({ found = number(folder.raw.appending("file")) }) else {
            return try skip("this thread cannot give up root: a file that may not be read")
        }
        #expect(found == EACCES)
    }

    @Test("a file that grows while it is read is refused, never given in part", .timeLimit(.minutes(2)))
    func growing() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([UInt8](repeating: 7, count: 4_000_000), to: "file")
        let isDone = Mutex(false)
        var changed = 0
        let file = open(path, O_WRONLY | O_APPEND)
        try #require(file >= 0)
        defer { close(file) }
        let hasEnded = DispatchSemaphore(value: 0)
        // A separate thread: those of the pool may all be busy with tests.
        Thread.detachNewThread {
            var piece = [UInt8](repeating: 7, count: 16)
            while !isDone.withLock({ $0 }) { _ = write(file, &piece, piece.count) }
            hasEnded.signal()
        }
        for _ in 0..<2000 where changed < 3 {
            do {
                let content = try readFile(RawPath(path), limit: .max)
                #expect(UInt64(content.bytes.count) == content.status.size)
            } catch {
                #expect(error.number == EBUSY)
                changed += 1
            }
        }
        isDone.withLock { $0 = true }
        hasEnded.wait()
        #expect(changed > 0)
    }

    @Test("errors say what was done to what, with raw names made printable")
    func errors() throws {
        let error = try #require(
            failure { () throws(FileError) in _ = try readFile("/nowhere/\u{e9}", limit: 1) })
        #expect(error.description == "cannot open /nowhere/\u{e9}: No such file or directory")
        #expect(error.isMissing)
        let raw = FileError("open", RawPath([0x61, 0xff]), number: EACCES)
        #expect(raw.description == "cannot open a\u{fffd}: Permission denied")
        #expect(!raw.isMissing)
        #expect(FileError("lock", "x", number: EWOULDBLOCK, detail: "held").description == "cannot lock x: held")
    }
}
