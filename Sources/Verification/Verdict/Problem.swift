import Glibc
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem

/// A failure in one form for every part of the program: a stable code, the place, the reason, and advice.
public struct Problem: Error, Sendable, Hashable {
    /// A stable code, for example `E-BODY-CHANGED`; `Documentation/errors.md` explains each.
    public let code: String
    /// The file, entry or option concerned; raw, to be escaped when printed.
    public let place: String
    /// What was found and what was expected.
    public let reason: String
    /// What to do about it, if anything.
    public let advice: String?
    /// The exit code that it leads to.
    public let status: ExitStatus
    /// Why a file is no post, in words that fit every file of its kind.
    public var cause: String?

    /// The same for problems of one cause: the code, and the words that fit all of them.
    public var causeKey: String { "\(code) \(cause ?? "")" }

    /// A problem from its parts.
    public init(_ code: Code, _ place: String, _ reason: String, advice: String? = nil) {
        self.code = code.name
        self.place = place
        self.reason = reason
        self.advice = advice
        status = code.status
    }

    /// A problem with the code of another target or of a claim.
    public init(code: String, place: String, reason: String, advice: String? = nil, status: ExitStatus) {
        self.code = code
        self.place = place
        self.reason = reason
        self.advice = advice
        self.status = status
    }

    /// A stable code of this target with the exit code it leads to.
    public struct Code: Hashable, Sendable {
        /// The name as it is printed.
        public let name: String
        /// The exit code it leads to.
        public let status: ExitStatus
    }
}

extension Problem.Code {
    private static func failed(_ name: String) -> Problem.Code { Problem.Code(name: name, status: .failed) }
    private static func environment(_ name: String) -> Problem.Code {
        Problem.Code(name: name, status: .environment)
    }
    private static func inconclusive(_ name: String) -> Problem.Code {
        Problem.Code(name: name, status: .inconclusive)
    }

