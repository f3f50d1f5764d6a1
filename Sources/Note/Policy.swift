import OpenSSL

/// A C2SP tlog-policy: which logs are known, and which witnesses must have cosigned.
public struct Policy: Equatable, Sendable {
    /// A witness or group by name.
    indirect enum Rule: Equatable, Sendable {
        case witness(VerifierKey)
        case group(threshold: Int, members: [Rule])
    }

    /// The known logs; a checkpoint of any one of them counts.
    public let logs: [VerifierKey]
    /// The known witnesses by the names the policy gives them.
    public let witnesses: [(name: String, key: VerifierKey)]
    /// What must be satisfied, `nil` for `quorum none`.
    let quorum: Rule?
    /// The quorum's name as written, `none` included.
    public let quorumName: String

    /// Longest policy that is read; 32 logs, witnesses and groups (the least to be supported) take some 16 kB.
    public static let longest = 1_000_000

    /// A policy of the given logs without witnesses: `quorum none`.
    public init(logs: [VerifierKey]) {
        self.logs = logs
        witnesses = []
        quorum = nil
        quorumName = "none"
    }

    public static func == (left: Policy, right: Policy) -> Bool {
        left.logs == right.logs && left.quorum == right.quorum && left.quorumName == right.quorumName
            && left.witnesses.elementsEqual(right.witnesses) { $0.name == $1.name && $0.key == $1.key }
    }

    /// Reads a policy strictly.
    ///
    /// - Throws: `NoteError` with `E-POLICY-MALFORMED` and the line.
    public init(parsing bytes: [UInt8]) throws(NoteError) {
        var parser = PolicyParser()
        guard bytes.count <= Policy.longest else {
            throw NoteError(.policyMalformed, "\(bytes.count) bytes; at most \(Policy.longest) are read", line: 1)
        }
        // "the octets 0x09, 0x0A, 0x20-0x7E and 0x80-0xFF".
        for (number, line) in bytes.split(separator: Text.newline, omittingEmptySubsequences: false).enumerated() {
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
        quorum = parser.quorum
        quorumName = name
    }

    /// The keys that may sign a checkpoint of `origin`: its logs, and every witness.
    public func keys(origin: String) -> [VerifierKey] {
        logs.filter { $0.name == origin } + witnesses.map(\.key)
    }

    /// Whether verified signatures satisfy the quorum.
    public func isSatisfied(by signatures: [VerifiedSignature]) -> Bool {
        guard let quorum else { return true }
        return Policy.isSatisfied(quorum, by: signatures)
    }

    private static func isSatisfied(_ rule: Rule, by signatures: [VerifiedSignature]) -> Bool {
        switch rule {
        case .witness(let key): signatures.contains { $0.key == key }
        case .group(let threshold, let members):
            members.reduce(0) { isSatisfied($1, by: signatures) ? $0 + 1 : $0 } >= threshold
        }
    }
}

/// Reads a policy's lines in order: "References only to earlier lines".
private struct PolicyParser {
    var logs: [VerifierKey] = []
    var witnesses: [(name: String, key: VerifierKey)] = []
    var quorum: Policy.Rule?
    var quorumName: String?
    private var rules: [[UInt8]: Policy.Rule] = [:]
    private var members: Set<[UInt8]> = []

    mutating func read(_ line: ArraySlice<UInt8>, number: Int) throws(NoteError) {
        func fail(_ reason: String) -> NoteError { NoteError(.policyMalformed, reason, line: number) }
        let fields = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 }).map(Array.init)
        // "Whole-line comments only": a `#` that starts the first field.
        guard let keyword = fields.first, keyword.first != UInt8(ascii: "#") else { return }
        switch String(decoding: keyword, as: UTF8.self) {
        case "log":
            guard fields.count == 2 || fields.count == 3 else { throw fail("wanted: log <vkey> [<url>]") }
            let key = try key(fields[1], number)
            // "No two logs … with the same underlying public key, even under another name or id."
            guard !logs.contains(where: { $0.publicKey == key.publicKey }) else {
                throw fail("a second log with the same public key")
            }
            if key.kind == .cosignature { throw fail("a log's key is not a cosignature key (type 0x04)") }
            logs.append(key)
        case "witness":
            guard fields.count == 3 || fields.count == 4 else { throw fail("wanted: witness <name> <vkey> [<url>]") }
            let name = try newName(fields[1], number)
            let key = try key(fields[2], number)
            guard key.kind == .cosignature || key.kind == .unsupported(0x06) else {
                throw fail("a witness's key has the type 0x04 or 0x06, not \(key.kind.byte)")
            }
            guard !witnesses.contains(where: { $0.key.publicKey == key.publicKey }) else {
                throw fail("a second witness with the same public key")
            }
            witnesses.append((String(decoding: name, as: UTF8.self), key))
            rules[name] = .witness(key)
        case "group":
            guard fields.count >= 4 else { throw fail("wanted: group <name> all|any|<k> <member>…") }
            let name = try newName(fields[1], number)
            let count = fields.count - 3
            let threshold: Int
            switch String(decoding: fields[2], as: UTF8.self) {
            case "all": threshold = count
            case "any": threshold = 1
            default:
                guard let value = Text.decimal(fields[2]), value >= 1, value <= UInt64(count) else {
                    throw fail("the threshold is all, any or 1…\(count)")
                }
                threshold = Int(value)
            }
            var list: [Policy.Rule] = []
            for member in fields[3...] {
                guard let rule = rules[member] else { throw fail("a member that no earlier line names") }
                // "Each name may be a member at most once in the whole file."
                guard members.insert(member).inserted else { throw fail("a name is a member twice") }
                list.append(rule)
            }
            rules[name] = .group(threshold: threshold, members: list)
        case "quorum":
            guard fields.count == 2 else { throw fail("wanted: quorum <name>|none") }
            guard quorumName == nil else { throw fail("a second quorum line") }
            if fields[1] != Array("none".utf8) {
                guard let rule = rules[fields[1]] else { throw fail("a quorum that no earlier line names") }
                quorum = rule
            }
            quorumName = String(decoding: fields[1], as: UTF8.self)
        default: throw fail("an unknown keyword; known are log, witness, group and quorum")
        }
    }

    private func newName(_ name: [UInt8], _ number: Int) throws(NoteError) -> [UInt8] {
        guard name != Array("none".utf8) else { throw NoteError(.policyMalformed, "'none' is reserved", line: number) }
        guard rules[name] == nil else {
            throw NoteError(.policyMalformed, "a name that an earlier line has", line: number)
        }
        return name
    }

    private func key(_ field: [UInt8], _ number: Int) throws(NoteError) -> VerifierKey {
        guard let text = String(validating: field, as: UTF8.self) else {
            throw NoteError(.policyMalformed, "a vkey is UTF-8", line: number)
        }
        do { return try VerifierKey(parsing: text) } catch {
            throw NoteError(.policyMalformed, error.reason, line: number)
        }
    }
}
