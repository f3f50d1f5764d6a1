import ProvenanceOpenSSL
import TestSupport
import Testing

@Suite("Keys in PEM, checked against the openssl command") struct PEMTests {
    static let seed = [UInt8](repeating: 0x42, count: 32)

    @Test("a plain private key is read by openssl, and read back")
    func plain() throws {
        let key = try Ed25519PrivateKey(seed: Self.seed)
        let pem = try key.pem(passphrase: nil)
        #expect(!Ed25519PrivateKey.isEncrypted(pem: pem))
        #expect(try Ed25519PrivateKey.load(pem: pem, passphrase: nil).publicKey.raw == key.publicKey.raw)
        // A passphrase for an unencrypted key is ignored.
        #expect(
            try Ed25519PrivateKey.load(pem: pem, passphrase: Secret(Array("x".utf8))).publicKey.raw == key.publicKey.raw
        )

        let folder = try TemporaryFolder()
        let file = try folder.write(pem, to: "key.pem")
        let ended = try run("openssl", "pkey", "-in", file, "-pubout")
        #expect(ended.status == 0)
        #expect(ended.output == (try key.publicKey.pem()))
    }

    @Test("a public key is read back, and by openssl")
    func publicKey() throws {
        let key = try Ed25519PrivateKey(seed: Self.seed).publicKey
        let pem = try key.pem()
        #expect(try Ed25519PublicKey.load(pem: pem).raw == key.raw)
        let folder = try TemporaryFolder()
        let file = try folder.write(pem, to: "pub.pem")
        let ended = try run("openssl", "pkey", "-pubin", "-in", file, "-outform", "DER")
        #expect(ended.status == 0)
        #expect(ended.output == (try #require([UInt8](hex: "302a300506032b6570032100"))) + key.raw)
    }

    @Test(
        "an encrypted key is opened by openssl with its passphrase and with no other",
        arguments: ["correct horse", "p", "密碼 with spaces", String(repeating: "long ", count: 204) + "1024"])
    func encrypted(passphrase: String) throws {
        let key = try Ed25519PrivateKey(seed: Self.seed)
        let secret = Array(passphrase.utf8)
        let pem = try key.pem(passphrase: Secret(secret))
        #expect(Ed25519PrivateKey.isEncrypted(pem: pem))
        #expect(try Ed25519PrivateKey.load(pem: pem, passphrase: Secret(secret)).publicKey.raw == key.publicKey.raw)

        let folder = try TemporaryFolder()
        let file = try folder.write(pem, to: "key.pem")
        let words = try folder.write(passphrase + "\n", to: "passphrase")
        // The command's own line buffer limits a passphrase from a file below libcrypto's limit; an argument is taken
        // whole.
        let right = try run("openssl", "pkey", "-in", file, "-passin", "pass:" + passphrase, "-pubout")
        #expect(right.status == 0)
        #expect(right.output == (try key.publicKey.pem()))
        #expect(try run("openssl", "pkey", "-in", file, "-passin", "pass:wrong", "-pubout").status != 0)
        if secret.count < 1000 {
            #expect(try run("openssl", "pkey", "-in", file, "-passin", "file:" + words, "-noout").status == 0)
        }
        for wrong in [secret + [UInt8(ascii: "x")], Array(secret.dropLast()), Array("wrong".utf8)] {
            #expect(throws: OpenSSLError.self) { try Ed25519PrivateKey.load(pem: pem, passphrase: Secret(wrong)) }
        }
    }

    @Test("an encrypted key without a passphrase fails at once and asks for none")
    func noPrompt() throws {
        let pem = try Ed25519PrivateKey(seed: Self.seed).pem(passphrase: Secret(Array("secret".utf8)))
        #expect(throws: OpenSSLError.self) { try Ed25519PrivateKey.load(pem: pem, passphrase: nil) }
    }

    @Test("a passphrase that could not open the key again is refused before it locks one")
    func unusablePassphrases() throws {
        let key = try Ed25519PrivateKey(seed: Self.seed)
        let locked = try key.pem(passphrase: Secret(Array("ab".utf8)))
        for bad: [UInt8] in [[], [0], [0x61, 0, 0x62], [0x61, 0x62, 0], [UInt8](repeating: 0x61, count: 1025)] {
            #expect(throws: OpenSSLError.self) { try key.pem(passphrase: Secret(bad)) }
            // "ab\0" must not open what "ab" locked either.
            #expect(throws: OpenSSLError.self) { try Ed25519PrivateKey.load(pem: locked, passphrase: Secret(bad)) }
        }
    }

    @Test("scrypt, not a few rounds of PBKDF2, stands between a passphrase and the key")
    func keyDerivation() throws {
        let pem = try Ed25519PrivateKey(seed: Self.seed).pem(passphrase: Secret(Array("secret".utf8)))
        let listing = try run("openssl", arguments: ["asn1parse", "-inform", "PEM"], input: pem).stdout
        let words = listing.split(whereSeparator: \.isWhitespace)
        #expect(words.contains(":scrypt"))
        // N = 2^14, in hexadecimal.
        #expect(words.contains(":4000"))
        #expect(words.contains(":aes-256-cbc"))
    }

    @Test("openssl's own Ed25519 keys are read, plain and encrypted")
    func foreignKeys() throws {
        let folder = try TemporaryFolder()
        let plain = folder("plain.pem")
        let locked = folder("locked.pem")
        #expect(try run("openssl", "genpkey", "-algorithm", "ed25519", "-out", plain).status == 0)
        #expect(
            try run("openssl", "pkcs8", "-topk8", "-in", plain, "-out", locked, "-passout", "pass:hunter2").status == 0)
        let shown = try run("openssl", "pkey", "-in", plain, "-pubout").output
        let key = try Ed25519PrivateKey.load(pem: try folder.read("plain.pem"), passphrase: nil)
        let opened = try Ed25519PrivateKey.load(
            pem: try folder.read("locked.pem"), passphrase: Secret(Array("hunter2".utf8)))
        #expect(try key.publicKey.pem() == shown)
        #expect(opened.publicKey.raw == key.publicKey.raw)
        #expect(try Ed25519PublicKey.load(pem: shown).raw == key.publicKey.raw)
    }

    @Test("a signature verifies with openssl pkeyutl, and one that it made verifies here")
    func pkeyutl() throws {
        let key = try Ed25519PrivateKey(seed: Self.seed)
        let message = Array("signed by one, verified by the other\n".utf8)
        let signer = try ReusedSigner(key)
        let folder = try TemporaryFolder()
        let text = try folder.write(message, to: "message")
        let ours = try folder.write(try signer.sign(message), to: "ours")
        let pub = try folder.write(try key.publicKey.pem(), to: "pub.pem")
        let own = try folder.write(try key.pem(passphrase: nil), to: "key.pem")

        let verify = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", pub, "-sigfile", ours, "-in"]
        let good = try run("openssl", arguments: verify + [text])
        #expect(good.status == 0, "\(good)")
        let other = try folder.write(message + [0x0a], to: "other")
        #expect(try run("openssl", arguments: verify + [other]).status != 0)

        let signed = try run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", own, "-in", text)
        #expect(signed.status == 0, "\(signed)")
        #expect(signed.output == (try signer.sign(message)))
    }

    @Test(
        "keys of other kinds are refused",
        arguments: [
            ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            ["-algorithm", "X25519"], ["-algorithm", "ED448"],
        ])
    func otherKinds(arguments: [String]) throws {
        let made = try run("openssl", arguments: ["genpkey"] + arguments)
        #expect(made.status == 0)
        #expect(throws: OpenSSLError.self) { try Ed25519PrivateKey.load(pem: made.output, passphrase: nil) }
        let shown = try run("openssl", arguments: ["pkey", "-pubout"], input: made.output)
        #expect(throws: OpenSSLError.self) { try Ed25519PublicKey.load(pem: shown.output) }
    }

    @Test("what is no PEM is refused")
    func garbage() throws {
        let key = try Ed25519PrivateKey(seed: Self.seed)
        let privatePEM = try key.pem(passphrase: nil)
        let publicPEM = try key.publicKey.pem()
        var bad: [[UInt8]] = [[], [0], Array("hello\n".utf8), [UInt8](repeating: 0xff, count: 100)]
        bad.append(Array("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n".utf8))
        bad.append(Array("-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n".utf8))
        bad.append(Array("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n".utf8))
        bad.append(privatePEM + [UInt8](repeating: 0x0a, count: 70_000))
        for bytes in bad {
            #expect(throws: OpenSSLError.self) { try Ed25519PrivateKey.load(pem: bytes, passphrase: nil) }
            #expect(throws: OpenSSLError.self) { try Ed25519PublicKey.load(pem: bytes) }
        }
        // Private and public key swapped.
        #expect(throws: OpenSSLError.self) { try Ed25519PrivateKey.load(pem: publicPEM, passphrase: nil) }
        #expect(throws: OpenSSLError.self) { try Ed25519PublicKey.load(pem: privatePEM) }
        // Cut off before the end line, at every byte. The last dashes and the newline are not needed.
        for count in 0..<(privatePEM.count - 6) {
            #expect(throws: OpenSSLError.self) {
                try Ed25519PrivateKey.load(pem: Array(privatePEM.prefix(count)), passphrase: nil)
            }
        }
    }

    @Test("an error speaks of its own failure only, and never of the key")
    func errors() throws {
        let key = try Ed25519PrivateKey(seed: Self.seed)
        let verifier = try ReusedVerifier()
        // A failed verification and a failed load fill the thread's error queue; neither may show up below.
        #expect(!verifier.verify(signature: [UInt8](), of: [UInt8](), under: key.publicKey))
        _ = try? Ed25519PublicKey.load(pem: Array("nonsense".utf8))
        do {
            _ = try Ed25519PublicKey(raw: [])
            Issue.record("an empty key was loaded")
        } catch {
            #expect(error.reasons == ["an Ed25519 public key has 32 bytes, not 0"])
            #expect(error.description == "public key failed: an Ed25519 public key has 32 bytes, not 0")
        }
        do {
            _ = try Ed25519PrivateKey(seed: [1])
            Issue.record("a seed of one byte was loaded")
        } catch {
            #expect(!error.reasons.contains { $0.contains("PEM") })
        }
        #expect(openSSLVersion().hasPrefix("OpenSSL 3"))
    }
}
