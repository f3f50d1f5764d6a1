import ProvenanceEncoding
import ProvenanceNote
import ProvenancePost
import ProvenanceRecord

/// What one log entry is, and whether a pinned key signed it.
public struct EntryExamination: Sendable {
    /// What the entry is.
    public enum Kind: Sendable {
        /// A post's record.
        case post(PostRecord)
        /// What one `add` did.
        case accession(AccessionRecord)
        /// An entry of a kind that this version does not know: logged, but its meaning is unknown.
        case unknown(String)
        /// A key-life entry that this version cannot read: every signer of this log may have been replaced.
        case critical(String)
        /// Its first line is known, but the rest does not have the form of that kind.
        case malformed(Problem)
    }

    /// What the entry is.
    public let kind: Kind
    /// The signature claim.
    public let signature: Claim

    /// The record, when it is a post's and well-formed.
    public var post: PostRecord? {
        guard case .post(let record) = kind else { return nil }
        return record
    }

    /// The accession, when it is one and well-formed.
    public var accession: AccessionRecord? {
        guard case .accession(let record) = kind else { return nil }
        return record
    }
}

/// Reads entries and checks their signatures; for one thread at a time.
public struct EntryExaminer: ~Copyable {
    private let signers: [VerifierKey]
    private let origin: String?
    private var verifier: NoteVerifier
    /// The last key that proved a signature, and the claim made: the next entry usually has the same key, and making a
    /// claim's text takes time.
    private var proven: (key: VerifierKey, claim: Claim)?

    /// Most signature lines that an entry may have.
    public static let maxSignatures = 8

    /// An examiner of the entries of a log, with the signers that are pinned for it.
    ///
    /// - Parameters:
    ///   - signers: The pinned signers.
    ///   - origin: The log, which accessions must name; `nil` where no checkpoint says which it is.
    /// - Throws: `Problem` when libcrypto fails.
    public init(signers: [VerifierKey], origin: String?) throws(Problem) {
        verifier = try EntryExaminer.makeVerifier()
        self.signers = signers
        self.origin = origin
    }

    private static func makeVerifier() throws(Problem) -> NoteVerifier {
        do { return try NoteVerifier() } catch { throw Problem(error, place: "libcrypto") }
    }

    /// Determines what an entry is and the standing of its signature.
    ///
    /// "A line after the first that names the signer must have a valid signature under that name. 1 to 8 signature
    /// lines, no (name, id) twice; unknown keys are ignored; at least one pinned key must verify, a pinned one that
    /// fails is failed."
    public mutating func examine(_ entry: ArraySlice<UInt8>, index: UInt64) -> EntryExamination {
        var place: String { "entry \(index)" }
        let kind = EntryKind(of: entry)
        switch kind {
        case .unknown(let line):
            let words = line?.string ?? "not text"
            return EntryExamination(
                kind: .unknown(words),
                signature: Claim(
                    .signature, .unknown, "an entry of an unknown kind: \(words)", code: .kindUnknown, isRequired: false
                ))
        case .critical(let line):
            return EntryExamination(
                kind: .critical(line.string),
                signature: Claim(.signature, .unknown, "\(line.string) cannot be read", code: .keyLife))
        case .post, .accession: break
        }
        func malformed(_ problem: Problem) -> EntryExamination {
            EntryExamination(kind: .malformed(problem), signature: Claim(.signature, .failed, problem: problem))
        }
        let note: SignedNote
        do { note = try SignedNote(parsing: entry) } catch {
            return malformed(Problem(.entryMalformed, place, error.description))
        }
        guard note.signatures.count <= EntryExaminer.maxSignatures else {
            return malformed(
                Problem(.entryMalformed, place, "\(note.signatures.count) signature lines; at most 8 are wanted"))
        }
        let signer: String
        let read: EntryExamination.Kind
        do {
            if case .post = kind {
                let record = try PostRecord(parsing: note.text)
                // "log <origin>: v1 has none: one signer in two logs can be replayed between them."
                if let origin, let log = record.log, !Bytes.isSame(log.string, origin) {
                    return malformed(
                        Problem(.entryMalformed, place, "a post's record of the log \(log), not of \(origin)"))
                }
                signer = record.signer.string
                read = .post(record)
            } else {
                let record = try AccessionRecord(parsing: note.text)
                // An accession of another log, even by the same signer, proves nothing here.
                if let origin, !Bytes.isSame(record.log.string, origin) {
                    return malformed(
                        Problem(.entryMalformed, place, "an accession of the log \(record.log), not of \(origin)"))
                }
                for (_, link) in record.state.links where UInt64(clamping: link.index) >= index {
                    return malformed(
                        Problem(.entryMalformed, place, "its state names entry \(link.index), which is not below it"))
                }
                signer = record.signer.string
                read = .accession(record)
            }
        } catch {
            return malformed(Problem(error, place: place))
        }
        return EntryExamination(kind: read, signature: signature(note, signer: signer))
    }

    private mutating func signature(_ note: SignedNote, signer: String) -> Claim {
        guard note.signatures.contains(where: { Bytes.isSame($0.name, signer) }) else {
            return Claim(
                .signature, .failed, "the record names the signer \(signer), no signature line does", code: .signature)
        }
        do {
            let verified = try verifier.verify(note, keys: signers)
            guard let key = verified.first(where: { Bytes.isSame($0.key.name, signer) })?.key else {
                return Claim(
                    .signature, .unknown, "a pinned key signed, but not that of \(signer), whom the record names",
                    code: .notPinned)
            }
            if let proven, proven.key == key { return proven.claim }
            let claim = Claim(.signature, .proven, "\(key.name), key \(key.keyIDText), pinned")
            proven = (key, claim)
            return claim
        } catch  where error.code == .keyUnknown {
            return Claim(.signature, .unknown, "\(signer) is not pinned", code: .notPinned)
        } catch {
            return Claim(.signature, .failed, error.reason, code: .signature)
        }
    }
}