    /// The file is not the one that was recorded; the parts that differ are named.
    public static let altered = failed("E-ALTERED")
    /// A field of the record is not what the post states.
    public static let recordMismatch = failed("E-RECORD-MISMATCH")
    /// A recorded post is no longer at any place where it was seen.
    public static let missing = failed("E-MISSING")
    /// Bytes other than the recorded ones were recorded later, or are now, at a registered place, and it is unresolved.
    public static let replaced = failed("E-REPLACED")
    /// The log has no record of a post's bytes.
    public static let notRecorded = inconclusive("E-NOT-RECORDED")
    /// A signature of a pinned key does not verify.
    public static let signature = failed("E-SIGNATURE-INVALID")
    /// An entry's first line is known, but the rest does not have the form of that kind.
    public static let entryMalformed = failed("E-ENTRY-MALFORMED")
    /// The last lines of an entry name an entry that is another one, or of another kind.
    public static let stateFalse = failed("E-STATE-FALSE")
    /// An inclusion proof does not lead to the checkpoint's root.
    public static let inclusion = failed("E-INCLUSION-INVALID")
    /// A consistency proof does not connect the two checkpoints.
    public static let consistency = failed("E-CONSISTENCY-INVALID")
    /// A checkpoint is malformed or a pinned key's signature on it does not verify.
    public static let checkpoint = failed("E-CHECKPOINT-INVALID")
    /// A manifest's range lacks entries, or its count is wrong.
    public static let incomplete = failed("E-INCOMPLETE")
    /// A register does not have the root that its accession entry states.
    public static let register = failed("E-REGISTER-FORGED")
    /// A register's file is missing: what the accession saw is unknown.
    public static let registerMissing = inconclusive("E-REGISTER-MISSING")
    /// A damaged file of the log could not be restored: neither the log nor the source has its authentic bytes.
    public static let notRestored = failed("E-NOT-RESTORED")
    /// The time since the last accession is over the limit.
    public static let gap = failed("E-GAP")
    /// No key that signed is pinned.
    public static let notPinned = inconclusive("E-KEY-NOT-PINNED")
    /// The policy's quorum of witnesses is not met.
    public static let quorum = inconclusive("E-QUORUM")
    /// A key-life entry of a version that this program cannot read.
    public static let keyLife = inconclusive("E-KEY-LIFE-UNREADABLE")
    /// An entry is of a kind that this version does not know: logged, but its meaning is unknown.
    public static let kindUnknown = inconclusive("E-KIND-UNKNOWN")
    /// There was nothing to check.
    public static let nothing = inconclusive("E-NOTHING-CHECKED")
    /// The content was required, but no post was compared.
    public static let contentNotCompared = inconclusive("E-CONTENT-NOT-COMPARED")
    /// A list or `bag-info.txt` of a bundle is malformed.
    public static let bundleMalformed = failed("E-BUNDLE-MALFORMED")
    /// A folder or zip file is not a bundle: files that every bundle has are missing.
    public static let noBundle = environment("E-BUNDLE-MALFORMED")
    /// A file of a bundle differs from what its list states.
    public static let bundleChanged = failed("E-BUNDLE-CHANGED")
    /// A file that a bundle's list names is missing, or a record lacks its proof, or a proof its record.
    public static let bundleMissing = failed("E-BUNDLE-MISSING")
    /// A file of a bundle that no list names, or a payload file that no record names.
    public static let bundleStray = failed("E-BUNDLE-STRAY")
    /// `bundle.note` is not the signer's signature over this bundle.
    public static let bundleNote = failed("E-BUNDLE-NOTE")
    /// A verifier in a bundle does not belong to any released version.
    public static let verifierUnknown = failed("E-VERIFIER-UNKNOWN")
    /// No archive was found.
    public static let noArchive = environment("E-NO-ARCHIVE")
    /// An archive exists already.
    public static let archiveExists = environment("E-ARCHIVE-EXISTS")
    /// The archive's format is unknown to this program.
    public static let archiveVersion = environment("E-ARCHIVE-VERSION")
    /// The command line cannot be carried out as it stands.
    public static let usage = environment("E-USAGE")
    /// A word names several entries.
    public static let ambiguous = environment("E-AMBIGUOUS")
    /// A root that was named cannot be read; this is never reported as "all missing".
    public static let unreadable = environment("E-UNREADABLE")
    /// A file does not have the form of its kind.
    public static let malformed = environment("E-MALFORMED")
    /// A file is not a manifest, or not in canonical form.
    public static let manifest = environment("E-MANIFEST-MALFORMED")
    /// A key file cannot be read or written.
    public static let key = environment("E-KEY")
    /// One public key has two roles, or two names in one role.
    public static let keyRole = environment("E-KEY-ROLE")
    /// A private key file exists already and is not overwritten.
    public static let keyExists = environment("E-KEY-EXISTS")
    /// Another command holds the lock.
    public static let locked = environment("E-LOCKED")
    /// What was recorded could not be brought to the shared repository, or recording for it could not begin.
    public static let publish = environment("E-PUBLISH")
    /// An output would replace a file of another kind, or lie among the archive's own files.
    public static let outputExists = environment("E-OUTPUT-EXISTS")
    /// The file system reported a failure.
    public static let storage = environment("E-IO")
    /// libcrypto failed.
    public static let crypto = environment("E-CRYPTO")
    /// The index failed; deleting it loses nothing.
    public static let index = environment("E-INDEX")
    /// An unforeseen failure: a fault of the program.
    public static let internalError = environment("E-INTERNAL")
    /// The clock shows a time that a record cannot state.
    public static let clock = environment("E-CLOCK")
    /// A folder in which posts are registered was named, but it has no posts.
    public static let emptyFolder = failed("E-FOLDER-EMPTY")
    /// Many posts of a folder are missing at once, or its device has changed.
    public static let massChange = failed("E-MASS-CHANGE")
    /// No post was recorded for longer than the limit.
    public static let quiet = failed("E-QUIET")
    /// Not every file was read for longer than the limit.
    public static let readingOverdue = failed("E-READING-OVERDUE")
    /// Everything new since the last recorded post was refused.
    public static let allRefused = inconclusive("E-ALL-REFUSED")
    /// A recorded post has left this place; its bytes stand elsewhere in the archive.
    public static let moved = inconclusive("E-MOVED")
    /// Not a regular file: links, devices and FIFOs are never opened.
    public static let notRegular = environment("E-NOT-REGULAR")
    /// A named file does not end in `.md`.
    public static let notMarkdown = environment("E-NOT-MARKDOWN")
    /// A post exceeds the size limit.
    public static let tooLarge = environment("E-TOO-LARGE")
    /// A record would exceed the size limit of an entry.
    public static let recordTooLong = environment("E-RECORD-TOO-LONG")

