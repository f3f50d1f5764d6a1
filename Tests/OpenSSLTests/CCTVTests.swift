import ProvenanceOpenSSL
import TestSupport
import Testing

/// C2SP's edge cases of Ed25519, each with flags for its peculiarities.
struct CCTVCase: Decodable, Sendable {
    static let file = "vectors/C2SP-CCTV/ed25519/ed25519vectors.json"

    let number: Int
    let key: String
    let sig: String
    let msg: String
    let flags: [String]?

    func has(_ flag: String) -> Bool { flags?.contains(flag) ?? false }
}

@Suite("Ed25519 edge cases of C2SP CCTV") struct CCTVTests {
    @Test("this libcrypto alone accepts 208 and refuses 706, by one rule")
    func split() throws {
        guard let cases = try Shared.json([CCTVCase].self, CCTVCase.file) else { return }
        #expect(cases.count == 914)
        var accepted = 0
        for item in cases {
            let verdict = Ed25519PublicKey.rawVerdict(
                key: try #require([UInt8](hex: item.key)), signature: try #require([UInt8](hex: item.sig)),
                message: Array(item.msg.utf8))
            // Cofactorless, and R compared as bytes.
            let expected = !item.has("low_order_residue") && !item.has("non_canonical_R")
            #expect(verdict == expected, "case \(item.number)")
            if verdict { accepted += 1 }
        }
        #expect(accepted == 208)
    }

    @Test("our loader refuses every key of low order and every other spelling before that")
    func loader() throws {
        guard let cases = try Shared.json([CCTVCase].self, CCTVCase.file) else { return }
        var refused = 0
        var verified = 0
        let verifier = try ReusedVerifier()
        for item in cases {
            let raw = try #require([UInt8](hex: item.key))
            let isOdd = item.has("low_order_A") || item.has("non_canonical_A")
            if isOdd {
                #expect(throws: OpenSSLError.self, "case \(item.number)") { try Ed25519PublicKey(raw: raw) }
                refused += 1
                continue
            }
            let key = try Ed25519PublicKey(raw: raw)
            let signature = try #require([UInt8](hex: item.sig))
            let verdict = verifier.verify(signature: signature, of: Array(item.msg.utf8), under: key)
            #expect(verdict == (!item.has("low_order_residue") && !item.has("non_canonical_R")), "case \(item.number)")
            if verdict { verified += 1 }
        }
        #expect(refused > 0)
        #expect(verified > 0)
    }
}
