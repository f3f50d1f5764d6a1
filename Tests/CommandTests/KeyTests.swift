import Foundation
import TestSupport
import Testing

/// Private keys are made once, readable by nobody else, and never overwritten; public ones serve other programs.
@Suite struct KeyTests {
    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func `Private keys have mode 0600 whatever the umask, and public ones are readable`() throws {
        let archive = try CommandLineArchive(initializing: false)
        let ended = try TestSupport.run(
            "bash", arguments: ["-c", "umask 000; \"$0\" init --origin a.example/b", command],
            environment: archive.environment(), folder: archive.root)
        #expect(ended.status == 0, "\(ended)")
        for role in ["log", "signer"] {
            #expect(try mode(archive("keys/\(role).key.pem")) == 0o600)
            #expect(try mode(archive("keys/\(role).pub.pem")) & 0o444 == 0o444)
        }
    }

    @Test func `A private key is never overwritten`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        let before = try archive.contents()
        let again = try archive.run("init", "--origin", CommandLineArchive.origin, exits: 2)
        #expect(again.stderr.contains("E-ARCHIVE-EXISTS"), "\(again)")
        try archive.run("init", "--origin", "other.example", exits: 2)
        for role in ["log", "signer"] {
            let ended = try archive.run("key", "generate", role, "--name", "other.example", "-o", "keys", exits: 2)
            #expect(ended.stderr.contains("E-KEY-EXISTS"), "\(ended)")
        }
        #expect(try archive.contents() == before)
        // An init that was interrupted is finished with the keys that are there.
        try archive.remove(".provenance")
        for name in ["log", "accessions"] { try archive.remove(name) }
        try archive.run("init", "--origin", CommandLineArchive.origin, exits: 0)
        for role in ["log", "signer"] {
            #expect(try archive.read("keys/\(role).key.pem") == before["keys/\(role).key.pem"])
            #expect(try archive.read("keys/\(role).vkey") == before["keys/\(role).vkey"])
        }
    }

    @Test func `An encrypted key needs its passphrase, and is not on the disk without it`() throws {
        let archive = try CommandLineArchive(initializing: false)
        try archive.write("correct horse\nsecond line\n", to: "passphrase")
        try archive.write("wrong horse\n", to: "wrong")
        try archive.write("\n", to: "empty")
        try archive.run("init", "--origin", CommandLineArchive.origin, "--passphrase-file", "passphrase", exits: 0)
        for role in ["log", "signer"] {
            let pem = String(decoding: try archive.read("keys/\(role).key.pem"), as: UTF8.self)
            #expect(pem.hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
            #expect(try mode(archive("keys/\(role).key.pem")) == 0o600)
        }
        try archive.write(samplePost(1), to: postPath(1))
        for line in [
            [], ["--passphrase-file", "wrong"], ["--passphrase-file", "empty"], ["--passphrase-file", "absent"],
        ] {
            let ended = try archive.run(["add", "_posts"] + line, exits: 2)
            #expect(ended.stderr.contains("E-KEY"), "\(ended)")
            #expect(!ended.stderr.contains("horse"), "\(ended)")
            #expect(try archive.size() == 0)
        }
        try archive.run("add", "_posts", "--passphrase-file", "passphrase", exits: 0)
        // Verifying needs no private key at all.
        for name in ["log.key.pem", "signer.key.pem"] { try archive.remove("keys/" + name) }
        try archive.run("verify", "_posts", exits: 0)
        try archive.run("audit", exits: 0)
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o601])
    func `A private key that others can read is refused`(mode: Int) throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.write(samplePost(2), to: postPath(2))
        for role in ["log", "signer"] {
            let path = archive("keys/\(role).key.pem")
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            let ended = try archive.run("add", "_posts", exits: 2)
            #expect(ended.stderr.contains("chmod 600"), "\(ended)")
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        }
        try archive.run("add", "_posts", exits: 0)
    }

    @Test func `A link in a private key's place is not followed`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try FileManager.default.moveItem(
            atPath: archive("keys/signer.key.pem"), toPath: archive.folder("elsewhere.pem"))
        try FileManager.default.createSymbolicLink(
            atPath: archive("keys/signer.key.pem"), withDestinationPath: archive.folder("elsewhere.pem"))
        try archive.write(samplePost(2), to: postPath(2))
        try archive.run("add", "_posts", exits: 2)
    }

    @Test func `git leaves private keys and local files out`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        let git = { (arguments: [String]) in try TestSupport.run("git", arguments: arguments, folder: archive.root) }
        _ = try git(["init", "-q"])
        _ = try git(["add", "-A"])
        let names = try git(["ls-files"]).stdout.split(separator: "\n").map(String.init)
        #expect(
            names.contains(".provenance/config") && names.contains("keys/log.vkey") && names.contains("log/checkpoint"))
        for name in names {
            #expect(
                !name.hasSuffix(".key.pem") && !name.contains("last-signed") && !name.contains("index.sqlite"),
                "\(name)")
        }
    }

    @Test func `openssl verifies the signatures of a record and of the checkpoint with the published keys`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        let record = try #require(try archive.json("show", "1", exits: 0)["note"].string)
        let accession = try #require(try archive.json("show", "2", exits: 0)["note"].string)
        let checkpoint = String(decoding: try archive.read("log/checkpoint"), as: UTF8.self)
        for (note, role) in [(record, "signer"), (accession, "signer"), (checkpoint, "log")] {
            // The text ends before the empty line; a signature line is "— name base64(key id and signature)".
            let split = try #require(note.range(of: "\n\n", options: .backwards))
            let text = note[..<note.index(after: split.lowerBound)]
            let last = try #require(note[split.upperBound...].split(separator: " ").last)
            let signature = try #require(Data(base64Encoded: last.trimmingCharacters(in: .newlines)))
            #expect(signature.count == 68)
            try archive.folder.write(Array(text.utf8), to: "text")
            try archive.folder.write([UInt8](signature.dropFirst(4)), to: "signature")
            func verify(_ key: String) throws -> Ended {
                try TestSupport.run(
                    "openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", archive("keys/\(key).pub.pem"),
                    "-in", archive.folder("text"), "-sigfile", archive.folder("signature"))
            }
            let ended = try verify(role)
            #expect(ended.status == 0 && ended.stdout.contains("Signature Verified Successfully"), "\(ended)")
            #expect(try verify(role == "log" ? "signer" : "log").status != 0, "the other key must not do")
            try archive.folder.write(Array(text.utf8) + [0x0a], to: "text")
            #expect(try verify(role).status != 0, "another text must not do")
        }
    }
}
