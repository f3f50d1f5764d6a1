import Foundation
import ProvenanceNote
import ProvenanceOpenSSL
import TestSupport
import Testing

/// Pinned means obtained from outside the archive under test. The archive's own keys are shown, never trusted.
@Suite struct TrustTests {
    /// Two archives of one origin: the second is the first one rewritten, with a post altered, under new keys.
    private struct Rewritten {
        let archive: CommandLineArchive
        let pinned: String
        let post: String
        /// The configuration of someone who pinned the keys of the original archive.
        let auditor: [String: String]
        /// The configuration of someone who pinned nothing.
        let stranger: [String: String]

        init() throws {
            archive = try CommandLineArchive.withSamples()
            post = try #require(archive.files(below: "_posts").last)
            pinned = try archive.pinnableKeys()
            auditor = ["XDG_CONFIG_HOME": archive.folder("config")]
            stranger = ["XDG_CONFIG_HOME": archive.folder("stranger")]
            for name in ["log", "keys", "accessions", ".provenance", "Manifests"] { try archive.remove(name) }
            try archive.overwrite(post, with: try archive.read(post) + Array("added later\n".utf8))
            let forger = ["XDG_CONFIG_HOME": archive.folder("forger")]
            try archive.run("init", "--origin", CommandLineArchive.origin, exits: 0, environment: forger)
            try archive.run("add", "_posts", "archived", exits: 0, environment: forger)
            try archive.run("export", "-o", "Manifests/1.json", exits: 0, environment: forger)
            try archive.run("prove", post, "-o", "p.tlog-proof", exits: 0, environment: forger)
            // With its maker's keys all of it verifies.
            try archive.run("verify", post, exits: 0, environment: forger)
            try archive.run("audit", exits: 0, environment: forger)
        }

        var lines: [[String]] {
            [
                ["verify", post], ["verify", "_posts"], ["verify", "Manifests/1.json"],
                ["verify", "Manifests/1.json", "--posts", "."], ["verify", "--proof", "p.tlog-proof", post],
                ["verify", "--proof", "p.tlog-proof"], ["audit"], ["audit", "--since", "Manifests/1.json"], ["status"],
            ]
        }
    }

    @Test
    func `A log rewritten under new keys is verified by nobody who pinned the old ones, and by nobody who pinned none`()
        throws
    {
        let rewritten = try Rewritten()
        for line in rewritten.lines {
            let byStore = try rewritten.archive.run(line, exits: nil, environment: rewritten.auditor)
            #expect([1, 2, 3].contains(byStore.status), "\(line)\n\(byStore)")
            #expect(!byStore.stdout.contains("VERIFIED"), "\(line)\n\(byStore)")
            let byFolder = try rewritten.archive.run(
                line + ["--keys", rewritten.pinned], exits: nil, environment: rewritten.stranger)
            #expect([1, 2, 3].contains(byFolder.status), "\(line)\n\(byFolder)")
            #expect(!byFolder.stdout.contains("VERIFIED"), "\(line)\n\(byFolder)")
            let byNone = try rewritten.archive.run(line, exits: 3, environment: rewritten.stranger)
            #expect(byNone.stdout.contains("INCONCLUSIVE"), "\(line)\n\(byNone)")
        }
    }

    @Test func `Pinning the new keys over the old ones is refused, and leaves the old ones`() throws {
        let rewritten = try Rewritten()
        let ended = try rewritten.archive.run("key", "pin", "keys", exits: 2, environment: rewritten.auditor)
        #expect(ended.stderr.contains("E-KEY-EXISTS"), "\(ended)")
        try rewritten.archive.run("verify", rewritten.post, exits: 3, environment: rewritten.auditor)
    }

    @Test func `The old manifest still verifies by itself, and convicts the rewritten archive`() throws {
        let archive = try CommandLineArchive.withSamples()
        try archive.run("export", "-o", "m.json", exits: 0)
        let pinned = try archive.pinnableKeys()
        let post = try #require(archive.files(below: "_posts").last)
        for name in ["log", "keys", "accessions", ".provenance"] { try archive.remove(name) }
        try archive.overwrite(post, with: try archive.read(post) + Array("added later\n".utf8))
        let forger = ["XDG_CONFIG_HOME": archive.folder("forger")]
        try archive.run("init", "--origin", CommandLineArchive.origin, exits: 0, environment: forger)
        try archive.run("add", "_posts", "archived", exits: 0, environment: forger)
        try archive.run("verify", "m.json", "--keys", pinned, exits: 0, environment: forger)
        let ended = try archive.run("verify", "m.json", "--keys", pinned, "--posts", ".", exits: 1, environment: forger)
        #expect(ended.stdout.contains("E-ALTERED") && ended.stdout.contains(post), "\(ended)")
    }

