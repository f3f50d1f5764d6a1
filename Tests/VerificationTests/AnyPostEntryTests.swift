import ProvenanceEncoding
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification
import SampleLogs
import Testing

/// Entries that record any post, as an auditor examines them.
@Suite struct AnyPostEntryTests {
    private static let text = "---\nlink: https://harbour.example/1\ndate: 2024-03-05 07:30\n---\nText\n"

    private func entry(_ keys: SampleKeys, log: String, change: (String) -> String = { $0 }) throws -> [UInt8] {
        let bytes = Array(Self.text.utf8)
        let name = SampleKeys.origin + "/signer"
        let record = try PostStatement(of: bytes, by: ReadingRules(sourceKeys: ["link"], recordsV2: true))
            .record(of: bytes, signer: name, log: log, recorded: 1)
        var signer = try NoteSigner(name: name, key: keys.signer)
        return try signer.sign(Array(change(String(decoding: record.encoded(), as: UTF8.self)).utf8))
    }

    private func examine(_ entry: [UInt8], _ keys: SampleKeys) throws -> EntryExamination {
        let key = try VerifierKey(
            name: SampleKeys.origin + "/signer", kind: .ed25519, publicKey: keys.signer.publicKey.raw)
        var examiner = try EntryExaminer(signers: [key], origin: SampleKeys.origin)
        return examiner.examine(entry[...], index: 0)
    }

    @Test func `A record of this log is proven, and one of another log failed`() throws {
        let keys = try SampleKeys()
        let sound = try examine(try entry(keys, log: SampleKeys.origin), keys)
        #expect(sound.signature.standing == .proven && sound.post?.sourceKey == "link")
        // One signer in two logs: the entry cannot be replayed from one into the other.
        let other = try examine(try entry(keys, log: SampleKeys.origin + ".example"), keys)
        #expect(other.signature.standing == .failed && other.post == nil)
        guard case .malformed(let problem) = other.kind else {
            Issue.record("\(other.kind)")
            return
        }
        #expect(problem.code == "E-ENTRY-MALFORMED")
    }

    @Test func `A form of later is a post, and a word that is none makes the entry malformed`() throws {
        let keys = try SampleKeys()
        let later = try examine(
            try entry(keys, log: SampleKeys.origin) { $0.replacing("form html", with: "form toml") }, keys)
        #expect(later.post?.form == .later("toml") && later.signature.standing == .proven)
        let none = try examine(
            try entry(keys, log: SampleKeys.origin) { $0.replacing("form html", with: "form Html") }, keys)
        #expect(none.post == nil && none.signature.standing == .failed)
    }
}
