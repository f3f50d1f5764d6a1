import Foundation
import ProvenanceEncoding
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification
import SampleLogs
import TestSupport
import Testing

@testable import ProvenanceArchive
@testable import ProvenanceInspection

@Suite("What an audit takes for proven")
struct AuditTests {
    let keys: SampleKeys
    let trust: Trust

    init() throws {
        keys = try SampleKeys()
        trust = try keys.trust()
    }

    private func audit(
        _ archive: SampleArchive, trust: Trust? = nil, since: [(note: [UInt8], name: String)] = []
    ) throws -> ArchiveAudit.Report {
        let trust = trust ?? self.trust
        return try ArchiveAudit.run(try archive.view(trust), since: since, trust: trust)
    }

    /// Replaces the register's bytes.
    private func replace(_ archive: SampleArchive, _ body: (String) throws -> Void) throws {
        let path = archive.folder(archive.register)
        try FileManager.default.removeItem(atPath: path)
        try body(path)
    }

    @Test("an archive as `add` leaves it: everything is proven")
    func whole() throws {
        let report = try audit(try SampleArchive(keys: keys))
        #expect(report.status == .verified)
        #expect(report.problems.isEmpty)
        #expect(report.counts.count(.registers, .proven) == 1)
        #expect(report.counts.count(.signature, .proven) == 2)
    }

    @Test("an unreadable key-life entry makes every signature unknown, and what depends on them")
    func keyLife() throws {
        let entry = Array("provenance/key@v7\nrevoke everything\n".utf8)
        let report = try audit(try SampleArchive(keys: keys, extra: [entry]))
        #expect(report.status == .inconclusive)
        #expect(report.counts.count(.signature, .proven) == 0)
        #expect(report.counts.count(.signature, .unknown) == 3)
        #expect(report.counts.count(.registers, .proven) == 0)
        #expect(report.counts.count(.registers, .unknown) == 1)
        #expect(report.problems.contains { $0.code == "E-KEY-LIFE-UNREADABLE" })
    }

    @Test("a register is no better than the checkpoint and the signature above it")
    func registers() throws {
        let unpinned = try audit(try SampleArchive(keys: keys), trust: .nothing)
        #expect(unpinned.counts.count(.registers, .proven) == 0)
        #expect(unpinned.counts.count(.registers, .unknown) == 1)
        let stranger = try audit(try SampleArchive(keys: keys, signer: try SampleKeys(seed: 60)))
        #expect(stranger.counts.count(.checkpoint, .proven) == 1)
        #expect(stranger.counts.count(.registers, .proven) == 0)
        #expect(stranger.counts.count(.registers, .unknown) == 1)
    }

    @Test("withheld lines are counted and their file is named")
    func withheld() throws {
        let archive = try SampleArchive(keys: keys, withheld: true)
        let report = try audit(archive)
        #expect(report.counts.count(.registers, .proven) == 1)
        #expect(report.remarks.contains { $0.contains(archive.register) && $0.contains("1 of 2 lines") })
    }

    @Test("a register that is not there or cannot be read is unknown; another one is forged, with advice")
    func otherRegisters() throws {
        let absent = try SampleArchive(keys: keys)
        try replace(absent) { _ in }
        #expect(try audit(absent).counts.count(.registers, .unknown) == 1)

        let folder = try SampleArchive(keys: keys)
        try replace(folder) { try FileManager.default.createDirectory(atPath: $0, withIntermediateDirectories: false) }
        let link = try SampleArchive(keys: keys)
        try replace(link) { try FileManager.default.createSymbolicLink(atPath: $0, withDestinationPath: "/dev/zero") }
        for archive in [folder, link] {
            let report = try audit(archive)
            #expect(report.status == .inconclusive)
            #expect(report.counts.count(.registers, .unknown) == 1)
            let problem = try #require(report.problems.first)
            #expect(problem.code == "E-REGISTER-MISSING" && problem.place == archive.register)
            var posts = 0
            let view = try archive.view(trust)
            try LogEvents.scan(view.reader, registers: view.archive.registers) {
                if case .post = $0 { posts += 1 }
            }
            #expect(posts == 1)
        }

        let forged = try SampleArchive(keys: keys)
        try replace(forged) { try Data("{\"roots\":[\".\"]}\n".utf8).write(to: URL(fileURLWithPath: $0)) }
        let problem = try #require(try audit(forged).problems.first)
        #expect(problem.code == "E-REGISTER-FORGED" && problem.advice?.contains("backup") == true)
    }

