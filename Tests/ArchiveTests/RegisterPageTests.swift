import Foundation
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceRecording
import ProvenanceSystem
import ProvenanceVerification
import Synchronization
import TestSupport
import Testing

/// Documentation/formats/register.md: the program writes its known answers for fixed keys, clock and salts.
@Suite struct RegisterPageTests {
    private static let origin = "archive.example/news"
    /// 2025-01-01T00:00:00Z.
    private static let clock: Int64 = 1_735_689_600_000
    /// The files that are no posts; the posts are those of record.md.
    private static let broken = Array("no front matter\n".utf8)

    /// The code block of a name on a page, each line with its LF.
    private static func block(_ name: String, _ page: String) throws -> [UInt8] {
        let text = try String(contentsOfFile: Shared.packageFolder + "/Documentation/formats/" + page, encoding: .utf8)
        let start = try #require(text.range(of: "\n```\(name)\n"), "\(name)")
        let end = try #require(text.range(of: "\n```", range: start.upperBound..<text.endIndex))
        return Array((text[start.upperBound..<end.lowerBound] + "\n").utf8)
    }

    private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.split(separator: 0x0a, omittingEmptySubsequences: false).dropLast().map(Array.init)
    }

    private static func key(_ seed: String) throws -> Ed25519PrivateKey {
        try Ed25519PrivateKey(seed: SHA256.hash(Array(seed.utf8)).bytes)
    }

    /// The archive of the page, after both accessions.
    private struct Made {
        let folder: TemporaryFolder
        let view: LogView
        let registers: [Digest]

        init() throws {
            let folder = try TemporaryFolder()
            let post = try RegisterPageTests.block("post", "record.md")
            try folder.write(post, to: "_posts/ferry.md")
            try folder.write(post, to: "_posts/ferry copy.md")
            try folder.write(Array(try RegisterPageTests.block("stub", "record.md").dropLast()), to: "_posts/stub.md")
            try folder.write(RegisterPageTests.broken, to: "_posts/broken.md")
            try DurableFile.replace(
                RawPath(Array((folder.path + "/_posts/").utf8) + [0xe9] + Array(".md".utf8)),
                with: RegisterPageTests.broken)
            for (role, seed) in [("log", "provenance test log"), ("signer", "provenance test signer")] {
                let path = try folder.write(
                    try RegisterPageTests.key(seed).pem(passphrase: nil), to: "keys/\(role).key.pem")
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            }
            // The salts count up: 00 01 02 … of the first file, 10 11 12 … of the second.
            let next = Mutex<UInt8>(0)
            let environment = Environment(
                clock: { RegisterPageTests.clock },
                random: { count in
                    next.withLock { byte in
                        let first = byte
                        byte = byte &+ UInt8(truncatingIfNeeded: count)
                        return (0..<count).map { first &+ UInt8(truncatingIfNeeded: $0) }
                    }
                },
                currentFolder: RawPath(folder.path), keyStore: nil)
            let archive = try Initialization.run(
                RawPath(folder.path), origin: RegisterPageTests.origin, passphrase: nil, environment
            ).archive
            _ = try Recorder.run(["_posts"], archive: archive, options: .init(version: "0.1.0"), environment)
            _ = try Recorder.run(
                ["_posts"], archive: archive, options: .init(heartbeat: true, version: "0.1.0"), environment)
            self.folder = folder
            view = try LogView(archive, trust: .nothing)
            var registers: [Digest] = []
            try LogEvents.scan(view.reader, registers: view.archive.registers) { event in
                if case .accession(_, let record, let outcome) = event {
                    #expect(outcome == .authentic(withheld: 0))
                    registers.append(record.register)
                }
            }
            self.registers = registers
        }
    }

    @Test func `the program writes what the page says`() throws {
        let made = try Made()
        #expect(made.view.size == 4)
        #expect(made.registers.count == 2)
        for (number, (register, accession)) in [("register", "accession"), ("heartbeat-register", "heartbeat")]
            .enumerated()
        {
            let file = try made.folder.read("accessions/\(made.registers[number].hex).jsonl")
            let page = try RegisterPageTests.block(register, "register.md")
            #expect(file == page, "\(String(decoding: file, as: UTF8.self))")
            let entry = try made.view.reader.entry(UInt64(2 + number))
            #expect(
                entry == (try RegisterPageTests.block(accession, "register.md")),
                "\(String(decoding: entry, as: UTF8.self))")
        }
        let checkpoint = try made.folder.read("log/checkpoint")
        #expect(
            checkpoint == (try RegisterPageTests.block("checkpoint", "register.md")),
            "\(String(decoding: checkpoint, as: UTF8.self))")
    }

    @Test func `the keys are these`() throws {
        let values = String(decoding: try RegisterPageTests.block("keys", "register.md"), as: UTF8.self)
        for (name, seed) in [("", "provenance test log"), ("/signer", "provenance test signer")] {
            let key = try VerifierKey(
                name: RegisterPageTests.origin + name, kind: .ed25519,
                publicKey: try RegisterPageTests.key(seed).publicKey.raw)
            #expect(values.contains("\(key)\n"), "\(key)")
        }
    }

    @Test(arguments: ["register", "withheld", "heartbeat-register"])
    func `the lines have the root that the accession states`(name: String) throws {
        let accession = String(
            decoding: try RegisterPageTests.block(
                name == "heartbeat-register" ? "heartbeat" : "accession", "register.md"), as: UTF8.self)
        var range = CompactRange()
        let lines = RegisterPageTests.lines(try RegisterPageTests.block(name, "register.md"))
        for line in lines {
            if line.first == UInt8(ascii: "\"") {
                range.append(try #require(Digest(hex: line.dropFirst().dropLast())))
            } else {
                range.append(MerkleHash.leaf(line))
            }
        }
        let root = range.root
        #expect(accession.contains("\nregister \(root.hex) \(lines.count)\n"), "\(root.hex)")
    }

    @Test func `a register with a line withheld is authentic`() throws {
        let made = try Made()
        let withheld = try RegisterPageTests.block("withheld", "register.md")
        try made.folder.write(withheld, to: "accessions/\(made.registers[0].hex).jsonl")
        var outcomes: [RegisterReader.Outcome] = []
        try LogEvents.scan(made.view.reader, registers: made.view.archive.registers) { event in
            if case .accession(_, _, let outcome) = event { outcomes.append(outcome) }
        }
        #expect(outcomes == [.authentic(withheld: 1), .authentic(withheld: 0)])
    }
}
