import Foundation
import ProvenanceNote
import ProvenanceOpenSSL
import TestSupport
import Testing

/// One public key has one role: log, witness or signer, whatever the key's name and type.
@Suite struct KeyRoleTests {
    private let archive: CommandLineArchive
    private let keys: String
    private let log: VerifierKey
    private let signer: VerifierKey

    init() throws {
        let archive = try CommandLineArchive.withPosts(1)
        self.archive = archive
        keys = try archive.pinnableKeys()
        func key(_ role: String) throws -> VerifierKey {
            let text = String(decoding: try archive.folder.read("public-keys/\(role).vkey"), as: UTF8.self)
            return try VerifierKey(parsing: text.trimmingCharacters(in: .newlines))
        }
        log = try key("log")
        signer = try key("signer")
    }

    /// A key with another name and type, and the same public key.
    private func disguised(_ key: VerifierKey, _ name: String, _ kind: VerifierKey.Kind) throws -> VerifierKey {
        try VerifierKey(name: name, kind: kind, publicKey: key.publicKey)
    }

    /// A public key that is used for nothing else.
    private func publicKey(_ number: UInt8) throws -> [UInt8] {
        try Ed25519PrivateKey(seed: [UInt8](repeating: number, count: 32)).publicKey.raw
    }

    /// Expects the folder of keys to be refused by every reader, and not to be pinned.
    private func expectRefused(_ code: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let stranger = ["XDG_CONFIG_HOME": archive.folder("stranger")]
        for line in [
            ["verify", postPath(0), "--keys", keys], ["status", "--keys", keys], ["audit", "--keys", keys],
            ["key", "list", "--keys", keys], ["key", "pin", keys],
        ] {
            let ended = try archive.run(line, exits: 2, environment: stranger, sourceLocation: sourceLocation)
            #expect(ended.stderr.contains(code + "  "), "\(line)\n\(ended)", sourceLocation: sourceLocation)
        }
        #expect(!FileManager.default.fileExists(atPath: archive.folder("stranger")), sourceLocation: sourceLocation)
    }

    @Test func `A policy in which a log is a witness is refused, in whichever order the lines stand`() throws {
        let witness = try disguised(log, "witness.example", .cosignature)
        for lines in [["log \(log)", "witness w \(witness)"], ["witness w \(witness)", "log \(log)"]] {
            for quorum in ["w", "none"] {
                try archive.folder.write(
                    (lines + ["quorum \(quorum)", ""]).joined(separator: "\n"), to: "public-keys/policy")
                try expectRefused("E-KEY-ROLE")
            }
        }
    }

    @Test func `A signer that is a witness is refused`() throws {
        let witness = try disguised(signer, "witness.example", .cosignature)
        try archive.folder.write("log \(log)\nwitness w \(witness)\nquorum none\n", to: "public-keys/policy")
        try expectRefused("E-KEY-ROLE")
    }

    @Test(arguments: [UInt8(1), 4, 5])
    func `A signer that is the log is refused, whatever its type`(type: UInt8) throws {
        let kind: VerifierKey.Kind = type == 1 ? .ed25519 : type == 4 ? .cosignature : .unsupported(type)
        try archive.folder.write("\(signer)\n\(try disguised(log, "s.example", kind))\n", to: "public-keys/signers")
        try expectRefused("E-KEY-ROLE")
    }

    @Test func `One key under two names in one role is refused`() throws {
        try archive.folder.write(
            "\(signer)\n\(try disguised(signer, "other.example", .ed25519))\n", to: "public-keys/signers")
        try expectRefused("E-KEY-ROLE")
        try archive.folder.write("\(signer)\n", to: "public-keys/signers")
        try FileManager.default.removeItem(atPath: keys + "/policy")
        try archive.folder.write("\(try disguised(log, "other.example", .ed25519))\n", to: "public-keys/log-2.vkey")
        try expectRefused("E-KEY-ROLE")
    }

