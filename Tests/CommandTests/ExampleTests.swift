import Foundation
import TestSupport
import Testing

/// The repository is itself an example: keys/ and Manifests/ are what README.md's third line verifies.
@Suite struct ExampleTests {
    private func verify(_ arguments: String...) throws -> Ended {
        let empty = try TemporaryFolder()
        return try run(
            productsFolder + "/provenance", arguments: ["verify"] + arguments,
            environment: ["XDG_CONFIG_HOME": empty.path, "NO_COLOR": "1"], folder: Shared.packageFolder)
    }

    @Test func `the committed manifest holds for the sample posts`() throws {
        let ended = try verify("Manifests/samples.json", "--keys", "keys", "--posts", "Tests/Samples")
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.stdout.contains("VERIFIED: 15 entries, the range 0 to 14 of provenance.example/samples"))
    }

    @Test func `without keys from elsewhere it proves nothing`() throws {
        let ended = try verify("Manifests/samples.json")
        #expect(ended.status == 3, "\(ended)")
        #expect(ended.stderr.contains("provenance key pin"))
    }

    @Test func `the committed bundle holds, with the verifiers of this version`() throws {
        let ended = try verify("Manifests/samples", "--keys", "keys")
        #expect(ended.status == 0, "after a change of a verifier: Scripts/example\n\(ended)")
        #expect(ended.stdout.contains("VERIFIED: 15 entries of provenance.example/samples, the range 0..14"))
    }

    @Test func `README begins with that line`() throws {
        let text = try String(contentsOfFile: Shared.packageFolder + "/README.md", encoding: .utf8)
        let opening = text.split(separator: "\n").prefix(3).joined(separator: "\n")
        #expect(opening.contains("provenance verify Manifests/samples.json --keys keys --posts Tests/Samples"))
    }

    @Test func `no private key is in the repository`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Shared.packageFolder + "/keys")
        #expect(
            Set(names) == ["log.vkey", "signer.vkey", "log.pub.pem", "signer.pub.pem", "policy", "signers"],
            "Scripts/example keeps only these")
    }
}
