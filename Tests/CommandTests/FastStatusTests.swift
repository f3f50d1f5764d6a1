import Foundation
import TestSupport
import Testing

/// `status --fast` uses size and time as hints and says so; no other command does.
@Suite struct FastStatusTests {
    /// An archive whose posts were last changed a day before they were recorded, as they are a day later.
    private func sample() throws -> CommandLineArchive {
        let archive = try CommandLineArchive()
        for number in 0..<4 {
            try archive.write(samplePost(number), to: postPath(number))
            try age(archive, postPath(number))
        }
        try archive.run("add", "_posts", exits: 0)
        return archive
    }

    private func age(_ archive: CommandLineArchive, _ path: String) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -86_400)], ofItemAtPath: archive(path))
    }

    @Test func `nothing is read that looks unchanged, and the limits say so`() throws {
        let archive = try sample()
        let fast = try archive.json("status", "--fast", exits: 0)
        #expect(fast["presumed"].int == 4 && fast["hashed"].int == 0)
        #expect(try archive.run("status", "--fast", exits: 0).stdout.contains("the bytes of 4 files were not hashed"))
        let whole = try archive.json("status", exits: 0)
        #expect(whole["presumed"].int == 0 && whole["hashed"].int == 4)
        #expect(!(try archive.run("status", exits: 0).stdout.contains("not hashed")))
        // A file's modification time can be set back, its inode's change time cannot.
        let bytes = try archive.read(postPath(1))
        try archive.overwrite(postPath(1), with: bytes.flipping(bit: 8 * (bytes.count - 20)))
        try age(archive, postPath(1))
        #expect(try archive.json("status", "--fast", exits: 1)["hashed"].int == 1)
        #expect(try archive.json("status", exits: 1)["counts"]["altered"].int == 1)
    }

    @Test func `a file with another size or a later time is hashed`() throws {
        let archive = try sample()
        let bytes = try archive.read(postPath(1))
        try archive.overwrite(postPath(1), with: bytes.flipping(bit: 8 * (bytes.count - 20)))
        let touched = try archive.json("status", "--fast", exits: 1)
        #expect(touched["counts"]["altered"].int == 1 && touched["hashed"].int == 1 && touched["presumed"].int == 3)
        try archive.overwrite(postPath(1), with: bytes)
        #expect(try archive.json("status", "--fast", exits: 0)["hashed"].int == 1)
        try archive.overwrite(postPath(2), with: bytes + [0x0a])
        try age(archive, postPath(2))
        #expect(try archive.json("status", "--fast", exits: 1)["counts"]["altered"].int == 1)
        try archive.remove(postPath(3))
        #expect(try archive.json("status", "--fast", exits: 1)["counts"]["missing"].int == 1)
        // A link is examined itself and never followed.
        try FileManager.default.createSymbolicLink(
            atPath: archive(postPath(3)), withDestinationPath: archive(postPath(0)))
        #expect(try archive.json("status", "--fast", exits: 1)["counts"]["unreadable"].int == 1)
    }
}
