import CProvenanceOpenSSL

/// Cost of opening an encrypted private key: scrypt with N = 2^14, r = 8, p = 1 takes some 50 ms. It is the largest N
/// within libcrypto's default limit of 32 MiB, so every reader can open the key.
private let scryptCost: (n: UInt64, r: UInt64, p: UInt64) = (1 << 14, 8, 1)

/// Longest passphrase in bytes: `PEM_BUFSIZE`, where libcrypto and the `openssl` command truncate silently.
private let maxPassphraseBytes = 1024

/// Longest PEM text that is read: a PKCS#8 Ed25519 key has some 120 bytes, encrypted some 400.
private let maxPEMBytes = 65_536

extension Ed25519PublicKey {
    /// The key as SPKI in PEM, as `openssl pkey -pubin` reads it.
    public func pem() throws(OpenSSLError) -> [UInt8] {
        try writeToMemory("PEM_write_bio_PUBKEY") { PEM_write_bio_PUBKEY($0, pointer) }
    }

    /// Loads SPKI in PEM.
    ///
    /// - Throws: `OpenSSLError` when the text is not PEM, not an Ed25519 key, or a key that `init(raw:)` refuses.
    public static func load(pem: [UInt8]) throws(OpenSSLError) -> Ed25519PublicKey {
        let pointer = try readFromMemory("PEM_read_bio_PUBKEY", pem) { PEM_read_bio_PUBKEY($0, nil, nil, nil) }
        defer { EVP_PKEY_free(pointer) }
        guard EVP_PKEY_get_base_id(pointer) == EVP_PKEY_ED25519 else {
            throw OpenSSLError("public key", reason: "not an Ed25519 key")
        }
        var length = 32
        var raw = [UInt8](repeating: 0, count: 32)
        guard EVP_PKEY_get_raw_public_key(pointer, &raw, &length) == 1, length == 32 else {
            throw OpenSSLError(draining: "EVP_PKEY_get_raw_public_key")
        }
        return try Ed25519PublicKey(raw: raw)
    }
}

extension Ed25519PrivateKey {
    /// The key as PKCS#8 in PEM, encrypted with AES-256-CBC under scrypt when a passphrase is given.
    ///
    /// - Throws: `OpenSSLError` for a passphrase that is empty, longer than 1,024 bytes or holds a zero byte, since the
    ///   key could not be opened again.
    public func pem(passphrase secret: Secret?) throws(OpenSSLError) -> [UInt8] {
        guard let passphrase = secret?.bytes else {
            return try writeToMemory("PEM_write_bio_PrivateKey") {
                PEM_write_bio_PKCS8PrivateKey($0, pointer, nil, nil, 0, nil, nil)
            }
        }
        try check(passphrase)
        guard let plain = EVP_PKEY2PKCS8(pointer) else { throw OpenSSLError(draining: "EVP_PKEY2PKCS8") }
        defer { PKCS8_PRIV_KEY_INFO_free(plain) }
        guard
            let algorithm = PKCS5_pbe2_set_scrypt(
                EVP_aes_256_cbc(), nil, 16, nil, scryptCost.n, scryptCost.r, scryptCost.p)
        else { throw OpenSSLError(draining: "PKCS5_pbe2_set_scrypt") }
        let encrypted = passphrase.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                PKCS8_set0_pbe($0.baseAddress, Int32(clamping: $0.count), plain, algorithm)
            }
        }
        guard let encrypted else {
            X509_ALGOR_free(algorithm)
            throw OpenSSLError(draining: "PKCS8_set0_pbe")
        }
        defer { X509_SIG_free(encrypted) }
        return try writeToMemory("PEM_write_bio_PKCS8") { PEM_write_bio_PKCS8($0, encrypted) }
    }

    /// Loads PKCS#8 in PEM, encrypted or not.
    ///
    /// Never prompts for a passphrase: without one, loading an encrypted key fails.
    ///
    /// - Throws: `OpenSSLError` when the text is not PEM or not an Ed25519 key, or when the passphrase is wrong or one
    ///   that `pem(passphrase:)` refuses.
    public static func load(pem: [UInt8], passphrase: Secret?) throws(OpenSSLError) -> Ed25519PrivateKey {
        if let passphrase { try check(passphrase.bytes) }
        // Without a passphrase an empty C string is passed: libcrypto's callback then returns no bytes instead of
        // prompting.
        var secret = (passphrase?.bytes ?? []) + [0]
        defer { secret.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        let pointer = try secret.withUnsafeMutableBytes {
            (buffer) -> Result<OpaquePointer, OpenSSLError> in
            do throws(OpenSSLError) {
                return .success(
                    try readFromMemory("PEM_read_bio_PrivateKey", pem) {
                        PEM_read_bio_PrivateKey($0, nil, nil, buffer.baseAddress)
                    })
            } catch {
                return .failure(error)
            }
        }.get()
        return try Ed25519PrivateKey(adopting: pointer)
    }

    /// Whether PEM text holds an encrypted key, judged by its first line.
    public static func isEncrypted(pem: [UInt8]) -> Bool {
        pem.starts(with: Array("-----BEGIN ENCRYPTED PRIVATE KEY-----".utf8))
    }
}

