import Foundation
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceRecord
import ProvenanceRecording
import ProvenanceVerification
import SampleArchives
import SampleLogs
import Synchronization
import TestSupport
import Testing

/// Which files an `add` comes to, and what it says of those that it cannot take.
@Suite struct AddPlaceTests {
    private typealias Counts = AddTests.Counts

    /// The paths of an archive's registers' lines with their roots, in order.
    private func places(_ archive: RecordedArchive) throws -> [(root: String, path: String)] {
        try archive.registers().flatMap { name -> [(root: String, path: String)] in
            let lines = try archive.read(name).split(separator: 0x0a)
            let first = try JSONDecoder().decode([String: [String]].self, from: Data(lines[0]))
            return try lines.dropFirst().map { line in
                let line = try #require(RegisterLine(parsing: line))
                return (try #require(first["roots"])[line.root], line.path.description)
            }
        }
    }

    // MARK: What is refused

    /// What stands at the path of a post and is none.
    enum Stranger: String, CaseIterable {
        case link, linkToFolder, pipe, socket, text, large, empty, broken

        /// Where it stands; a walk comes to all but the text.
        var path: String { self == .text ? "_posts/x.txt" : "_posts/x.md" }

        func make(_ archive: RecordedArchive) throws {
            switch self {
            case .link: try FileManager.default.createSymbolicLink(atPath: archive(path), withDestinationPath: "0.md")
            case .linkToFolder:
                try FileManager.default.createSymbolicLink(atPath: archive(path), withDestinationPath: "..")
            case .pipe: #expect(mkfifo(archive(path), 0o600) == 0)
            case .socket: #expect(mknod(archive(path), S_IFSOCK | 0o600, 0) == 0)
            case .text: try archive.write(SampleLog.post(9), to: path)
            case .large: try archive.write(Array(repeating: 0x20, count: (16 << 20) + 1), to: path)
            case .empty: try archive.write("", to: path)
            case .broken: try archive.write("---\ntitle: [\n---\n", to: path)
            }
        }

        var code: String {
            switch self {
            case .link, .linkToFolder, .pipe, .socket: "E-NOT-REGULAR"
            case .text: "E-NOT-MARKDOWN"
            case .large: "E-TOO-LARGE"
            case .empty: "E-NO-FRONT-MATTER"
            case .broken: "E-YAML"
            }
        }
    }

    @Test(arguments: Stranger.allCases)
    func `What is no post is refused with its code, named or found, and opened only where it may be`(
        _ stranger: Stranger
    ) throws {
        let archive = try RecordedArchive(posts: 1)
        try stranger.make(archive)
        let named = try archive.add([stranger.path])
        #expect(Counts(named) == Counts(refused: 1))
        #expect(named.refusals.map(\.code) == [stranger.code])
        #expect(named.refusals.allSatisfy { $0.place.hasPrefix(stranger.path) && $0.status == .environment })
        #expect(named.status(tolerateRefused: false) == .environment)
        // Named alone it left no trace.
        #expect(!named.isOnRegister && named.accession == nil)
        // A walk comes to it too, unless its name is none of a post's, and the next one knows it by then.
        let isWalked = stranger != .text
        let found = try archive.add()
        #expect(Counts(found) == Counts(refused: isWalked ? 1 : 0, unchanged: 1))
        #expect(Counts(try archive.add()) == Counts(unchanged: isWalked ? 2 : 1))
    }

    @Test func `Where a post stood, a file that is too large or a link is a replacement or a refusal`() throws {
        let archive = try RecordedArchive(posts: 2)
        try Stranger.large.make(archive)
        try archive.remove(RecordedArchive.path(0))
        try archive.move(Stranger.large.path, to: RecordedArchive.path(0))
        let outcome = try archive.add()
        #expect(Counts(outcome) == Counts(refused: 1, unchanged: 1, replaced: 1))
        #expect(outcome.replaced.map(\.path) == [RecordedArchive.path(0)])
    }

    // MARK: What cannot be read

    @Test func `Arguments that are not there or cannot be looked at are unknown, and hide nothing else`() throws {
        let archive = try RecordedArchive(posts: 1)
        let long = String(repeating: "x", count: 300)
        let outcome = try archive.add(["absent", long, "_posts"])
        #expect(Counts(outcome) == Counts(unchanged: 1, unreadable: 2))
        #expect(outcome.unreadable.map(\.code) == ["E-UNREADABLE", "E-UNREADABLE"])
        #expect(outcome.unreadable.map(\.place) == ["absent", long])
        #expect(outcome.status(tolerateRefused: true) == .environment)
        // With nothing that can be read nothing is written, not even a heartbeat.
        let nothing = try archive.add(["absent"], heartbeat: true)
        #expect(Counts(nothing) == Counts(unreadable: 1) && nothing.accession == nil)
        #expect(nothing.checkpoint.size == 2)
    }

    @Test func `What vanishes while an add runs is unreadable, is said each time, and leaves the rest alone`() throws {
        let archive = try RecordedArchive()
        for (number, name) in ["a/1.md", "b/2.md", "c/3.md"].enumerated() {
            try archive.write(SampleLog.post(number), to: "_posts/" + name)
        }
        let path = archive("_posts/b")
        let asked = Mutex(0)
        // Asked for the second time, the first post has been handed out: the names beside it are known by then.
        let outcome = try archive.add(batch: 1) {
            let count = asked.withLock { count in
                count += 1
                return count
            }
            if count == 2 { try? FileManager.default.removeItem(atPath: path) }
            return false
        }
        #expect(Counts(outcome) == Counts(recorded: 2, unreadable: 1))
        #expect(outcome.unreadable.map(\.code) == ["E-UNREADABLE"])
        #expect(outcome.unreadable.map(\.place) == ["_posts/b"])
        #expect(outcome.status(tolerateRefused: true) == .environment && outcome.accession == 2)
    }

    @Test func `A named folder that vanishes before its turn is unreadable`() throws {
        let archive = try RecordedArchive()
        try archive.write(SampleLog.post(1), to: "_posts/1.md")
        try archive.write(SampleLog.post(2), to: "later/2.md")
        try archive.write(SampleLog.post(3), to: "named.md")
        let paths = [archive("named.md"), archive("later")]
        let asked = Mutex(0)
        let outcome = try archive.add(["_posts", "later", "named.md"], batch: 1) {
            let count = asked.withLock { count in
                count += 1
                return count
            }
            if count == 2 { for path in paths { try? FileManager.default.removeItem(atPath: path) } }
            return false
        }
        // In the order of their bytes `_posts` comes first, then `later`, then the file.
        #expect(outcome.recorded == 1 && outcome.refused == 1, "what could not be read stands on the register")
        #expect(outcome.unreadable.map(\.place) == ["later", "named.md"])
        #expect(outcome.refusals.isEmpty && outcome.status(tolerateRefused: true) == .environment)
    }

    // MARK: Which files

    @Test(arguments: [
        (["_posts"], ["_posts/0.md", "_posts/1.md", "_posts/deep/2.md"]),
        (["_posts/deep", "_posts"], ["_posts/0.md", "_posts/1.md", "_posts/deep/2.md"]),
        (["_posts/1.md", "_posts/1.md", "./_posts//1.md"], ["_posts/1.md"]),
        (["_posts", "_posts/.hidden.md"], ["_posts/.hidden.md", "_posts/0.md", "_posts/1.md", "_posts/deep/2.md"]),
        (["."], ["_posts/0.md", "_posts/1.md", "_posts/deep/2.md", "other.md"]),
        (["_posts/deep/..", "other.md"], ["_posts/0.md", "_posts/1.md", "_posts/deep/2.md", "other.md"]),
        ([".", "_posts", "other.md"], ["_posts/0.md", "_posts/1.md", "_posts/deep/2.md", "other.md"]),
    ])
    func `Each file is taken once, however often and in whatever spelling it is named`(
        _ arguments: [String], _ wanted: [String]
    ) throws {
        let archive = try RecordedArchive()
        let names = ["_posts/0.md", "_posts/1.md", "_posts/deep/2.md", "_posts/.hidden.md", "other.md", "log/x.md"]
        for (number, name) in names.enumerated() { try archive.write(SampleLog.post(number), to: name) }
        let outcome = try archive.add(arguments)
        #expect(outcome.recorded == UInt64(wanted.count))
        #expect(try places(archive).map(\.path).sorted() == wanted)
        #expect(try places(archive).allSatisfy { $0.root == "." })
    }

    @Test func `Posts outside the archive are registered under the folder as typed`() throws {
        let archive = try RecordedArchive()
        try archive.write(SampleLog.post(0), to: "_posts/0.md")
        try archive.folder.write(SampleLog.post(1), to: "outside/1.md")
        try archive.folder.write(SampleLog.post(2), to: "single.md")
        let outside = archive.folder("outside")
        let outcome = try archive.add(["_posts", "../outside", "../single.md", outside])
        #expect(outcome.recorded == 3 && outcome.unreadable.isEmpty)
        let found = try places(archive)
        #expect(found.map(\.root) == [".", "../outside", "../single.md"])
        #expect(found.map(\.path) == ["_posts/0.md", "1.md", "."])
        // The same place in another spelling is known.
        #expect(Counts(try archive.add([outside, archive.folder("single.md")])) == Counts(unchanged: 2))
        // A change there is told under the name that was typed.
        try archive.folder.write(SampleLog.post(1, body: "other words"), to: "outside/1.md")
        #expect(try archive.add([outside]).replaced.map(\.path) == [outside + "/1.md"])
        try archive.folder.write("no post", to: "single.md")
        let single = try archive.add(["../single.md"])
        #expect(single.replaced.map(\.path) == ["../single.md"])
        #expect(single.refusals.first?.place.hasPrefix("../single.md") == true)
    }

    @Test func `A folder that holds the archive is walked around it, and the archive as itself`() throws {
        let archive = try RecordedArchive()
        try archive.write(SampleLog.post(0), to: "_posts/0.md")
        try archive.folder.write(SampleLog.post(1), to: "outside/1.md")
        let outcome = try archive.add([".."])
        #expect(outcome.recorded == 2)
        let found = try places(archive)
        #expect(found.map(\.root) == [".", ".."] && found.map(\.path) == ["_posts/0.md", "outside/1.md"])
    }

    @Test func `More folders may be named than are held open`() throws {
        let archive = try RecordedArchive()
        let folders = (0..<20).map { "../outside\($0)" }
        for (number, name) in folders.enumerated() {
            try archive.folder.write(SampleLog.post(number), to: "outside\(number)/\(name.count).md")
        }
        let outcome = try archive.add(folders)
        #expect(outcome.recorded == 20 && outcome.unreadable.isEmpty)
        #expect(Counts(try archive.add(folders)) == Counts(unchanged: 20))
    }

    // MARK: Empty folders

    @Test(arguments: ["_posts", "../outside"])
    func `A folder of recorded posts in which none is left is refused before anything is written`(
        _ name: String
    ) throws {
        let archive = try RecordedArchive()
        for number in 0..<2 { try archive.write(SampleLog.post(number), to: "\(name)/\(number).md") }
        try archive.add([name])
        for number in 0..<2 { try archive.remove("\(name)/\(number).md") }
        let problem = #expect(throws: Problem.self) { try archive.add([name], heartbeat: true) }
        #expect(problem?.code == "E-FOLDER-EMPTY" && problem?.place == name && problem?.status == .failed)
        #expect(problem?.reason.contains("2 of its posts") == true)
        #expect(try archive.view().size == 3)
        // A folder above it says the same of itself.
        try archive.write("no name of a post", to: "\(name)/notes.txt")
        #expect(throws: Problem.self) { try archive.add([name]) }
        // One post in it is enough to show that it is there.
        try archive.write(SampleLog.post(1), to: "\(name)/1.md")
        #expect(Counts(try archive.add([name])) == Counts(unchanged: 1))
    }

    @Test func `A folder whose posts moved within the archive, and one that never had any, may be empty`() throws {
        let archive = try RecordedArchive(posts: 2)
        try archive.write("no name of a post", to: "fresh/notes.txt")
        for number in 0..<2 { try archive.move(RecordedArchive.path(number), to: "archived/\(number).md") }
        let outcome = try archive.add(["_posts", "fresh"], heartbeat: true)
        #expect(Counts(outcome) == Counts() && outcome.accession == 3)
        // With one of them gone for good it is not enough that the other is there.
        try archive.remove("archived/0.md")
        #expect(Counts(try archive.add(["archived", "_posts"])) == Counts(known: 1))
    }

    // MARK: Record of what was named

    @Test func `The folders that were named and read are remembered`() throws {
        let archive = try RecordedArchive(posts: 1)
        try archive.write(SampleLog.post(1), to: "archived/1.md")
        try archive.add(["archived", "_posts/0.md", "absent"])
        #expect(AddedFolders(archive.archive).all() == ["_posts", "archived"])
    }
}
