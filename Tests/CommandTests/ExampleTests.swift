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

    @Test func `the committed bundle holds, with the verifiers of 0.1.0`() throws {
        let ended = try verify("Manifests/samples", "--keys", "keys")
        #expect(ended.status == 0, "\(ended)")
        #expect(ended.stdout.contains("VERIFIED: 15 entries of provenance.example/samples, the range 0..14"))
    }

    /// A released version's verifiers stay known, so that its bundles are still accepted. Digests written here once
    /// more show that the copies are those of 0.1.0.
    @Test(arguments: [
        ("verify.sh", "10d94ffb1498b3f7d467d4e3d5a27c445cc1e9346c5a27162fa6e6f08213bdbc"),
        ("VERIFY.md", "fd499be795d13527af236323a2170c462bf762cd2f7c56c34c2132dce75b576f"),
        // With its data.
        ("evidence.html", "4bf2a23387262d0d4d571c20deadad06f370b88f530d4739508a529a96a640f1"),
    ])
    func `the verifiers of the committed bundle are those of 0_1_0, and a changed one is not known`(
        name: String, digest: String
    ) throws {
        let original = Shared.packageFolder + "/Manifests/samples"
        #expect(try TestSupport.run("sha256sum", original + "/" + name).stdout.hasPrefix(digest))
        let folder = try TemporaryFolder()
        let copy = folder.path + "/samples"
        try FileManager.default.copyItem(atPath: original, toPath: copy)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: copy + "/" + name))
        try (bytes + Data("\n".utf8)).write(to: URL(fileURLWithPath: copy + "/" + name))
        let ended = try verify(copy, "--keys", "keys")
        #expect(ended.status == 1, "\(ended)")
        #expect(ended.stdout.contains("E-VERIFIER-UNKNOWN  \(name)"), "\(ended)")
        // Under another name it is not accepted either.
        let other = name == "verify.sh" ? "VERIFY.md" : "verify.sh"
        try bytes.write(to: URL(fileURLWithPath: copy + "/" + other))
        #expect(try verify(copy, "--keys", "keys").stdout.contains("E-VERIFIER-UNKNOWN  \(other)"))
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
