import ProvenanceNote
import ProvenanceOpenSSL
import TestSupport
import Testing

/// Keys whose seeds are SHA-256("test <label>"): the same in each run.
enum TestKey {
    static func seed(_ label: String) throws -> [UInt8] { SHA256.hash(Array("test \(label)".utf8)).bytes }

    static func privateKey(_ label: String) throws -> Ed25519PrivateKey {
        try Ed25519PrivateKey(seed: try seed(label))
    }

    /// The public half as a vkey of type 0x01 or 0x04.
    static func verifierKey(_ name: String, _ kind: VerifierKey.Kind = .ed25519) throws -> VerifierKey {
        try VerifierKey(name: name, kind: kind, publicKey: try privateKey(name).publicKey.raw)
    }

    /// An ML-DSA-44 vkey with made-up key bytes.
    static func mldsa(_ name: String) throws -> VerifierKey {
        var bytes: [UInt8] = []
        while bytes.count < 1312 { bytes += try seed("\(name) \(bytes.count)") }
        return try VerifierKey(name: name, kind: .unsupported(0x06), publicKey: bytes)
    }

    /// A note over `text` with one Ed25519 signature of each name.
    static func note(_ text: String, signedBy names: String...) throws -> SignedNote {
        let signatures = try names.map { try ReusedNoteSigner($0).signature(Array(text.utf8)) }
        return SignedNote(text: Array(text.utf8), signatures: signatures)
    }

    /// The timestamped cosignature (0x04) of a witness over a note text.
    static func cosignature(_ name: String, time: UInt64, over text: [UInt8]) throws -> NoteSignature {
        var signer = try Ed25519Signer(try privateKey(name))
        let message = Array("cosignature/v1\ntime \(time)\n".utf8) + text
        let stamp = withUnsafeBytes(of: time.bigEndian) { Array($0) }
        return NoteSignature(
            name: name, keyID: try verifierKey(name, .cosignature).keyID,
            signature: stamp + (try signer.sign(message)))
    }
}

// `#expect` evaluates its operands separately and cannot hold noncopyable values: these keep one context each.

final class ReusedNoteSigner {
    private var signer: NoteSigner
    init(_ name: String) throws { signer = try NoteSigner(name: name, key: try TestKey.privateKey(name)) }
    var verifierKey: VerifierKey { signer.verifierKey }
    func signature(_ text: [UInt8]) throws(NoteError) -> NoteSignature { try signer.signature(text) }
    func sign(_ text: [UInt8]) throws(NoteError) -> [UInt8] { try signer.sign(text) }
}

final class ReusedNoteVerifier {
    private var verifier: NoteVerifier
    init() throws { verifier = try NoteVerifier() }
    func verify(_ note: SignedNote, _ keys: [VerifierKey]) throws(NoteError) -> [VerifiedSignature] {
        try verifier.verify(note, keys: keys)
    }
}

/// Copies of `bytes` with an error: a bit flipped, a byte dropped, doubled or inserted, a piece cut, moved or doubled.
func mutants(of bytes: [UInt8], count: Int, seed: UInt64) -> [[UInt8]] {
    var random = FixedRandom(seed: seed)
    let telling = Array("\n\n\n \t\r\0+=—/09aAzZ#".utf8) + [0x80, 0xff, 0xc2, 0x85]
    return (0..<count).map { _ in
        var mutant = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) where !mutant.isEmpty {
            let place = Int.random(in: 0..<mutant.count, using: &random)
            let end = min(mutant.count, place + Int.random(in: 1...40, using: &random))
            let piece = Array(mutant[place..<end])
            switch Int.random(in: 0..<7, using: &random) {
            case 0: mutant[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 1: mutant.remove(at: place)
            case 2: mutant.insert(telling[Int.random(in: 0..<telling.count, using: &random)], at: place)
            case 3: mutant[place] = telling[Int.random(in: 0..<telling.count, using: &random)]
            case 4: mutant.removeSubrange(place..<end)
            case 5: mutant.insert(contentsOf: piece, at: place)
            default: mutant.removeLast(mutant.count - place)
            }
        }
        return mutant
    }
}
