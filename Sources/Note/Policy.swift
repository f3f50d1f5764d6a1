import ProvenanceEncoding

/// A C2SP tlog-policy: which logs are known, and which witnesses must have cosigned.
public struct Policy: Equatable, Sendable {
    /// A witness or a group.
    ///
    /// Members are indices of earlier rules, as the format only allows references to earlier lines. The rules are a
    /// flat array, so a policy cannot be too deep to evaluate.
    enum Rule: Equatable, Sendable {
        case witness(VerifierKey)
        case group(threshold: Int, members: [Int])
    }

    /// The known logs; a checkpoint signed by any one of them is enough.
    public let logs: [VerifierKey]
    /// The known witnesses, with their names in the policy.
    public let witnesses: [(name: String, key: VerifierKey)]
    /// Witnesses and groups in the order of their lines.
    let rules: [Rule]
    /// The index of the rule that must be satisfied; `nil` for `quorum none`.
    let quorum: Int?
    /// The quorum's name as written, `none` included.
    public let quorumName: String

    /// Longest policy that is read; 32 logs, witnesses and groups (the minimum that must be supported) take some 16 kB.
    public static let maxBytes = 1_000_000

    /// A policy of the given logs without witnesses: `quorum none`.
    public init(logs: [VerifierKey]) {
        self.logs = logs
        witnesses = []
        rules = []
        quorum = nil
        quorumName = "none"
    }

    /// Whether two policies have the same keys under the same names, and the same rules and quorum.
    public static func == (left: Policy, right: Policy) -> Bool {
        left.logs == right.logs && left.rules == right.rules && left.quorum == right.quorum
            && Bytes.isSame(left.quorumName, right.quorumName)
            && left.witnesses.elementsEqual(right.witnesses) { Bytes.isSame($0.name, $1.name) && $0.key == $1.key }
    }

    /// Parses a policy strictly; stricter than tlog-policy in that a log and a witness must not share a public key.
    ///
    /// - Throws: `NoteError` with `E-POLICY-MALFORMED` or `E-KEY-ROLE`, and the line.
    public init(parsing bytes: [UInt8]) throws(NoteError) {
        var parser = PolicyParser()
        guard bytes.count <= Policy.maxBytes else {
            throw NoteError(.policyMalformed, "\(bytes.count) bytes; at most \(Policy.maxBytes) are read", line: 1)
        }
        // "the octets 0x09, 0x0A, 0x20-0x7E and 0x80-0xFF".
        for (number, line) in bytes.split(separator: Bytes.newline, omittingEmptySubsequences: false).enumerated() {
            if let octet = line.first(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7f }) {
                throw NoteError(.policyMalformed, "the octet \(octet) is not allowed", line: number + 1)
            }
            try parser.read(line, number: number + 1)
        }
        guard let name = parser.quorumName else {
            throw NoteError(.policyMalformed, "no quorum line; exactly one is wanted", line: nil)
        }
        logs = parser.logs
        witnesses = parser.witnesses
        rules = parser.rules
        quorum = parser.quorum
        quorumName = name
    }

    /// The keys whose signatures count on a checkpoint of `origin`: its logs, and every witness.
    public func keys(origin: String) -> [VerifierKey] {
        logs.filter { Bytes.isSame($0.name, origin) } + witnesses.map(\.key)
    }

    /// Whether the policy accepts a checkpoint of `origin` with these verified signatures.
    ///
    /// tlog-policy: at least one listed log has signed, and the quorum is satisfied. A note signed only by witnesses is
    /// not accepted.
    public func accepts(_ signatures: [VerifiedSignature], origin: String) -> Bool {
        logs.contains { log in Bytes.isSame(log.name, origin) && signatures.contains { $0.key == log } }
            && isSatisfied(by: signatures)
    }

    /// Whether verified signatures satisfy the quorum; the log's own signature is not checked.
    public func isSatisfied(by signatures: [VerifiedSignature]) -> Bool {
        guard let quorum else { return true }
        var satisfied: [Bool] = []
        satisfied.reserveCapacity(rules.count)
        for rule in rules {
            switch rule {
            case .witness(let key): satisfied.append(signatures.contains { $0.key == key })
            case .group(let threshold, let members):
                satisfied.append(members.count { satisfied[$0] } >= threshold)
            }
        }
        return satisfied[quorum]
    }
}
