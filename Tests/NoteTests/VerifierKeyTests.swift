import ProvenanceEncoding
import ProvenanceNote
import ProvenanceOpenSSL
import TestSupport
import Testing

@Suite("Verifier keys") struct VerifierKeyTests {
    /// A vkey with the ID that signed-note computes, for any contents.
    static func vkey(_ name: String, type: UInt8, key: [UInt8]) throws -> String {
        let id = SHA256.hash(Array(name.utf8) + [0x0a, type] + key).bytes.prefix(4)
        return "\(name)+\(Array(id).hex)+\(Base64.encode([type] + key))"
    }

    @Test("known answer of signed-note")
    func knownAnswer() throws {
        let text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
        let key = try VerifierKey(parsing: text)
        #expect(key.name == "example.com/foo")
        #expect(key.keyID == 0x530d_903a)
        #expect(key.kind == .ed25519)
        #expect(key.kind.byte == 0x01)
        #expect(key.description == text)
        #expect(try VerifierKey(name: key.name, kind: key.kind, publicKey: key.publicKey) == key)
        #expect(key.fingerprint() == SHA256.hash([0x01] + key.publicKey).hex)
    }

    @Test("keys of both Ed25519 types are read and written back", arguments: [VerifierKey.Kind.ed25519, .cosignature])
    func roundTrip(kind: VerifierKey.Kind) throws {
        for name in ["a", "example.com/log", "密碼", "🗞/x", String(repeating: "n", count: 255)] {
            let raw = try TestKey.privateKey(name).publicKey.raw
            let text = try Self.vkey(name, type: kind.byte, key: raw)
            let key = try VerifierKey(parsing: text)
            #expect(key.description == text)
            #expect(key.publicKey == raw)
            #expect(key.ed25519?.raw == raw)
            #expect(try TestKey.verifierKey(name, kind) == key)
            // A plus sign in the base64 is not a separator.
            #expect(Array(key.description.utf8).starts(with: Array(name.utf8)))
        }
    }

    @Test("types of other schemes are carried with their ID", arguments: [0x03, 0x05, 0x65, 0xfa, 0xff] as [UInt8])
    func unsupported(type: UInt8) throws {
        let text = try Self.vkey("example.com/other", type: type, key: [1, 2, 3])
        let key = try VerifierKey(parsing: text)
        #expect(key.kind == .unsupported(type))
        #expect(key.ed25519 == nil)
        #expect(key.description == text)
    }

