import CProvenanceOpenSSL

/// An Ed25519 public key that has passed the checks of loading; immutable and shared between threads.
public final class Ed25519PublicKey: @unchecked Sendable {
    // EVP_PKEY is immutable after creation; libcrypto lets threads share it.
    let pointer: OpaquePointer
    /// The 32 bytes of RFC 8032 §5.1.2.
    public let raw: [UInt8]

    /// Loads the 32 bytes of a public key.
    ///
    /// Low-order and non-canonical keys are refused: libcrypto verifies under them, and anyone can make signatures that
    /// verify.
    ///
    /// - Throws: `OpenSSLError` for another length, a low-order point or a non-canonical encoding.
    public convenience init(raw: [UInt8]) throws(OpenSSLError) {
        guard raw.count == 32 else {
            throw OpenSSLError("public key", reason: "an Ed25519 public key has 32 bytes, not \(raw.count)")
        }
        guard !LowOrder.contains(raw) else {
            throw OpenSSLError("public key", reason: "a point of low order: anybody can sign under it")
        }
        guard LowOrder.isCanonical(raw) else {
            throw OpenSSLError("public key", reason: "the encoding is not canonical (y is 2^255-19 or more)")
        }
        try self.init(uncheckedRaw: raw)
    }

    /// Loads a key without the checks; only to measure what libcrypto itself accepts.
    init(uncheckedRaw raw: [UInt8]) throws(OpenSSLError) {
        let key = raw.withUnsafeBufferPointer {
            EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, $0.baseAddress, $0.count)
        }
        guard let key else { throw OpenSSLError(draining: "EVP_PKEY_new_raw_public_key") }
        pointer = key
        self.raw = raw
    }

    deinit { EVP_PKEY_free(pointer) }

    /// The verdict of libcrypto alone on a signature under a key that `init(raw:)` would refuse.
    ///
    /// Only for a test that detects a change of libcrypto's rule; no verdict uses it.
    public static func rawVerdict(key: [UInt8], signature: [UInt8], message: [UInt8]) -> Bool {
        guard let key = try? Ed25519PublicKey(uncheckedRaw: key), var verifier = try? Ed25519Verifier() else {
            return false
        }
        return verifier.verify(signature: signature, of: message, under: key)
    }
}

/// Verifies signatures with one reused context; for one thread at a time.
public struct Ed25519Verifier: ~Copyable {
    private let context: OpaquePointer
    /// The key that the context was set up for; retained, so that no other key can get its address.
    private var current: Ed25519PublicKey?

    /// - Throws: `OpenSSLError` when libcrypto has no memory.
    public init() throws(OpenSSLError) {
        guard let context = EVP_MD_CTX_new() else { throw OpenSSLError(draining: "EVP_MD_CTX_new") }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Whether `signature` is valid for `message` under the key; every failure inside libcrypto counts as invalid.
    public mutating func verify(
        signature: some MessageBytes, of message: some MessageBytes, under key: Ed25519PublicKey
    ) -> Bool {
        // A context keeps its first key: EVP_DigestVerifyInit then ignores the key it is given and would check every
        // later signature under the first. So the context is reset when the key changes. OpenSSL 3.2 and later also
        // fail a second one-shot without another initialisation; under the same key it passes no key and needs no
        // lookup.
        if current !== key || EVP_DigestVerifyInit(context, nil, nil, nil, nil) != 1 {
            current = nil
            guard EVP_MD_CTX_reset(context) == 1, EVP_DigestVerifyInit(context, nil, nil, nil, key.pointer) == 1 else {
                ERR_clear_error()
                return false
            }
            ERR_clear_error()
            current = key
        }
        let status = signature.withBuffer { signature in
            message.withBuffer { message in
                EVP_DigestVerify(
                    context, signature.baseAddress?.assumingMemoryBound(to: UInt8.self), signature.count,
                    message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count)
            }
        }
        // Zero and negative both mean "does not verify"; the queue is cleared, so that the next failure does not report
        // it.
        if status != 1 { ERR_clear_error() }
        return status == 1
    }
}

/// Contiguous bytes, so that arrays and slices go to libcrypto without a copy.
public protocol MessageBytes {
    /// Calls `body` with the bytes in place.
    func withBuffer<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
}

extension [UInt8]: MessageBytes {
    /// Calls `body` with the array's bytes in place.
    public func withBuffer<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes { body($0) }
    }
}

