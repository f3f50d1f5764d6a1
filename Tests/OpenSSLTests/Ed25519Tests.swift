import ProvenanceOpenSSL
import TestSupport
import Testing

@Suite("Ed25519") struct Ed25519Tests {
    struct KnownAnswer: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let seed: String
        let publicKey: String
        let message: String
        let signature: String
    }

    /// RFC 8032 §7.1.
    static let knownAnswers = [
        KnownAnswer(
            testDescription: "TEST 1",
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            message: "",
            signature:
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                + "d25bf5f0595bbe24655141438e7a100b"),
        KnownAnswer(
            testDescription: "TEST 2",
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            message: "72",
            signature:
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
                + "387b2eaeb4302aeeb00d291612bb0c00"),
        KnownAnswer(
            testDescription: "TEST 3",
            seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            message: "af82",
            signature:
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
                + "4a7c15e9716ed28dc027beceea1ec40a"),
        KnownAnswer(
            testDescription: "TEST SHA(abc)",
            seed: "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            publicKey: "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            message: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
                + "454d4423643ce80e2a9ac94fa54ca49f",
            signature:
                "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
                + "3dca179c138ac17ad9bef1177331a704"),
    ]

    @Test("known answers of RFC 8032 §7.1", arguments: knownAnswers)
    func knownAnswer(_ answer: KnownAnswer) throws {
        let key = try Ed25519PrivateKey(seed: try #require([UInt8](hex: answer.seed)))
        let message = try #require([UInt8](hex: answer.message))
        #expect(key.publicKey.raw.hex == answer.publicKey)
        let signer = try ReusedSigner(key)
        let signature = try signer.sign(message)
        #expect(signature.hex == answer.signature)
        let verifier = try ReusedVerifier()
        #expect(verifier.verify(signature: signature, of: message, under: key.publicKey))
    }

    @Test("one context signs and verifies again and again, slices as well as arrays")
    func reuse() throws {
        let verifier = try ReusedVerifier()
        for _ in 0..<3 {
            for answer in Self.knownAnswers {
                let key = try Ed25519PrivateKey(seed: try #require([UInt8](hex: answer.seed)))
                let message = try #require([UInt8](hex: answer.message))
                let signer = try ReusedSigner(key)
                #expect(try signer.sign(message).hex == answer.signature)
                #expect(try signer.sign(([1, 2] + message + [3])[2..<(2 + message.count)]).hex == answer.signature)
                #expect(try signer.sign([9, 9, 9]).hex != answer.signature)
                let signature = try signer.sign(message)
                #expect(signature.hex == answer.signature)
                #expect(verifier.verify(signature: signature[...], of: message[...], under: key.publicKey))
                // A refusal in between must not affect the context.
                #expect(!verifier.verify(signature: signature, of: message + [0], under: key.publicKey))
                #expect(verifier.verify(signature: signature, of: message, under: key.publicKey))
            }
        }
    }

    @Test("one verifier checks under the key it is given, never under an earlier one")
    func manyKeys() throws {
        let verifier = try ReusedVerifier()
        let keys = try (1...3).map { try Ed25519PrivateKey(seed: [UInt8](repeating: $0, count: 32)) }
        let message = Array("whose?".utf8)
        for signing in [0, 1, 2, 1, 0] {
            let signature = try ReusedSigner(keys[signing]).sign(message)
            for checking in [0, 1, 1, 2, 0] {
                let verdict = verifier.verify(signature: signature, of: message, under: keys[checking].publicKey)
                #expect(verdict == (signing == checking), "signed by \(signing), checked under \(checking)")
            }
        }
        // Keys are freed and made, so that a new one may lie at the address of an old one.
        let signature = try ReusedSigner(keys[0]).sign(message)
        for seed in UInt8(10)..<60 {
            let other = try Ed25519PrivateKey(seed: [UInt8](repeating: seed, count: 32)).publicKey
            #expect(!verifier.verify(signature: signature, of: message, under: try Ed25519PublicKey(raw: other.raw)))
            let same = try Ed25519PublicKey(raw: keys[0].publicKey.raw)
            #expect(verifier.verify(signature: signature, of: message, under: same))
        }
    }

    @Test("a change of any bit of signature, message or key is refused")
    func mutation() throws {
        let key = try Ed25519PrivateKey(seed: [UInt8](repeating: 3, count: 32))
        let message = Array("what must not change".utf8)
        let signer = try ReusedSigner(key)
        let signature = try signer.sign(message)
        let verifier = try ReusedVerifier()
        for bit in 0..<(8 * signature.count) {
            #expect(!verifier.verify(signature: signature.flipping(bit: bit), of: message, under: key.publicKey))
        }
        for bit in 0..<(8 * message.count) {
            #expect(!verifier.verify(signature: signature, of: message.flipping(bit: bit), under: key.publicKey))
        }
        for bit in 0..<256 {
            guard let other = try? Ed25519PublicKey(raw: key.publicKey.raw.flipping(bit: bit)) else { continue }
            #expect(!verifier.verify(signature: signature, of: message, under: other))
        }
    }

    @Test("a signature of another length is refused", arguments: [0, 1, 32, 63, 65, 128])
    func signatureLength(count: Int) throws {
        let key = try Ed25519PrivateKey(seed: [UInt8](repeating: 3, count: 32))
        let signer = try ReusedSigner(key)
        let signature = try signer.sign([1, 2, 3])
        let other = Array((signature + signature).prefix(count))
        let verifier = try ReusedVerifier()
        #expect(!verifier.verify(signature: other, of: [1, 2, 3], under: key.publicKey))
        #expect(verifier.verify(signature: signature, of: [1, 2, 3], under: key.publicKey))
    }

    @Test("a seed of another length is refused", arguments: [0, 1, 31, 33, 64])
    func seedLength(count: Int) {
        #expect(throws: OpenSSLError.self) { try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: count)) }
    }

    @Test("generated keys differ and sign")
    func generate() throws {
        let first = try Ed25519PrivateKey.generate()
        let second = try Ed25519PrivateKey.generate()
        #expect(first.publicKey.raw != second.publicKey.raw)
        let signer = try ReusedSigner(first)
        let signature = try signer.sign([7])
        let verifier = try ReusedVerifier()
        #expect(verifier.verify(signature: signature, of: [7], under: first.publicKey))
        #expect(!verifier.verify(signature: signature, of: [7], under: second.publicKey))
    }

    @Test("one key is used by many tasks at once")
    func sharedKey() async throws {
        let key = try Ed25519PrivateKey(seed: [UInt8](repeating: 5, count: 32))
        let good = try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    let signer = try ReusedSigner(key)
                    let verifier = try ReusedVerifier()
                    var good = true
                    for round in 0..<50 {
                        let message = Array("\(task) \(round)".utf8)
                        let signature = try signer.sign(message)
                        good = good && verifier.verify(signature: signature, of: message, under: key.publicKey)
                    }
                    return good
                }
            }
            return try await group.reduce(true) { $0 && $1 }
        }
        #expect(good)
    }

    @Test("random bytes come in the number asked for, and are not the same twice")
    func random() throws {
        #expect(try randomBytes(0) == [])
        #expect(try randomBytes(16).count == 16)
        #expect(try randomBytes(32) != randomBytes(32))
        #expect(throws: OpenSSLError.self) { try randomBytes(-1) }
    }

    @Test("wiped bytes are zero and as many as before")
    func wiping() {
        var bytes: [UInt8] = [1, 2, 3]
        wipe(&bytes)
        #expect(bytes == [0, 0, 0])
    }
}