    @Test("an ECDSA key's ID is the hash of the key alone")
    func ecdsa() throws {
        let made = try run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
        let spki = try run("openssl", arguments: ["pkey", "-pubout", "-outform", "DER"], input: made.output).output
        let id = Array(SHA256.hash(spki).bytes.prefix(4)).hex
        let text = "example.com/ecdsa+\(id)+\(Base64.encode([0x02] + spki))"
        let key = try VerifierKey(parsing: text)
        #expect(key.kind == .unsupported(0x02))
        #expect(key.description == text)
        #expect(throws: NoteError(.keyMalformed, "")) {
            try VerifierKey(parsing: try Self.vkey("example.com/ecdsa", type: 0x02, key: spki))
        }
    }

    @Test("an ML-DSA-44 key has 1,312 bytes", arguments: [1, 32, 1311, 1313])
    func mldsaLength(count: Int) throws {
        let right = try TestKey.mldsa("example.com/ml-dsa")
        #expect(try VerifierKey(parsing: right.description) == right)
        let text = try Self.vkey("example.com/ml-dsa", type: 0x06, key: [UInt8](repeating: 1, count: count))
        #expect(throws: NoteError(.keyMalformed, "")) { try VerifierKey(parsing: text) }
    }

    @Test("Ed25519 keys of other lengths are refused", arguments: [0, 1, 31, 33, 64])
    func ed25519Length(count: Int) throws {
        for type: UInt8 in [0x01, 0x04] {
            let text = try Self.vkey("example.com/log", type: type, key: [UInt8](repeating: 1, count: count))
            #expect(throws: NoteError(.keyMalformed, "")) { try VerifierKey(parsing: text) }
        }
    }

    @Test(
        "keys of low order and non-canonical ones are refused",
        arguments: [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ])
    func refusedPoints(hex: String) throws {
        let raw = try #require([UInt8](hex: hex))
        for type: UInt8 in [0x01, 0x04] {
            let text = try Self.vkey("example.com/log", type: type, key: raw)
            #expect(throws: NoteError(.keyMalformed, "")) { try VerifierKey(parsing: text) }
        }
        // Nor is another spelling of the same type.
        #expect(throws: NoteError(.keyMalformed, "")) {
            try VerifierKey(name: "example.com/log", kind: .unsupported(0x01), publicKey: raw)
        }
    }

    @Test("a kind given by its byte is the kind itself")
    func kindByByte() throws {
        let raw = try TestKey.privateKey("x").publicKey.raw
        let key = try VerifierKey(name: "x", kind: .unsupported(0x01), publicKey: raw)
        #expect(key.kind == .ed25519)
        #expect(try key == TestKey.verifierKey("x"))
        #expect(key.ed25519 != nil)
    }

    @Test("other spellings are refused")
    func refused() throws {
        let good = try TestKey.verifierKey("example.com/log")
        let name = good.name
        let id = good.keyIDText
        let key = Base64.encode([0x01] + good.publicKey)
        #expect(try VerifierKey(parsing: "\(name)+\(id)+\(key)") == good)
        let bad = [
            "", "+", "++", "+++", name, "\(name)+\(id)", "\(name)+\(id)+", "+\(id)+\(key)", "\(name)++\(key)",
            "\(name)+\(id.uppercased())X+\(key)", "\(name)+\(id.dropLast())+\(key)", "\(name)+0\(id)+\(key)",
            "\(name)+0x\(id.dropFirst(2))+\(key)", "\(name)+00000000+\(key)", "\(name)+\(id)+\(key) ",
            "\(name)+\(id)+\(key)\n", " \(name)+\(id)+\(key)", "\(name)+\(id)+\(key)=",
            "\(name)+\(id)+\(key.dropLast())",
            "\(name)+ \(id)+\(key)", "\(name)+\(id)+ \(key)", "\(name)+\(id)++\(key)", "x\(name)+\(id)+\(key)",
            "a b+\(id)+\(key)", "\(name)+\(id)+AQ==", "\(name)+\(id)+\(Base64.encode([0x04] + good.publicKey))",
            "\(name)\u{a0}+\(id)+\(key)", String(repeating: "n", count: 256) + "+\(id)+\(key)",
            "\(name)+\(id)+" + String(repeating: "A", count: 8000),
        ]
        for text in bad {
            #expect(throws: NoteError(.keyMalformed, ""), "\(text)") { try VerifierKey(parsing: text) }
        }
    }

    @Test("the key ID is lowercase only")
    func uppercaseID() throws {
        // A name whose key ID has a letter in it.
        let good = try #require(
            try (0..<20).map { try TestKey.verifierKey("log\($0)") }.first { key in
                key.keyIDText.contains { $0.isLetter }
            })
        let upper = good.description.replacing("+\(good.keyIDText)+", with: "+\(good.keyIDText.uppercased())+")
        #expect(throws: NoteError(.keyMalformed, "")) { try VerifierKey(parsing: upper) }
    }

    @Test("whatever is accepted is written back as it was")
    func mutatedRoundTrip() throws {
        let text = try TestKey.verifierKey("example.com/log").description
        for mutant in mutants(of: Array(text.utf8), count: 5000, seed: 7) {
            guard let other = String(validating: mutant, as: UTF8.self) else { continue }
            guard let key = try? VerifierKey(parsing: other) else { continue }
            #expect(Array(key.description.utf8) == mutant)
        }
    }
}
