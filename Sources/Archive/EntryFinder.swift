import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// Finds entries by what a person types: an index, a digest, an address, or a path.
public struct EntryFinder {
    private let view: LogView
    private let environment: Environment

    /// Maximum number of entries listed where a word names several.
    private static let maxChoices = 10

    /// A finder in one log.
    public init(_ view: LogView, _ environment: Environment) {
        self.view = view
        self.environment = environment
    }

    /// The entry that a word names.
    ///
    /// - Throws: as the function for several words.
    public func find(_ word: RawPath) throws(Problem) -> UInt64 {
        let name = try EntryName(word)
        guard let entry = try find([name]).first else { throw Problem(.notRecorded, name.description, "not on record") }
        return entry
    }

    /// The entries that some words name, one for each. The log is read once for all digests and addresses.
    ///
    /// - Throws: `Problem` with `E-NOT-RECORDED` for a word that names none, `E-AMBIGUOUS` with the choices for one that
    ///   names several, `E-USAGE` for a number that is no index of the log.
    package func find(_ names: [EntryName]) throws(Problem) -> [UInt64] {
        let search = EntrySearch(names)
        if !search.isEmpty {
            do { try search.run(view) } catch { throw Problem(any: error) }
        }
        var found: [UInt64] = []
        for name in names {
            switch name {
            case .index(let index):
                guard index < view.size else {
                    throw Problem(
                        .usage, name.description,
                        "found an index; wanted one below \(view.size), the number of entries in the log",
                        advice: "for a digest that has only decimal digits write sha256:\(name)")
                }
                found.append(index)
            case .digest(let prefix): found.append(try one(search.matches(prefix), name))
            case .address(let address): found.append(try one(search.matches(address), name))
            case .path(let path):
                guard let entry = try entries(at: [path]).first?.last else {
                    throw Problem(
                        .notRecorded, name.description, "neither the file's bytes nor its path are on record",
                        advice: "`provenance find WORDS` and `provenance list` look for posts")
                }
                found.append(entry)
            }
        }
        return found
    }

    /// The one entry of a word; `matches` are in log order.
    private func one(_ matches: [EntrySearch.Match], _ name: EntryName) throws(Problem) -> UInt64 {
        guard let first = matches.first else {
            switch name {
            case .digest(let prefix):
                throw Problem(
                    .notRecorded, name.description,
                    prefix.isWhole ? "no record has this SHA-256" : "no record's SHA-256 begins with these digits",
                    advice: "for a file of this name, give ./\(name)")
            default: throw Problem(.notRecorded, name.description, "no record states this address")
            }
        }
        guard matches.count > 1 else { return first.index }
        var what = "\(matches.count) records state this address"
        if case .digest = name {
            // Bytes that were recorded twice are one post, recorded first by the first entry.
            if matches.allSatisfy({ $0.sha256 == first.sha256 }) { return first.index }
            what = "the SHA-256 of \(matches.count) records begins with these digits"
        }
        let choices = matches.suffix(EntryFinder.maxChoices).reversed().map {
            "entry \($0.index) (recorded \(UTCTime.text($0.recorded)), sha256 \($0.sha256.hex.prefix(16))…)"
        }
        let more = matches.count - choices.count
        throw Problem(
            .ambiguous, name.description,
            "\(what), newest first: " + choices.joined(separator: ", ") + (more > 0 ? ", and \(more) more" : ""),
            advice: "give the index of one of them")
    }

    /// For each path, the entries of its current bytes and of everything registered at it.
    ///
    /// The log and the registers are read once for all paths; the index is not used.
    public func entries(at paths: [RawPath]) throws(Problem) -> [[UInt64]] {
        var question = PostFacts.Question()
        var asked: [(path: RawPath?, digest: Digest?)] = []
        for path in paths {
            let place = environment.absolute(path)
            let relative = view.archive.relative(place)
            let found: Digest?
            do { found = try digest(of: place) } catch { throw Problem(any: error) }
            asked.append((relative, found))
            if let relative { question.paths.insert(relative) }
            if let found { question.digests.insert(found) }
        }
        let facts = try PostFacts.read(view.context, asking: question)
        var found: [[UInt64]] = []
        for (path, digest) in asked {
            var entries = Set(path.flatMap { facts.placed[$0] }?.map(\.entry) ?? [])
            if let digest, let entry = try earliest(digest, facts) { entries.insert(entry) }
            found.append(entries.sorted())
        }
        return found
    }

    private func digest(of place: RawPath) throws -> Digest? {
        guard let status = try FileStatus.of(place), status.kind == .regular else { return nil }
        return SHA256.hash(try readFile(place, limit: Post.maxSize).bytes)
    }

    /// The earliest entry that records a digest. Each candidate is read in full before it counts.
    private func earliest(_ digest: Digest, _ facts: PostFacts) throws(Problem) -> UInt64? {
        for entry in facts.entries[digest] ?? [] {
            let bytes: [UInt8]
            do { bytes = try view.reader.entry(entry) } catch { throw Problem(error) }
            if PostRecord(entry: bytes[...])?.sha256 == digest { return entry }
        }
        return nil
    }
}

/// An entry as it is shown.
public struct ShownEntry: Sendable {
    /// A place of an entry.
    public struct Place: Sendable {
        /// The register's root: `.` for the archive.
        public let root: String
        /// The path relative to the root.
        public let path: RawPath
    }

    /// Its index.
    public let index: UInt64
    /// The note, as text.
    public let note: String
    /// Its record, when it is a post's.
    public let record: PostRecord?
    /// The standing of its signature.
    public let signature: Claim
    /// Where registers saw its bytes. The list is incomplete if a register is not here.
    public let places: [Place]
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

extension ShownEntry.Place {
    /// The form in `--json`; `path64` stands beside a path that is not UTF-8.
    public var json: JSONValue {
        var members: [String: JSONValue] = ["root": .string(root), "path": .string(path.description)]
        if path.text == nil { members["path64"] = .string(Base64.encode(path.bytes)) }
        return .object(members)
    }
}

extension LogView {
    /// Reads an entry, authenticated, with its places from the registers and its title as a label.
    public func show(_ index: UInt64) throws(Problem) -> ShownEntry {
        var question = PostFacts.Question()
        question.places = .these([index])
        let facts = try PostFacts.read(context, asking: question)
        let places = (facts.places[index] ?? []).map { ShownEntry.Place(root: $0.root, path: $0.path) }
        let entry: [UInt8]
        do { entry = try reader.entry(index) } catch { throw Problem(error) }
        var examiner = try EntryExaminer(signers: signers, origin: archive.origin)
        let examination = examiner.examine(entry[...], index: index)
        return ShownEntry(
            index: index, note: String(decoding: entry, as: UTF8.self), record: examination.post,
            signature: examination.signature, places: places,
            title: examination.post.flatMap { self.title(of: $0, at: index, places) })
    }

    /// The title of a recorded post, taken from its bytes if a registered place still holds them, else from the index.
    private func title(of record: PostRecord, at index: UInt64, _ places: [ShownEntry.Place]) -> String? {
        if let text = archive.text(of: record, at: places) { return text.title.string }
        return currentIndex()?.title(of: index, record)
    }
}

extension ArchiveIndex {
    /// The title that the index has for an entry, a label; `nil` if the row's digest is not the record's.
    package func title(of entry: UInt64, _ record: PostRecord) -> String? {
        guard let row = (try? entries([entry]))?.first ?? nil, row.sha256 == record.sha256 else { return nil }
        return row.title
    }
}