/// libcrypto reads a passphrase as a C string of at most `PEM_BUFSIZE` bytes, but encrypts under all bytes it is given.
private func check(_ passphrase: [UInt8]) throws(OpenSSLError) {
    guard !passphrase.isEmpty else { throw OpenSSLError("passphrase", reason: "an empty one protects nothing") }
    guard passphrase.count <= maxPassphraseBytes else {
        throw OpenSSLError("passphrase", reason: "\(passphrase.count) bytes; at most \(maxPassphraseBytes) are read")
    }
    guard !passphrase.contains(0) else { throw OpenSSLError("passphrase", reason: "it holds a zero byte") }
}

/// Overwrites secret bytes in a way that the optimiser keeps.
public func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}

/// Bytes from libcrypto's generator.
///
/// - Throws: `OpenSSLError` for a negative count or one above 2^31-1, and when the generator is not seeded; there is no
///   weaker fallback.
public func randomBytes(_ count: Int) throws(OpenSSLError) -> [UInt8] {
    guard let length = Int32(exactly: count), length >= 0 else {
        throw OpenSSLError("RAND_bytes", reason: "\(count) bytes cannot be asked for at once")
    }
    var bytes = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&bytes, length) == 1 else { throw OpenSSLError(draining: "RAND_bytes") }
    return bytes
}

private func writeToMemory(
    _ function: String, _ write: (OpaquePointer) -> Int32
) throws(OpenSSLError) -> [UInt8] {
    guard let bio = BIO_new(BIO_s_secmem()) else { throw OpenSSLError(draining: "BIO_new") }
    defer { BIO_free(bio) }
    guard write(bio) == 1 else { throw OpenSSLError(draining: function) }
    var start: UnsafeMutablePointer<CChar>?
    let count = provenance_bio_data(bio, &start)
    guard let start, count > 0 else { throw OpenSSLError(draining: "BIO_get_mem_data") }
    return Array(UnsafeRawBufferPointer(start: start, count: count))
}

private func readFromMemory(
    _ function: String, _ pem: [UInt8], _ read: (OpaquePointer) -> OpaquePointer?
) throws(OpenSSLError) -> OpaquePointer {
    guard pem.count <= maxPEMBytes else {
        throw OpenSSLError(function, reason: "\(pem.count) bytes are no key; at most \(maxPEMBytes) are read")
    }
    var result: OpaquePointer?
    let opened = pem.withUnsafeBytes { buffer -> Bool in
        guard let bio = BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else { return false }
        defer { BIO_free(bio) }
        result = read(bio)
        return true
    }
    guard opened, let result else { throw OpenSSLError(draining: function) }
    return result
}
