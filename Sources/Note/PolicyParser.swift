import ProvenanceEncoding

/// Parses a policy's lines in order: "References only to earlier lines".
struct PolicyParser {
    private(set) var logs: [VerifierKey] = []
    private(set) var witnesses: [(name: String, key: VerifierKey)] = []
    private(set) var rules: [Policy.Rule] = []
    private(set) var quorum: Int?
    private(set) var quorumName: String?
    /// Indices of the rules by name; names are opaque bytes.
    private var places: [[UInt8]: Int] = [:]
    private var members: Set<[UInt8]> = []
    private var logKeys: [[UInt8]: String] = [:]
    private var witnessKeys: [[UInt8]: String] = [:]

    private static let none = Array("none".utf8)

    mutating func read(_ line: ArraySlice<UInt8>, number: Int) throws(NoteError) {
        // "Separator = runs of space/tab only."
        let fields = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 }).map(Array.init)
        // "Whole-line comments only": a `#` that starts the first field.
        guard let keyword = fields.first, keyword.first != UInt8(ascii: "#") else { return }
        do throws(NoteError) {
            switch String(decoding: keyword, as: UTF8.self) {
            case "log": try readLog(fields)
            case "witness": try readWitness(fields)
            case "group": try readGroup(fields)
            case "quorum": try readQuorum(fields)
            default: throw PolicyParser.malformed("an unknown keyword; known are log, witness, group and quorum")
            }
        } catch {
            throw NoteError(error.code == .keyRole ? .keyRole : .policyMalformed, error.reason, line: number)
        }
    }

    private mutating func readLog(_ fields: [[UInt8]]) throws(NoteError) {
        guard fields.count == 2 || fields.count == 3 else { throw PolicyParser.malformed("wanted: log <vkey> [<url>]") }
        let key = try PolicyParser.key(fields[1])
        guard key.kind != .cosignature else {
            throw PolicyParser.malformed("a log's key is not a cosignature key (type 0x04)")
        }
        // "No two logs … with the same underlying public key, even under another name or id."
        try PolicyParser.take(key, "log", &logKeys)
        guard witnessKeys[key.publicKey] == nil else { throw PolicyParser.twoRoles("log") }
        logs.append(key)
    }

    private mutating func readWitness(_ fields: [[UInt8]]) throws(NoteError) {
        guard fields.count == 3 || fields.count == 4 else {
            throw PolicyParser.malformed("wanted: witness <name> <vkey> [<url>]")
        }
        try define(fields[1])
        let key = try PolicyParser.key(fields[2])
        guard key.kind == .cosignature || key.kind == .unsupported(0x06) else {
            throw PolicyParser.malformed("a witness's key has the type 0x04 or 0x06, not \(key.kind.byte)")
        }
        try PolicyParser.take(key, "witness", &witnessKeys)
        guard logKeys[key.publicKey] == nil else { throw PolicyParser.twoRoles("witness") }
        witnesses.append((String(decoding: fields[1], as: UTF8.self), key))
        rules.append(.witness(key))
    }

    /// Registers a public key; refuses a second use, with `E-KEY-ROLE` if the key has another name there.
    private static func take(_ key: VerifierKey, _ role: String, _ keys: inout [[UInt8]: String]) throws(NoteError) {
        guard let name = keys.updateValue(key.name, forKey: key.publicKey) else { return }
        guard Bytes.isSame(name, key.name) else {
            throw NoteError(.keyRole, "one public key is the \(role) \(name) and the \(role) \(key.name)")
        }
        throw malformed("a second \(role) with the same public key")
    }

    private mutating func readGroup(_ fields: [[UInt8]]) throws(NoteError) {
        guard fields.count >= 4 else { throw PolicyParser.malformed("wanted: group <name> all|any|<k> <member>…") }
        let count = fields.count - 3
        let threshold: Int
        switch String(decoding: fields[2], as: UTF8.self) {
        case "all": threshold = count
        case "any": threshold = 1
        default:
            guard let value = Bytes.decimal(fields[2]), value >= 1, value <= UInt64(count) else {
                throw PolicyParser.malformed("the threshold is all, any or 1…\(count)")
            }
            threshold = Int(value)
        }
        var list: [Int] = []
        for member in fields[3...] {
            guard let place = places[member] else {
                throw PolicyParser.malformed("a member that no earlier line names")
            }
            // "Each name may be a member at most once in the whole file."
            guard members.insert(member).inserted else { throw PolicyParser.malformed("a name is a member twice") }
            list.append(place)
        }
        try define(fields[1])
        rules.append(.group(threshold: threshold, members: list))
    }

    private mutating func readQuorum(_ fields: [[UInt8]]) throws(NoteError) {
        guard fields.count == 2 else { throw PolicyParser.malformed("wanted: quorum <name>|none") }
        guard quorumName == nil else { throw PolicyParser.malformed("a second quorum line") }
        if fields[1] != PolicyParser.none {
            guard let place = places[fields[1]] else {
                throw PolicyParser.malformed("a quorum that no earlier line names")
            }
            quorum = place
        }
        quorumName = String(decoding: fields[1], as: UTF8.self)
    }

    /// Gives the next rule its name: "Witness and group names share a namespace; none is reserved".
    private mutating func define(_ name: [UInt8]) throws(NoteError) {
        guard name != PolicyParser.none else { throw PolicyParser.malformed("'none' is reserved") }
        guard places.updateValue(rules.count, forKey: name) == nil else {
            throw PolicyParser.malformed("a name that an earlier line has")
        }
    }

    private static func key(_ field: [UInt8]) throws(NoteError) -> VerifierKey {
        guard let text = String(validating: field, as: UTF8.self) else { throw malformed("a vkey is UTF-8") }
        return try VerifierKey(parsing: text)
    }

    /// Stricter than tlog-policy, which lets a log and a witness share a key: a log that is its own witness adds no
    /// independent signature, but would count towards the quorum.
    private static func twoRoles(_ role: String) -> NoteError {
        let other = role == "log" ? "witness" : "log"
        return NoteError(.keyRole, "the \(role)'s public key is that of a \(other) above; one key has one role")
    }

    private static func malformed(_ reason: String) -> NoteError { NoteError(.policyMalformed, reason) }
}