extension ArraySlice<UInt8>: MessageBytes {
    /// Calls `body` with the slice's bytes in place.
    public func withBuffer<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeBytes { body($0) }
    }
}

/// An Ed25519 private key; immutable and shared between threads, wiped by libcrypto when the last reference is
/// released.
public final class Ed25519PrivateKey: @unchecked Sendable {
    let pointer: OpaquePointer
    /// The public half.
    public let publicKey: Ed25519PublicKey

    init(adopting pointer: OpaquePointer) throws(OpenSSLError) {
        guard EVP_PKEY_get_base_id(pointer) == EVP_PKEY_ED25519 else {
            EVP_PKEY_free(pointer)
            throw OpenSSLError("private key", reason: "not an Ed25519 key")
        }
        var length = 32
        var raw = [UInt8](repeating: 0, count: 32)
        guard EVP_PKEY_get_raw_public_key(pointer, &raw, &length) == 1, length == 32 else {
            let error = OpenSSLError(draining: "EVP_PKEY_get_raw_public_key")
            EVP_PKEY_free(pointer)
            throw error
        }
        do {
            publicKey = try Ed25519PublicKey(raw: raw)
        } catch {
            EVP_PKEY_free(pointer)
            throw error
        }
        self.pointer = pointer
    }

    /// A key from the 32 bytes of RFC 8032 §5.1.5 (the "seed"), for known-answer tests.
    public convenience init(seed: [UInt8]) throws(OpenSSLError) {
        let key = seed.withUnsafeBufferPointer {
            EVP_PKEY_new_raw_private_key_ex(nil, "ED25519", nil, $0.baseAddress, $0.count)
        }
        guard let key else { throw OpenSSLError(draining: "EVP_PKEY_new_raw_private_key") }
        try self.init(adopting: key)
    }

    /// A new key from libcrypto's generator.
    public static func generate() throws(OpenSSLError) -> Ed25519PrivateKey {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "ED25519", nil) else {
            throw OpenSSLError(draining: "EVP_PKEY_CTX_new_from_name")
        }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_generate(context, &key) == 1, let key else {
            throw OpenSSLError(draining: "EVP_PKEY_generate")
        }
        return try Ed25519PrivateKey(adopting: key)
    }

    deinit { EVP_PKEY_free(pointer) }
}

/// Signs with one reused context; for one thread at a time.
public struct Ed25519Signer: ~Copyable {
    /// Bytes in a signature.
    public static let signatureByteCount = 64

    private let context: OpaquePointer
    private let key: Ed25519PrivateKey
    /// Whether the context has the key.
    private var isReady = false

    /// - Throws: `OpenSSLError` when libcrypto has no memory.
    public init(_ key: Ed25519PrivateKey) throws(OpenSSLError) {
        guard let context = EVP_MD_CTX_new() else { throw OpenSSLError(draining: "EVP_MD_CTX_new") }
        self.context = context
        self.key = key
    }

    deinit { EVP_MD_CTX_free(context) }

    /// The 64 bytes of the signature over `message`.
    public mutating func sign(_ message: some MessageBytes) throws(OpenSSLError) -> [UInt8] {
        // A context that has its key is initialised again without one and needs no lookup, which saves 1 of 44 µs.
        if isReady {
            if let signature = sign(message, key: nil) { return signature }
            ERR_clear_error()
            isReady = false
        }
        guard let signature = sign(message, key: key.pointer) else {
            throw OpenSSLError(draining: "EVP_DigestSign")
        }
        isReady = true
        return signature
    }

    private func sign(_ message: some MessageBytes, key: OpaquePointer?) -> [UInt8]? {
        guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1 else { return nil }
        var signature = [UInt8](repeating: 0, count: Ed25519Signer.signatureByteCount)
        var length = signature.count
        let status = message.withBuffer { message in
            EVP_DigestSign(
                context, &signature, &length, message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count)
        }
        return status == 1 && length == Ed25519Signer.signatureByteCount ? signature : nil
    }
}
