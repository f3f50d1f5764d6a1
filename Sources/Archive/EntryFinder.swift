import Files
import Note
import OpenSSL
import Post

/// Finds an entry by what a person types: an index, a digest, or a path.
public struct EntryFinder {
    private let view: LogView
    private let surroundings: Surroundings

    /// A finder in one log.
    public init(_ view: LogView, _ surroundings: Surroundings) {
        self.view = view
        self.surroundings = surroundings
    }

    /// An index as it is printed: digits without sign or leading zeros; `nil` for anything else.
    public static func index(_ text: some StringProtocol) -> UInt64? {
        guard let value = UInt64(text), String(value).utf8.elementsEqual(text.utf8) else { return nil }
        return value
    }

    /// Whether a text is a number, if not in the spelling of an index, so that nobody can have meant a path.
    private static func isNumber(_ text: String) -> Bool {
        let digits = text.utf8.first == UInt8(ascii: "+") ? text.utf8.dropFirst() : text.utf8[...]
        return !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// The entry that an index, a digest or a path names.
    ///
    /// - Throws: `Problem` with `E-NOT-RECORDED` when there is none, `E-USAGE` for a number that is no index of the log.
    public func find(_ name: RawPath) throws(Problem) -> UInt64 {
        // What is not UTF-8 can only be a path; as text it holds U+FFFD, which no number does.
        let text = name.description
        guard !EntryFinder.isNumber(text) || EntryFinder.index(text) != nil || Digest(hex: text) != nil else {
            throw Problem(
                .usage, text, "an index is written without sign and leading zeros, below \(view.size) here",
                advice: "for a file of this name, give ./\(text)")
        }
        if let index = EntryFinder.index(text) {
            guard index < view.size else {
                throw Problem(.usage, text, "the log has \(view.size) entries, the first is 0")
            }
            return index
        }
        let index = try view.index()
        return try view.wrapped {
            if let digest = Digest(hex: text) {
                if let hint = try index.read({ try $0.entry(digest) }), try records(hint, digest) { return hint }
                guard let entry = try scan(digest: digest, path: nil) else {
                    throw Problem(.notRecorded, text, "no record has this SHA-256")
                }
                return entry
            }
            if let entry = try entries(at: name, index).last { return entry }
            let place = surroundings.absolute(name)
            guard let entry = try scan(digest: try digest(of: place), path: view.archive.relative(place)) else {
                throw Problem(.notRecorded, text, "neither the file's bytes nor its path are on record")
            }
            return entry
        }
    }

    /// The entries of a path: of the bytes that stand there now, and of all that were registered there.
    public func entries(at path: RawPath, _ index: Index) throws(Problem) -> [UInt64] {
        let place = surroundings.absolute(path)
        return try view.wrapped {
            try index.read { lookup in
                var found: Set<UInt64> = []
                if let relative = view.archive.relative(place) {
                    for placement in try lookup.placements(root: ".", path: relative) { found.insert(placement.entry) }
                }
                if let digest = try digest(of: place), let entry = try lookup.entry(digest), try records(entry, digest)
                {
                    found.insert(entry)
                }
                return found.filter { $0 < view.size }.sorted()
            }
        }
    }

    private func digest(of place: RawPath) throws -> Digest? {
        guard let status = try FileStatus.of(place), status.kind == .regular else { return nil }
        return try SHA256.hash(try readFile(place, limit: Post.maximumSize).bytes)
    }

    /// Whether an entry records a digest: the index only says where to look.
    private func records(_ entry: UInt64, _ digest: Digest) throws -> Bool {
        guard entry < view.size, let text = History.noteText(try view.reader.entry(entry)[...]) else { return false }
        return (try? PostRecord(parsing: text))?.sha256 == digest
    }

    /// The earliest entry of a digest, else the newest of a path, by the log and the registers themselves: only they
    /// say that there is none.
    private func scan(digest: Digest?, path: RawPath?) throws -> UInt64? {
        var ofDigest: UInt64?
        var ofPath: UInt64?
        try History.scan(view.reader, accessions: view.archive.accessions, lines: path != nil) { event in
            switch event {
            case .post(let index, let record) where ofDigest == nil && record.sha256 == digest: ofDigest = index
            case .line(_, ".", let line) where line.path == path: ofPath = line.entry ?? ofPath
            case .post, .line, .accession, .other: break
            }
        }
        return ofDigest ?? ofPath
    }
}

/// An entry as it is shown.
public struct ShownEntry: Sendable {
    /// Its index.
    public let index: UInt64
    /// The note, as text.
    public let note: String
    /// Its record, when it is a post's.
    public let record: PostRecord?
    /// How its signature stands.
    public let signature: Claim
    /// Where its bytes were seen.
    public let places: [Index.Placement]
    /// The title, a label.
    public let title: String?

    /// The form in `--json`.
    public var json: JSONValue {
        .object([
            "index": .number(index), "note": .string(note), "record": record?.json ?? .null,
            "signature": signature.json, "places": .array(places.map(\.json)), "title": .optional(title),
        ])
    }
}

extension Index.Placement {
    /// The form in `--json`; `path64` stands beside a path that is not UTF-8.
    public var json: JSONValue {
        var members: [String: JSONValue] = ["root": .string(root), "path": .string(path.description)]
        if path.text == nil { members["path64"] = .string(Base64.encode(path.bytes)) }
        return .object(members)
    }
}

extension LogView {
    /// An entry, authenticated, with what the index says of it.
    public func show(_ index: UInt64) throws(Problem) -> ShownEntry {
        let lookup = try self.index()
        return try wrapped {
            let entry = try reader.entry(index)
            var examiner = try EntryExaminer(signers: signers, origin: archive.origin)
            let examination = examiner.examine(entry[...], index: index)
            let (places, title) = try lookup.read { lookup in
                (
                    try lookup.placements(of: index), try lookup.row(index)?.title
                )
            }
            return ShownEntry(
                index: index, note: String(decoding: entry, as: UTF8.self), record: examination.post,
                signature: examination.signature, places: places, title: title)
        }
    }
}

extension Index {
    /// A session of look-ups for commands, its failure as a `Problem`.
    public func reading(_ body: (IndexLookup) throws -> Void) throws(Problem) {
        do { try read(body) } catch { throw Problem(any: error) }
    }
}
