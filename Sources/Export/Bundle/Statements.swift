import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceVerification

/// in-toto Statement v1 in DSSE envelopes: the signer repeats what the records of posts state.
///
/// A statement is signed as one text, so each holds a limited number of posts, and the next continues after it.
package struct Statements {
    /// Maximum posts in a statement, about seven megabytes.
    static let maxPosts = 10_000
    /// "payloadType: application/vnd.in-toto+json" (in-toto attestation, Envelope).
    static let payloadType = "application/vnd.in-toto+json"
    /// The type of the predicate: for each subject, the content of its record and its position in the log.
    static let predicateType = "urn:provenance:post:v1"

    private let checkpoint: String
    private let key: Ed25519PrivateKey
    private let keyID: String
    private var subjects: [JSONValue] = []
    private var named: Set<Digest> = []
    private var posts: [JSONValue] = []

    init(_ header: EvidenceHeader, key: Ed25519PrivateKey, keyID: String) {
        checkpoint = String(decoding: header.checkpoint, as: UTF8.self)
        self.key = key
        self.keyID = keyID
    }

    /// Adds an entry; returns the envelope of a statement that is full.
    mutating func add(_ entry: EvidenceEntry) throws(Problem) -> [UInt8]? {
        guard let record = entry.record else { return nil }
        if named.insert(record.sha256).inserted {
            subjects.append(
                .object([
                    "digest": .object(["sha256": .string(record.sha256.hex)]),
                    "name": .string(BundleLayout.payloadName(record.sha256)),
                ]))
        }
        var members: [String: JSONValue] = [
            "index": .number(entry.index), "recorded": .number(record.recorded),
            "sha256": .string(record.sha256.hex),
        ]
        if let dated = record.dated { members["dated"] = .string(dated.string) }
        if let source = record.source { members["source"] = .string(source.string) }
        if let published = record.published { members["published"] = .number(published) }
        posts.append(.object(members))
        return posts.count >= Statements.maxPosts ? try envelope() : nil
    }

    /// The envelope of the posts added since the last one; `nil` if there are none.
    mutating func finish() throws(Problem) -> [UInt8]? { posts.isEmpty ? nil : try envelope() }

    private mutating func envelope() throws(Problem) -> [UInt8] {
        let payload = CanonicalJSON.encode(
            .object([
                "_type": .string("https://in-toto.io/Statement/v1"),
                "predicate": .object(["checkpoint": .string(checkpoint), "posts": .array(posts)]),
                "predicateType": .string(Statements.predicateType), "subject": .array(subjects),
            ]))
        subjects.removeAll()
        named.removeAll()
        posts.removeAll()
        let signature: [UInt8]
        do {
            var signer = try Ed25519Signer(key)
            signature = try signer.sign(Statements.preAuthenticationEncoding(payload))
        } catch {
            throw Problem(.crypto, "statement", "\(error)")
        }
        return CanonicalJSON.encode(
            .object([
                "payload": .string(Base64.encode(payload)), "payloadType": .string(Statements.payloadType),
                "signatures": .array([
                    .object(["keyid": .string(keyID), "sig": .string(Base64.encode(signature))])
                ]),
            ]))
    }

    /// "PAE(type, body) = "DSSEv1" + SP + LEN(type) + SP + type + SP + LEN(body) + SP + body" (DSSE protocol).
    static func preAuthenticationEncoding(_ payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
    }
}