    /// Every code of this target, for the documentation's test.
    public static let all: [Problem.Code] = [
        .altered, .replaced, .recordMismatch, .missing, .notRecorded, .bundleMalformed, .bundleChanged, .bundleMissing,
        .bundleStray, .bundleNote, .verifierUnknown,
        .signature, .entryMalformed, .stateFalse, .inclusion, .consistency, .checkpoint, .incomplete, .register,
        .registerMissing,
        .gap, .notRestored, .notPinned, .quorum, .keyLife, .kindUnknown, .nothing, .contentNotCompared, .noArchive,
        .archiveExists,
        .archiveVersion, .usage, .ambiguous, .unreadable, .malformed, .manifest, .key, .keyRole, .keyExists, .locked,
        .publish, .outputExists,
        .storage, .crypto, .index, .internalError, .clock, .emptyFolder, .massChange, .quiet, .readingOverdue,
        .allRefused, .moved, .notRegular, .notMarkdown, .tooLarge,
        .recordTooLong,
    ]
}

extension Problem {
    /// A failure of the file system, `E-IO`, or `E-LOCKED`.
    public init(_ error: FileError) {
        let code: Code = error.operation == "lock" ? .locked : .storage
        self.init(
            code, error.path.description, "cannot \(error.operation): \(error.reason)",
            advice: code == .locked
                ? "wait for the other command, or give --lock-timeout SECONDS" : Problem.advice(system: error.number))
    }

    /// Advice for a shortage of a system resource, by error number.
    private static func advice(system number: Int32?) -> String? {
        switch number {
        case ENOSPC, EDQUOT: freeSpace
        case EMFILE, ENFILE: "too few files may be open: raise the limit (ulimit -n), then run it again"
        case EROFS: "the file system is mounted read-only"
        case ENOMEM: "memory is short: free some, then run it again"
        default: nil
        }
    }

    package static let freeSpace = "free space, then run it again: what was recorded before is durable"

    /// A failure inside libcrypto, `E-CRYPTO`.
    public init(_ error: OpenSSLError) { self.init(.crypto, "libcrypto", "\(error)") }

    package init(_ error: LogError) {
        let environment: Set<LogError.Code> = [.missing, .storage, .crypto, .outOfRange, .entryTooLong, .changed]
        self.init(
            code: error.code.name, place: error.path.isEmpty ? "log" : "log/" + error.path,
            reason: error.reason + Problem.touched(error.entries),
            advice: Problem.advice(error.code) ?? Problem.advice(system: error.system),
            status: environment.contains(error.code) ? .environment : .failed)
    }

    /// A store's failure with an object that is not a file of the log. A folder store's failure names the file.
    package init(_ error: StoreError) {
        if let cause = error.cause {
            self.init(cause)
        } else {
            self.init(.storage, error.path?.text ?? "", error.reason)
        }
    }

    private static func advice(_ code: LogError.Code) -> String? {
        switch code {
        case .rolledBack: "see Documentation/when-things-go-wrong.md, \"restored backup\""
        case .tileMissing, .tileMalformed, .tileForged, .entryForged:
            "`provenance repair --from COPY` restores it from another copy of the log, a manifest or a bundle"
        default: nil
        }
    }

    package init(_ error: NoteError, place: String, advice: String? = nil, status: ExitStatus = .environment) {
        self.init(code: error.code.name, place: place, reason: error.description, advice: advice, status: status)
    }

    private static func touched(_ entries: Range<UInt64>?) -> String {
        guard let entries, let last = entries.last else { return "" }
        return entries.count == 1 ? " (entry \(last))" : " (entries \(entries.lowerBound) to \(last))"
    }

    package init(_ error: PostError, place: String) {
        self.init(
            code: error.code.rawValue, place: "\(place):\(error.line):\(error.column)",
            reason: "found \(error.found), wanted \(error.wanted)", advice: error.advice, status: .environment)
        cause = error.cause
    }

    package init(_ error: RecordError, place: String) {
        self.init(
            .entryMalformed, place,
            "line \(error.line) (\(error.code.rawValue)): found \(error.found), wanted \(error.wanted)")
    }

    /// A short form, `CODE place: reason`, for logs.
    public var line: String { "\(code) \(place): \(reason)" }
}
