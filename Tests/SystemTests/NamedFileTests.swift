import Foundation
import ProvenanceEncoding
import ProvenanceSystem
import TestSupport
import Testing

/// Reading a named file: through links, from pipes and devices, bounded, and completely or not at all.
@Suite struct NamedFileTests {
    private func number(_ path: RawPath, limit: Int = 1000) -> Int32? {
        failure { () throws(FileError) in _ = try readNamedFile(path, limit: limit) }?.number
    }

    @Test("links are followed, folders refused", .timeLimit(.minutes(1)))
    func kinds() throws {
        let folder = try TemporaryFolder()
        try folder.write("words", to: "folder/file")
        try folder.link("link", to: "folder/file")
        try folder.link("second", to: "link")
        try folder.link("turn", to: "folder")
        try folder.link("dangling", to: "nowhere")
        try folder.link("loop", to: "loop")
        try folder.fifo("fifo")
        for name in ["folder/file", "link", "second", "turn/file"] as [RawPath] {
            let path = folder.raw.appending(name)
            #expect(try readNamedFile(path, limit: 5) == Array("words".utf8))
            #expect(try FileStream(named: path).size == 5)
            #expect(number(path, limit: 4) == EFBIG)
            #expect(namedPlace(path).real == folder.raw.appending("folder/file").real)
            #expect(try FileStatus.of(namedPlace(path))?.kind == .regular)
        }
        let wanted: [(RawPath, Int32)] = [
            ("folder", EISDIR), ("turn", EISDIR), ("dangling", ENOENT), ("loop", ELOOP), ("absent", ENOENT),
            ("fifo", EPIPE),
        ]
        for (name, error) in wanted { #expect(number(folder.raw.appending(name)) == error, "\(name)") }
        for name in ["dangling", "loop", "absent"] as [RawPath] {
            #expect(namedPlace(folder.raw.appending(name)) == folder.raw.appending(name))
        }
        #expect(number("/dev/zero") == EFBIG)
        #expect(try readNamedFile("/dev/null", limit: 10).isEmpty)
        #expect(try FileStatus.following(folder.raw.appending("link"))?.kind == .regular)
        #expect(try FileStatus.following(folder.raw.appending("fifo"))?.isPipe == true)
        #expect(try FileStatus.following("/dev/null")?.isPipe == false)
        #expect(try FileStatus.following(folder.raw.appending("dangling")) == nil)
    }

    @Test("a pipe is read to its end, whenever its writer writes", .timeLimit(.minutes(1)), arguments: [0, 1, 200_000])
    func pipes(_ size: Int) throws {
        let folder = try TemporaryFolder()
        try folder.fifo("fifo")
        let path = folder.raw.appending("fifo")
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        // Open for reading and writing, so that opening does not block.
        let writer = path.withCString { open($0, O_RDWR) }
        try #require(writer >= 0)
        let stream = try FileStream(named: path)
        let thread = Thread {
            usleep(50_000)
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { write(writer, $0.baseAddress, min(1000, $0.count)) }
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
            }
            close(writer)
        }
        thread.start()
        #expect(stream.size == 0)
        #expect(try stream.peek(3) == Array(bytes.prefix(3)))
        #expect(try stream.readAll(limit: size) == bytes)
        #expect(try stream.read(upTo: 10).isEmpty)
    }

    @Test("what was looked at is still there to be read")
    func peeking() throws {
        let folder = try TemporaryFolder()
        let path = RawPath(try folder.write("0123456789", to: "file"))
        let stream = try FileStream(named: path)
        #expect(try stream.peek(1) == Array("0".utf8))
        #expect(try stream.peek(4) == Array("0123".utf8))
        #expect(try stream.read(upTo: 3) == Array("012".utf8))
        #expect(try stream.peek(2) == Array("34".utf8))
        #expect(try stream.readAll(limit: 10) == Array("3456789".utf8))
        #expect(try stream.peek(1).isEmpty)
        let short = try FileStream(named: path)
        #expect(try short.peek(100).count == 10)
        #expect(failure { () throws(FileError) in _ = try short.readAll(limit: 9) }?.number == EFBIG)
    }

    @Test("a file that changes while it is read is refused")
    func changed() throws {
        let folder = try TemporaryFolder()
        let path = RawPath(try folder.write("0123456789", to: "file"))
        for text in ["0123456789more", "0123", "9876543210"] {
            let stream = try FileStream(named: path)
            usleep(20_000)
            try folder.write(text, to: "file")
            #expect(failure { () throws(FileError) in _ = try stream.readAll(limit: 100) }?.number == EBUSY, "\(text)")
            try folder.write("0123456789", to: "file")
        }
    }
}