    @Test func `A key that has a role in the store is pinned in no other, and a store with such a key is refused`()
        throws
    {
        let other = try disguised(signer, "other.example/log", .ed25519)
        try archive.folder.write("\(other)\n", to: "other/log.vkey")
        let before = archive.folder("config/provenance/keys")
        let names = try FileManager.default.contentsOfDirectory(atPath: before)
        let pin = try archive.run("key", "pin", archive.folder("other"), exits: 2)
        #expect(pin.stderr.contains("E-KEY-ROLE") && pin.stderr.contains(signer.name), "\(pin)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: before) == names)
        // As a witness, in a policy of another log.
        let stranger = try VerifierKey(
            name: "s.example", kind: .ed25519, publicKey: try publicKey(7))
        try FileManager.default.removeItem(atPath: archive.folder("other"))
        let witness = try disguised(log, "w.example", .cosignature)
        try archive.folder.write("log \(stranger)\nwitness w \(witness)\nquorum w\n", to: "other/policy")
        try archive.run("key", "pin", archive.folder("other"), exits: 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: before) == names)
        // Put there by hand, it makes the whole store invalid, for the other log too.
        try archive.folder.write(
            "log \(stranger)\nwitness w \(witness)\nquorum w\n", to: "config/provenance/keys/other/policy")
        for line in [["status"], ["verify", postPath(0)], ["key", "list"]] {
            let ended = try archive.run(line, exits: 2)
            #expect(ended.stderr.contains("E-KEY-ROLE"), "\(ended)")
        }
        // One witness may serve many logs.
        let shared = try VerifierKey(name: "w.example", kind: .cosignature, publicKey: try publicKey(8))
        try archive.folder.write(
            "log \(stranger)\nwitness w \(shared)\nquorum none\n", to: "config/provenance/keys/other/policy")
        let third = try VerifierKey(name: "t.example", kind: .ed25519, publicKey: try publicKey(9))
        try archive.folder.write(
            "log \(third)\nwitness other-name \(shared)\nquorum none\n", to: "third/policy")
        try archive.run("key", "pin", archive.folder("third"), exits: 0)
        try archive.run("status", exits: 0)
    }

    @Test func `init makes nothing with one private key in both roles, or in a role that the store knows otherwise`()
        throws
    {
        try FileManager.default.createDirectory(
            atPath: archive.folder("new/keys"), withIntermediateDirectories: true)
        let copy = { (from: String, to: String) in
            try FileManager.default.copyItem(
                atPath: archive("keys/\(from).key.pem"), toPath: archive.folder("new/keys/\(to).key.pem"))
        }
        let new = archive.folder("new")
        let stranger = ["XDG_CONFIG_HOME": archive.folder("stranger")]
        try copy("log", "log")
        try copy("log", "signer")
        let both = try archive.run("init", "--origin", "new.example", new, exits: 2, environment: stranger)
        #expect(both.stderr.contains("E-KEY-ROLE"), "\(both)")
        for role in ["log", "signer"] { try FileManager.default.removeItem(atPath: new + "/keys/\(role).key.pem") }
        try copy("signer", "log")
        let known = try archive.run("init", "--origin", "new.example", new, exits: 2)
        #expect(known.stderr.contains("E-KEY-ROLE"), "\(known)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: new) == ["keys"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: new + "/keys") == ["log.key.pem"])
    }

    @Test func `add signs nothing with one key in both roles, and audit says it of what is published`() throws {
        for ending in ["key.pem", "pub.pem"] {
            try archive.remove("keys/signer." + ending)
            try FileManager.default.copyItem(
                atPath: archive("keys/log." + ending), toPath: archive("keys/signer." + ending))
        }
        let text = "\(try disguised(log, CommandLineArchive.origin + "/signer", .ed25519))\n"
        for name in ["signer.vkey", "signers"] { try archive.write(text, to: "keys/" + name) }
        try archive.write(samplePost(2), to: postPath(2))
        let size = try archive.size()
        let adding = try archive.run("add", "_posts", exits: 2)
        #expect(adding.stderr.contains("E-KEY-ROLE"), "\(adding)")
        #expect(try archive.size() == size)
        let audit = try archive.run("audit", exits: 2)
        #expect(audit.stdout.contains("E-KEY-ROLE"), "\(audit)")
    }
}
