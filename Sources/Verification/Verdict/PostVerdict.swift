import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem

/// The verdict on one post.
public struct PostVerdict: Sendable {
    /// Another record of the same address or place. Listed so that re-adding an altered post cannot hide the original.
    public struct Earlier: Sendable, Equatable {
        /// The entry.
        public let index: UInt64
        /// What it has in common with the post.
        public let reason: String
        /// SHA-256 of what was recorded then.
        public let sha256: Digest
        /// The operator's clock at that time, in milliseconds since 1970.
        public let recorded: Int64

        package init(index: UInt64, reason: String, sha256: Digest, recorded: Int64) {
            self.index = index
            self.reason = reason
            self.sha256 = sha256
            self.recorded = recorded
        }
    }

    /// The path as given.
    public let path: String
    /// The entry that records these bytes.
    public var index: UInt64?
    /// The record, authenticated.
    public var record: PostRecord?
    /// What is claimed, and how it stands.
    public var claims: [Claim] = []
    /// What is wrong, with stable codes.
    public var problems: [Problem] = []
    /// What the post holds besides what its record states.
    public var warnings: [PostWarning] = []
    /// Other records of the same address or place; only some where there are many.
    public var earlier: [Earlier] = []
    /// How many there are.
    public var earlierCount = 0

    /// A verdict without claims.
    package init(path: String) { self.path = path }

    /// "One it cannot read makes that log's signer claims unknown."
    package mutating func forgetSigner(_ kind: String) {
        claims = claims.map {
            guard $0.subject == .signature, $0.standing != .failed else { return $0 }
            return Claim(
                .signature, .unknown, "the log holds \(kind), which this version cannot read", code: .keyLife)
        }
    }

    /// The verdict of a file or folder that cannot be read, `E-UNREADABLE`.
    public init(unreadable path: RawPath, _ error: FileError) {
        self.path = path.description
        problems = [Problem(.unreadable, path.description, error.reason)]
    }

    /// The exit code.
    public var status: ExitStatus {
        let worst = claims.map(\.status).max() ?? .inconclusive
        return max(worst, problems.map(\.status).max() ?? .verified)
    }

    /// The form in `--json`.
    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "path": .string(path), "status": .string(status.word), "claims": .array(claims.map(\.json)),
            "problems": .array(problems.map(\.json)),
        ]
        if let index { members["index"] = .number(index) }
        if let record {
            members["record"] = record.json
            if record.version == .v2 { members["warnings"] = .array(warnings.map(\.json)) }
        }
        members["earlierCount"] = .number(earlierCount)
        members["earlier"] = .array(
            earlier.map {
                .object([
                    "index": .number($0.index), "reason": .string($0.reason), "sha256": .string($0.sha256.hex),
                    "recorded": .number($0.recorded),
                ])
            })
        return .object(members)
    }
}

extension PostWarning {
    /// The form in `--json`.
    public var json: JSONValue {
        .object([
            "code": .string(code.rawValue), "line": .number(line), "message": .string(message),
            "subject": .optional(subject?.string),
        ])
    }
}

extension Problem {
    /// The form in `--json`.
    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "code": .string(code), "place": .string(place), "reason": .string(reason), "exit": .number(status.rawValue),
        ]
        if let advice { members["advice"] = .string(advice) }
        return .object(members)
    }
}

extension PostRecord {
    /// The form in `--json`.
    public var json: JSONValue {
        let members: [String: JSONValue] = [
            "signer": .string(signer.string), "sha256": .string(sha256.hex), "size": .number(size),
            "source": .optional(source?.string), "dated": .optional(dated?.string),
            "published": published.map { .number($0) } ?? .null, "recorded": .number(recorded),
            "front": .optional(front?.hex), "body": .string(body.hex), "text": .string(text.root.hex),
            "passages": .number(text.count),
        ]
        guard let log else { return .object(members) }
        return .object(members.merging(readingMembers) { $1 }.merging(["log": .string(log.string)]) { $1 })
    }

    /// How the record reads the post, in `--json`; nothing in version 1.
    public var readingMembers: [String: JSONValue] {
        guard let form else { return [:] }
        return [
            "form": .string(form.word.string), "sourceKey": .optional(sourceKey?.string),
            "datedKey": .optional(datedKey?.string),
        ]
    }
}
