import ProvenanceEncoding
import ProvenanceRecord
import ProvenanceVerification

/// What a word of the command line names an entry by.
package enum EntryName: Sendable, CustomStringConvertible {
    /// Its index: decimal digits alone.
    case index(UInt64)
    /// The SHA-256 of its post, or the first digits of it: 8 to 64 hexadecimal digits, not all of them decimal unless
    /// `sha256:` stands before them.
    case digest(DigestPrefix)
    /// The address that its record states: `http://…` or `https://…`.
    case address(ExactText)
    /// The path of its post: anything else.
    case path(RawPath)

    private static let digestMark = "sha256:"
    private static let schemes = ["http://", "https://"]

    /// Reads a word.
    ///
    /// - Throws: `Problem` with `E-USAGE` for a number that is not spelled as an index, and for `sha256:` without a
    ///   digest.
    package init(_ word: RawPath) throws(Problem) {
        // What is not UTF-8 can only be a path.
        guard let text = word.text else {
            self = .path(word)
            return
        }
        let start = text.prefix(while: { $0 != "/" }).lowercased()
        if start.hasPrefix(EntryName.digestMark) {
            guard let prefix = DigestPrefix(String(text.dropFirst(EntryName.digestMark.count))) else {
                throw Problem(
                    .usage, text, "wanted \(DigestPrefix.minDigits) to 64 hexadecimal digits after sha256:",
                    advice: "for a file of this name, give ./\(text)")
            }
            self = .digest(prefix)
        } else if EntryName.isNumber(text) {
            if let index = EntryIndex.parse(text) {
                self = .index(index)
            } else if let digest = DigestPrefix(text), digest.isWhole {
                self = .digest(digest)
            } else {
                throw Problem(
                    .usage, text, "an index is written without sign and leading zeros",
                    advice: "for a file of this name, give ./\(text); for a digest, sha256:\(text)")
            }
        } else if EntryName.schemes.contains(where: { text.prefix($0.count).lowercased() == $0 }) {
            self = .address(ExactText(text))
        } else if let prefix = DigestPrefix(text) {
            self = .digest(prefix)
        } else {
            self = .path(word)
        }
    }

    /// Whether it is a path.
    package var isPath: Bool {
        if case .path = self { true } else { false }
    }

    /// Whether a text is a number, though perhaps not spelled as an index.
    private static func isNumber(_ text: String) -> Bool {
        let digits = text.utf8.first == UInt8(ascii: "+") ? text.utf8.dropFirst() : text.utf8[...]
        return !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// The word, for messages.
    package var description: String {
        switch self {
        case .index(let index): String(index)
        case .digest(let prefix): prefix.description
        case .address(let address): address.string
        case .path(let path): path.description
        }
    }
}

/// Finds the records that digests and addresses name, in one reading of the log.
final class EntrySearch {
    /// A record that a word names.
    struct Match: Sendable {
        let index: UInt64
        let sha256: Digest
        let recorded: Int64
        let source: ExactText?
    }

    /// What is looked for, by a key that a record's digest or address has too.
    private let prefixes: [[UInt8]: [DigestPrefix]]
    private let addresses: Set<NormalAddress>
    private var byDigest: [[UInt8]: [Match]] = [:]
    private var byAddress: [NormalAddress: [Match]] = [:]

    init(_ names: [EntryName]) {
        var prefixes: [[UInt8]: [DigestPrefix]] = [:]
        var addresses: Set<NormalAddress> = []
        for name in names {
            switch name {
            case .digest(let prefix): prefixes[prefix.key, default: []].append(prefix)
            case .address(let address): addresses.insert(NormalAddress(address))
            case .index, .path: break
            }
        }
        self.prefixes = prefixes
        self.addresses = addresses
    }

    /// Whether nothing is looked for.
    var isEmpty: Bool { prefixes.isEmpty && addresses.isEmpty }

    /// Reads the log.
    func run(_ view: LogView) throws {
        let (prefixes, addresses) = (prefixes, addresses)
        try view.records(
            passing: { record in
                if !prefixes.isEmpty, prefixes[DigestPrefix.key(of: record.sha256)] != nil { return true }
                return !addresses.isEmpty && record.source.map { addresses.contains(NormalAddress($0)) } ?? false
            },
            { index, record in
                let match = Match(
                    index: index, sha256: record.sha256, recorded: record.recorded, source: record.source)
                let key = DigestPrefix.key(of: record.sha256)
                if prefixes[key] != nil { byDigest[key, default: []].append(match) }
                guard !addresses.isEmpty, let source = record.source else { return }
                let address = NormalAddress(source)
                if addresses.contains(address) { byAddress[address, default: []].append(match) }
            })
    }

    /// The records whose digest begins so, in log order.
    func matches(_ prefix: DigestPrefix) -> [Match] {
        (byDigest[prefix.key] ?? []).filter { prefix.matches($0.sha256) }
    }

    /// The records that state an address, in log order: as it was typed, or where none does, in another spelling.
    func matches(_ address: ExactText) -> [Match] {
        let all = byAddress[NormalAddress(address)] ?? []
        let exact = all.filter { $0.source == address }
        return exact.isEmpty ? all : exact
    }
}