    @Test func `A swapped signer key signs nothing that verifies, and a swapped log key signs nothing at all`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.copy("keys", to: "good-keys")
        func swap(_ role: String, _ name: String, keeping: [String] = []) throws {
            try archive.restore("keys", from: "good-keys")
            for ending in ["key.pem", "pub.pem", "vkey"] where !keeping.contains(ending) {
                try archive.remove("keys/\(role).\(ending)")
            }
            try archive.run("key", "generate", role, "--name", name, "-o", "new-\(role)", exits: 0)
            for ending in ["key.pem", "pub.pem", "vkey"] where !keeping.contains(ending) {
                try FileManager.default.copyItem(
                    atPath: archive("new-\(role)/\(role).\(ending)"), toPath: archive("keys/\(role).\(ending)"))
            }
            try archive.remove("new-\(role)")
        }
        try archive.write(samplePost(7), to: postPath(7))
        let before = try archive.size()

        // A private key that does not match the published public key signs nothing.
        try swap("signer", CommandLineArchive.origin + "/signer", keeping: ["vkey", "pub.pem"])
        let half = try archive.run("add", "_posts", exits: 2)
        #expect(half.stderr.contains("E-KEY"), "\(half)")
        try swap("log", CommandLineArchive.origin, keeping: ["vkey", "pub.pem"])
        try archive.run("add", "_posts", exits: 2)
        // Both halves of the log's pair: the present checkpoint is not by this key.
        try swap("log", CommandLineArchive.origin)
        let log = try archive.run("add", "_posts", exits: 1)
        #expect(log.stderr.contains("E-CHECKPOINT-INVALID"), "\(log)")
        #expect(try archive.size() == before, "nothing was published")

        // Both halves of the signer's pair: the log accepts it, but those who pinned the old key do not.
        try swap("signer", CommandLineArchive.origin + "/signer")
        try archive.run("add", "_posts", exits: 0)
        let verdict = try archive.run("verify", postPath(7), exits: 3)
        #expect(verdict.stdout.contains("E-KEY-NOT-PINNED"), "\(verdict)")
        try archive.run("verify", postPath(0), exits: 0)
        // The audit says what cannot be proven, and that keys/ does not list the key that signs.
        let audit = try archive.run("audit", exits: 2)
        #expect(audit.stdout.contains("keys/signers"), "\(audit)")
        try archive.restore("keys", from: "good-keys")
        try archive.run("audit", exits: 3)
    }

    @Test func `A quorum of witnesses that is not met is 3`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("export", "-o", "m.json", exits: 0)
        try archive.run("prove", postPath(0), "-o", "p.tlog-proof", exits: 0)
        let keys = try archive.pinnableKeys()
        let log = String(decoding: try archive.read("keys/log.vkey"), as: UTF8.self).filter { $0 != "\n" }
        let witness = try VerifierKey(
            name: "witness.example", kind: .cosignature,
            publicKey: try Ed25519PrivateKey(seed: Array(0..<32)).publicKey.raw)
        try archive.folder.write(
            "log \(log)\nwitness one \(witness)\nquorum one\n", to: "public-keys/policy")
        let stranger = ["XDG_CONFIG_HOME": archive.folder("stranger")]
        for line in [
            ["verify", postPath(0)], ["verify", "m.json"], ["verify", "--proof", "p.tlog-proof", postPath(0)],
            ["audit"], ["status"],
        ] {
            let ended = try archive.run(line + ["--keys", keys], exits: 3, environment: stranger)
            #expect(!ended.stdout.contains("VERIFIED"), "\(ended)")
        }
        let ended = try archive.run("verify", postPath(0), "--keys", keys, exits: 3, environment: stranger)
        #expect(ended.stdout.contains("E-QUORUM"), "\(ended)")
        // In the store a policy counts as well.
        try archive.run("key", "pin", keys, exits: 0, environment: stranger)
        try archive.run("verify", postPath(0), exits: 3, environment: stranger)
    }

    /// Points of low order: anyone can make signatures that verify for them, or one that fits many messages.
    static let lowOrder = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]

    @Test(arguments: lowOrder, ["log.vkey", "signer.vkey", "signers"])
    func `A pinned key of low order is refused`(hex: String, file: String) throws {
        let archive = try CommandLineArchive.withPosts(1)
        let keys = try archive.pinnableKeys()
        let name = file == "log.vkey" ? CommandLineArchive.origin : CommandLineArchive.origin + "/signer"
        let key = try #require([UInt8](hex: hex))
        let id = SHA256.hash(Array((name + "\n").utf8) + [1] + key).bytes.prefix(4)
        let blob = Data([1] + key).base64EncodedString()
        try archive.folder.write("\(name)+\(Array(id).hex)+\(blob)\n", to: "public-keys/" + file)
        if file == "log.vkey" { try FileManager.default.removeItem(atPath: archive.folder("public-keys/policy")) }
        let ended = try archive.run("verify", postPath(0), "--keys", keys, exits: 2)
        #expect(ended.stderr.contains("E-KEY"), "\(ended)")
        #expect(ended.stderr.contains(file), "\(ended)")
        try archive.run("key", "pin", keys, exits: 2)
    }

    @Test func `A folder of keys that holds none is a mistake, not trust in nothing`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try FileManager.default.createDirectory(atPath: archive("nokeys"), withIntermediateDirectories: false)
        try archive.run("verify", postPath(0), "--keys", "nokeys", exits: 2)
        try archive.run("verify", postPath(0), "--keys", "absent", exits: 2)
    }
}
