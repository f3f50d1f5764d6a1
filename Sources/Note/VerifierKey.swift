import ProvenanceEncoding
import ProvenanceOpenSSL

/// A public key as C2SP writes it: `<name>+<8 lowercase hex: key ID>+<base64(type ‖ public key)>`, a "vkey".
public struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
    /// The signature type of a key: the byte before the public key.
    public enum Kind: Hashable, Sendable {
        /// 0x01: Ed25519 over the note's text.
        case ed25519
        /// 0x04: timestamped Ed25519 cosignature.
        case cosignature
        /// Any other type: kept, but its signatures are never verified.
        case unsupported(UInt8)

        init(_ type: UInt8) {
            switch type {
            case 0x01: self = .ed25519
            case 0x04: self = .cosignature
            default: self = .unsupported(type)
            }
        }

        /// The type byte.
        public var byte: UInt8 {
            switch self {
            case .ed25519: 0x01
            case .cosignature: 0x04
            case .unsupported(let type): type
            }
        }
    }

    /// The key's name.
    public let name: String
    /// SHA-256(name ‖ LF ‖ type ‖ public key), first four bytes, big-endian; of an ECDSA key (0x02) SHA-256(public key).
    public let keyID: UInt32
    /// The key's type.
    public let kind: Kind
    /// The bytes after the type.
    public let publicKey: [UInt8]
    private let key: Ed25519PublicKey?

    /// Bytes of an ML-DSA-44 public key (type 0x06), the only unsupported kind whose length is checked.
    static let mldsa44ByteCount = 1312

    /// The longest vkey that is accepted: an ML-DSA-44 key takes 1,752 characters of base64.
    public static let maxBytes = 4096

    /// Parses a vkey, recomputes its key ID and loads its key.
    ///
    /// - Throws: `NoteError` with `E-KEY-MALFORMED`; a low-order or non-canonical Ed25519 key is refused.
    public init(parsing text: some StringProtocol) throws(NoteError) {
        func fail(_ reason: String) -> NoteError { NoteError(.keyMalformed, reason) }
        let bytes = Array(text.utf8)
        guard bytes.count <= VerifierKey.maxBytes else {
            throw fail("a vkey has at most \(VerifierKey.maxBytes) bytes")
        }
        // base64 may contain '+', so only the first two are separators.
        let parts = bytes.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw fail("a vkey is name+hash+base64") }
        let name = String(decoding: parts[0], as: UTF8.self)
        guard Bytes.isKeyName(name), Bytes.isUTF8(parts[0]) else {
            throw fail("a key name is not empty, and has no space and no plus")
        }
        guard parts[1].count == 8, let stated = VerifierKey.hex(parts[1]) else {
            throw fail("the key ID is 8 lowercase hexadecimal digits")
        }
        guard let blob = Base64.decode(parts[2]), let type = blob.first, blob.count > 1 else {
            throw fail("the key is not canonical base64 of a type and a key")
        }
        try self.init(name: name, kind: Kind(type), publicKey: Array(blob[1...]))
        // signed-note: the ID SHOULD be recomputed; otherwise a vkey could state any ID.
        guard keyID == stated else {
            throw fail("the key ID is \(VerifierKey.hex(keyID)), not \(VerifierKey.hex(stated)) as it says")
        }
    }

    /// A key from its parts; its ID is computed.
    ///
    /// - Throws: `NoteError` with `E-KEY-MALFORMED` for a bad name, a wrong length or a refused point.
    public init(name: String, kind: Kind, publicKey: [UInt8]) throws(NoteError) {
        guard Bytes.isKeyName(name) else { throw NoteError(.keyMalformed, "not a key name") }
        // `.unsupported(0x01)` becomes `.ed25519`.
        let kind = Kind(kind.byte)
        self.name = name
        self.kind = kind
        self.publicKey = publicKey
        switch kind {
        case .ed25519, .cosignature:
            do { key = try Ed25519PublicKey(raw: publicKey) } catch {
                throw NoteError(.keyMalformed, "\(error)")
            }
        case .unsupported(0x06) where publicKey.count != VerifierKey.mldsa44ByteCount:
            throw NoteError(
                .keyMalformed, "an ML-DSA-44 key has \(VerifierKey.mldsa44ByteCount) bytes, not \(publicKey.count)")
        case .unsupported: key = nil
        }
        // For ECDSA keys (0x02) signed-note has another rule: "SHA-256(DER SPKI)[:4]", without name and type.
        let message = kind.byte == 0x02 ? publicKey : Array(name.utf8) + [Bytes.newline, kind.byte] + publicKey
        keyID = SHA256.hash(message).bytes[..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }

    /// The Ed25519 key of types 0x01 and 0x04.
    public var ed25519: Ed25519PublicKey? { key }

    /// The vkey.
    public var description: String {
        "\(name)+\(VerifierKey.hex(keyID))+\(Base64.encode([kind.byte] + publicKey))"
    }

    /// The key ID as 8 lowercase hexadecimal digits.
    public var keyIDText: String { VerifierKey.hex(keyID) }

    /// A fingerprint for people to compare: SHA-256 of type and public key, in hexadecimal.
    public func fingerprint() -> String {
        SHA256.hash([kind.byte] + publicKey).hex
    }

    /// Whether a signature line has this key's name and ID.
    public func matches(_ signature: NoteSignature) -> Bool {
        keyID == signature.keyID && Bytes.isSame(name, signature.name)
    }

    /// Whether two keys are the same vkey, byte for byte.
    public static func == (left: VerifierKey, right: VerifierKey) -> Bool {
        left.keyID == right.keyID && Bytes.isSame(left.name, right.name) && left.kind == right.kind
            && left.publicKey == right.publicKey
    }

    /// Hashes the name and key ID, which two keys rarely share.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(keyID)
    }

    static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    static func hex(_ digits: ArraySlice<UInt8>) -> UInt32? {
        guard digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