    @Test("an earlier checkpoint that a pinned key did not sign as it stands fails; a file that is none is an error")
    func since() throws {
        let archive = try SampleArchive(keys: keys)
        let same = try audit(archive, since: [(archive.note, "same")])
        #expect(same.status == .verified)
        #expect(same.counts.count(.consistency, .proven) == 1)

        let note = try SignedNote(parsing: archive.note)
        var signature = note.signatures[0].signature
        signature[63] ^= 1
        let wrong = SignedNote(
            text: note.text,
            signatures: [
                NoteSignature(name: note.signatures[0].name, keyID: note.signatures[0].keyID, signature: signature)
            ]
        ).encoded()
        let report = try audit(archive, since: [(wrong, "wrong")])
        #expect(report.status == .failed)
        #expect(report.counts.count(.consistency, .failed) == 1)
        #expect(report.problems.contains { $0.code == "E-CHECKPOINT-INVALID" && $0.place == "wrong" })

        let problem = #expect(throws: Problem.self) { try audit(archive, since: [(Array("words\n".utf8), "none")]) }
        #expect(problem?.code == "E-MALFORMED")
        #expect(problem?.status == .environment)
    }

    @Test("a proof of a record whose signature is wrong is not made")
    func proofs() throws {
        let good = try SampleArchive(keys: keys)
        let place = RawPath(good.folder(SampleArchive.post))
        #expect(try ProofMaker.make(try good.view(trust), place: place, name: "a.md").index == 0)
        // The pinned signer's name and key ID with another key's signature.
        let bad = try SampleArchive(keys: keys, signatureFlipped: true)
        let problem = #expect(throws: Problem.self) {
            try ProofMaker.make(
                try bad.view(trust), place: RawPath(bad.folder(SampleArchive.post)), name: "a.md")
        }
        #expect(problem?.status == .failed)
    }

    @Test("titles are not read through a folder that has become a link")
    func titles() throws {
        func title(_ archive: SampleArchive) throws -> String? {
            try archive.view(trust).index().entries([0])[0]?.title
        }
        let archive = try SampleArchive(keys: keys)
        #expect(try title(archive) == "Post 0")
        try FileManager.default.moveItem(atPath: archive.folder("_posts/d"), toPath: archive.folder("elsewhere"))
        try FileManager.default.createSymbolicLink(
            atPath: archive.folder("_posts/d"), withDestinationPath: "../elsewhere")
        #expect(try title(archive) == nil)
    }

    @Test("exported manifests are passed over only when our key did not sign them, and read every time")
    func manifests() throws {
        let archive = try SampleArchive(keys: keys)
        let folder = try archive.view(trust).archive
        let (own, stranger) = (try keys.logKey(), try SampleKeys(seed: 50))
        try archive.folder.write("{\"somebody\":\"else's\"}", to: "Manifests/foreign.json")
        try archive.folder.write("", to: "Manifests/empty.json")
        try archive.folder.write(try SampleLog(9, keys: stranger).range(), to: "Manifests/stranger.json")
        #expect(try ExportedCheckpoints(folder).all(signedBy: own).isEmpty)

        let manifest = try SampleLog(5, keys: keys).range()
        try archive.folder.write(manifest, to: "Manifests/own.json")
        // The note that version 0.1.0 kept of manifests it had read has no effect.
        try archive.folder.write(
            "b3duLmpzb24= 1:1 00000000 9 \(String(repeating: "0", count: 64))\n", to: ".provenance/manifests-seen")
        for _ in 0..<2 { #expect(try ExportedCheckpoints(folder).all(signedBy: own).map(\.checkpoint.size) == [5]) }
        #expect(try ExportedCheckpoints(folder).all(signedBy: try stranger.logKey()).map(\.checkpoint.size) == [9])
        // One tree in two manifests is compared once; another tree of the same size is compared too.
        try archive.folder.write(manifest, to: "Manifests/again.json")
        #expect(try ExportedCheckpoints(folder).all(signedBy: own).count == 1)

        var members = try #require(CanonicalJSON.decode(manifest)?.members)
        let note = try #require(members["checkpoint"]?.string)
        members["checkpoint"] = .string(note.replacing("\n5\n", with: "\n6\n"))
        try archive.folder.write(CanonicalJSON.encode(.object(members)), to: "Manifests/own.json")
        #expect(throws: Problem.self) { try ExportedCheckpoints(folder).all(signedBy: own) }
    }
}
