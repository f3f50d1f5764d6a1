import Foundation
import TestSupport
import Testing

/// Private keys are made once, readable only by their owner, and never overwritten; other programs can read the public
/// ones.
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
        // An interrupted `init` is completed with the keys that are there: they have signed no entry yet.
        try archive.remove(".provenance")
        for name in ["log", "accessions", "keys/log.last-signed"] { try archive.remove(name) }
        try archive.run("init", "--origin", CommandLineArchive.origin, exits: 0)
        for role in ["log", "signer"] {
            #expect(try archive.read("keys/\(role).key.pem") == before["keys/\(role).key.pem"])
            #expect(try archive.read("keys/\(role).vkey") == before["keys/\(role).vkey"])
        }
    }

    @Test func `An encrypted key needs its passphrase, and is not on the disk without it`() throws {
        let archive = try CommandLineArchive(initializing: false)
        try archive.folder.writeSecret("correct horse\nsecond line\n", to: "archive/passphrase")
        try archive.folder.writeSecret("wrong horse\n", to: "archive/wrong")
        try archive.folder.writeSecret("\n", to: "archive/empty")
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
        // Verifying needs no private key.
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

    @Test func `A private key may be a link, and what it leads to counts: its mode, its owner, and that it is a file`()
        throws
    {
        let archive = try CommandLineArchive.withPosts(1)
        let manager = FileManager.default
        let (place, end) = (archive("keys/signer.key.pem"), archive.folder("elsewhere.pem"))
        try manager.moveItem(atPath: place, toPath: end)
        try manager.createSymbolicLink(atPath: archive.folder("between"), withDestinationPath: "elsewhere.pem")
        try manager.createSymbolicLink(atPath: place, withDestinationPath: "../../between")
        try archive.run("add", "--heartbeat", exits: 0)
        for mode in [0o640, 0o604, 0o660] {
            try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: end)
            let ended = try archive.run("add", "--heartbeat", exits: 2)
            #expect(ended.stderr.contains("chmod 600"), "\(ended)")
        }
        try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: end)
        try archive.run("add", "--heartbeat", exits: 0)
        try archive.run("init", "--origin", "x.example", exits: 2)
        let made = try archive.run("key", "generate", "signer", "--name", "x.example/y", "-o", "keys", exits: 2)
        #expect(made.stderr.contains("E-KEY-EXISTS"), "a link is not replaced either\n\(made)")
        if getuid() == 0 {
            try #require(chown(end, 65_534, 65_534) == 0)
            let ended = try archive.run("add", "--heartbeat", exits: 2)
            #expect(ended.stderr.contains("belongs to another user"), "\(ended)")
        }
        try manager.removeItem(atPath: end)
        let nowhere = try archive.run("add", "--heartbeat", exits: 2)
        #expect(nowhere.stderr.contains("E-KEY"), "\(nowhere)")
        try #require(mkfifo(end, 0o600) == 0)
        try archive.run("add", "--heartbeat", exits: 2, limit: 20)
    }

    // MARK: Passphrases

    /// An archive with locked keys, and the passphrase in `passphrase`, readable by its owner alone.
    private func locked() throws -> (archive: CommandLineArchive, passphrase: String) {
        let archive = try CommandLineArchive(initializing: false)
        let path = try archive.folder.writeSecret("correct horse\n", to: "passphrase")
        try archive.run("init", "--origin", CommandLineArchive.origin, "--passphrase-file", path, exits: 0)
        return (archive, path)
    }

    @Test func `A passphrase file that others may read or write is refused as a key is, by a link too`() throws {
        let (archive, path) = try locked()
        let link = archive.folder("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "passphrase")
        for file in [path, link] {
            for mode in [0o644, 0o640, 0o620, 0o602, 0o666, 0o601] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
                for line in [
                    ["add", "--heartbeat"], ["export", "--bundle", archive.folder("b")],
                    ["init", "--origin", "x.example", archive.folder("x")],
                    ["key", "generate", "signer", "--name", "x.example/y", "-o", archive.folder("k")],
                ] {
                    let ended = try archive.run(line + ["--passphrase-file", file], exits: 2)
                    #expect(ended.stderr.contains("E-KEY") && ended.stderr.contains("chmod 600"), "\(ended)")
                    #expect(ended.stderr.contains("others than its owner"), "\(ended)")
                }
            }
            for name in ["b", "x", "k"] { #expect(!FileManager.default.fileExists(atPath: archive.folder(name))) }
            for mode in [0o600, 0o400] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
                try archive.run("add", "--heartbeat", "--passphrase-file", file, exits: 0)
            }
        }
    }

    @Test func `A passphrase comes through a pipe, a descriptor, standard input, or by a variable`() throws {
        let (archive, path) = try locked()
        for name in ["-", "/dev/stdin", "/dev/fd/0"] {
            try archive.run(
                "add", "--heartbeat", "--passphrase-file", name, exits: 0, input: Array("correct horse\n".utf8))
            try archive.run("add", "--heartbeat", "--passphrase-file", name, exits: 2, input: Array("wrong\n".utf8))
        }
        let shell = { (script: String) in
            try TestSupport.run(
                "bash", arguments: ["-c", script, command, path], environment: archive.environment(),
                folder: archive.root, limit: 30)
        }
        for script in [
            "\"$0\" add -q --heartbeat --passphrase-file <(cat \"$1\")",
            "chmod 644 \"$1\"; \"$0\" add -q --heartbeat --passphrase-file /dev/fd/7 7<\"$1\"; s=$?; chmod 600 \"$1\"; exit $s",
            "mkfifo ../pipe; (sleep 0.2; cat \"$1\" >../pipe) & \"$0\" add -q --heartbeat --passphrase-file ../pipe",
        ] {
            let ended = try shell(script)
            #expect(ended.status == 0, "\(script)\n\(ended)")
        }
        let variable = { (path: String) in ["PROVENANCE_PASSPHRASE_FILE": path] }
        try archive.run("add", "--heartbeat", exits: 0, environment: variable(path))
        try archive.run("add", "--heartbeat", exits: 2, environment: variable(""))
        try archive.run("add", "--heartbeat", exits: 2, environment: variable(path + "-absent"))
        // The option outranks the variable.
        try archive.run(
            "add", "--heartbeat", "--passphrase-file", path, exits: 0, environment: variable(path + "-absent"))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try archive.run("add", "--heartbeat", exits: 2, environment: variable(path))
    }

    // MARK: The lock

    @Test func `Nobody else can hold the lock, also that of an archive made earlier`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        #expect(try mode(archive(".provenance/lock")) == 0o600)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: archive(".provenance/lock"))
        try archive.run("add", "_posts", exits: 0)
        #expect(try mode(archive(".provenance/lock")) == 0o600)
        let user = ["--reuid=65534", "--regid=65534", "--clear-groups"]
        _ = try TestSupport.run("chmod", "a+rx", archive.folder.path, archive.root, archive(".provenance"))
        guard getuid() == 0,
            (try? TestSupport.run(
                "setpriv", arguments: user + ["test", "-r", archive(".provenance/config")]))?.status == 0
        else { return try skip("another user needs root and setpriv") }
        let held = try TestSupport.run(
            "setpriv", arguments: user + ["flock", "-n", archive(".provenance/lock"), "true"])
        #expect(held.status != 0, "\(held)")
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

    @Test(arguments: [".provenance/last-signed", "keys/log.last-signed", "Manifests/all.json"])
    func `init with keys of a log that is lost signs no second one`(_ witness: String) throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.run("export", "-q", "-o", "Manifests/all.json", exits: 0)
        for path in [".provenance/last-signed", "keys/log.last-signed", "Manifests/all.json"] where path != witness {
            try archive.remove(path)
        }
        for path in [".provenance/config", "log"] { try archive.remove(path) }
        let before = try archive.contents()
        let ended = try archive.run("init", "--origin", CommandLineArchive.origin, exits: 1)
        #expect(ended.stderr.contains("E-LOG-ROLLED-BACK") && ended.stderr.contains("signed 3 entries"), "\(ended)")
        #expect(ended.stderr.contains(witness), "\(ended)")
        #expect(try archive.contents() == before, "nothing was made")
    }
}
