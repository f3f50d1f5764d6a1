import ProvenanceOpenSSL
import TestSupport
import Testing

@Suite("Ed25519 cases of Wycheproof") struct WycheproofTests {
    struct File: Decodable {
        let numberOfTests: Int
        let testGroups: [Group]
    }

    struct Group: Decodable {
        let publicKey: Key
        let publicKeyPem: String
        let tests: [Case]
    }

    struct Key: Decodable { let pk: String }

    struct Case: Decodable {
        let tcId: Int
        let comment: String
        let msg: String
        let sig: String
        let result: String
    }

    @Test("all 151 end as stated, with the key from bytes and from PEM")
    func all() throws {
        guard let file = try Shared.json(File.self, "vectors/C2SP-wycheproof/ed25519_test.json") else { return }
        let verifier = try ReusedVerifier()
        var count = 0
        for group in file.testGroups {
            let key = try Ed25519PublicKey(raw: try #require([UInt8](hex: group.publicKey.pk)))
            let fromPEM = try Ed25519PublicKey.load(pem: Array(group.publicKeyPem.utf8))
            #expect(fromPEM.raw == key.raw)
            for item in group.tests {
                let message = try #require([UInt8](hex: item.msg))
                let signature = try #require([UInt8](hex: item.sig))
                #expect(item.result == "valid" || item.result == "invalid")
                let verdict = verifier.verify(signature: signature, of: message, under: key)
                #expect(verdict == (item.result == "valid"), "case \(item.tcId): \(item.comment)")
                count += 1
            }
        }
        #expect(count == 151)
        #expect(file.numberOfTests == 151)
    }
}
