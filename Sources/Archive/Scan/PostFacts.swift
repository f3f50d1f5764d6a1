import ProvenanceEncoding
import ProvenanceIndex
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// What the log and its registers say about some posts: read from authenticated entries and registers, all of them.
///
/// The one source of a verdict about a post. A value of this type is made by ``read(_:asking:)`` alone; an index, or
/// whatever else is derived, has no way to one, and so nothing that it holds or lacks reaches a verdict.
package struct PostFacts: Sendable {
    /// What is to be found out.
    package struct Question: Sendable {
        /// Whole files, by their digests.
        package var digests: Set<Digest> = []
        /// Addresses of which other records are wanted.
        package var sources: Set<ExactText> = []
        /// Places, as `RegisteredPlaces` has them.
        package var paths: Set<RawPath> = []
        /// Entries of which all places are wanted.
        package var places = Entries.none

        /// Nothing yet.
        package init() {}

        /// Whether the registers have to be read.
        var needsRegisters: Bool { !paths.isEmpty || places != .none }
    }

    /// A choice of entries. A range is kept as one: its size may be a number that somebody wrote.
    package enum Entries: Sendable, Equatable {
        case none
        case range(Range<UInt64>)
        case these(Set<UInt64>)

        func contains(_ entry: UInt64) -> Bool {
            switch self {
            case .none: false
            case .range(let range): range.contains(entry)
            case .these(let entries): entries.contains(entry)
            }
        }
    }

    /// An entry that was registered at a place.
    package struct Placed: Sendable, Equatable {
        package let entry: UInt64
        /// The accession whose register has the line.
        package let accession: UInt64
        /// Whether a replacement that this line makes is a finding: version 0.1.0 took one for an ordinary update.
        package let makesFinding: Bool
    }

    /// Another record of an address.
    package struct Other: Sendable {
        package let index: UInt64
        package let sha256: Digest
        package let recorded: Int64
    }

    /// A place of an entry.
    package struct Place: Sendable, Equatable {
        package let root: String
        package let path: RawPath
    }

    /// Entries that state a digest as records do, earliest first. Each is to be read whole before it counts.
    package private(set) var entries: [Digest: [UInt64]] = [:]
    /// Records of an address, earliest first.
    package private(set) var sameSource: [ExactText: [Other]] = [:]
    /// What was registered at a place, earliest first; the same entry twice in a row stands once.
    package private(set) var placed: [RawPath: [Placed]] = [:]
    /// Where an entry was seen, earliest first.
    package private(set) var places: [UInt64: [Place]] = [:]
    /// The first key-life entry that this version cannot read.
    package private(set) var unreadableKeyLife: String?
    /// The first register that is not here as it was logged, or has lines withheld: what else its accession saw is not known.
    package private(set) var missingRegister: Problem?

    private init() {}

    /// What a core finds among the entries.
    private struct Found: Sendable {
        var entries: [(digest: Digest, index: UInt64)] = []
        var others: [(source: ExactText, Other)] = []
        var accessions: [LoggedAccession] = []
        var keyLife: String?
    }

    /// Reads the whole log once, and the registers where places are asked for.
    ///
    /// - Throws: `Problem` of the log: nothing is said while an entry cannot be read.
    package static func read(_ context: LogContext, asking question: Question) throws(Problem) -> PostFacts {
        var facts = PostFacts()
        for digest in question.digests { facts.entries[digest] = [] }
        for source in question.sources { facts.sameSource[source] = [] }
        for path in question.paths { facts.placed[path] = [] }
        let key = MarkKey()
        // Addresses are compared by their marks first: a text is made of those alone that may be wanted.
        let marks = Set(question.sources.map { key.mark(Array($0.utf8)[...]) })
        let needsRegisters = question.needsRegisters
        let slices: [Found]
        do {
            slices = try EntryScan.run(context.archive.storage, context.checked.checkpoint, start: Found()) {
                entry, index, found in
                switch EntryBeginning(entry) {
                case .post(let digest, let source):
                    if question.digests.contains(digest) { found.entries.append((digest, index)) }
                    guard !marks.isEmpty, marks.contains(key.mark(source)), let record = PostRecord(entry: entry),
                        question.sources.contains(record.source)
                    else { return }
                    found.others.append(
                        (record.source, Other(index: index, sha256: record.sha256, recorded: record.recorded)))
                case .accession:
                    guard needsRegisters, let record = AccessionRecord(entry: entry) else { return }
                    found.accessions.append(LoggedAccession(index: index, record: record))
                case .keyLife(let line): found.keyLife = found.keyLife ?? line
                case .other: break
                }
            }
        } catch {
            throw Problem(error)
        }
        for slice in slices {
            for (digest, index) in slice.entries { facts.entries[digest]?.append(index) }
            for (source, other) in slice.others { facts.sameSource[source]?.append(other) }
            facts.unreadableKeyLife = facts.unreadableKeyLife ?? slice.keyLife
        }
        guard needsRegisters else { return facts }
        do { try facts.readRegisters(slices.flatMap(\.accessions), context, question) } catch {
            throw Problem(any: error)
        }
        return facts
    }

    /// A line that names something wanted.
    private struct Line: Sendable {
        package let root: String
        package let path: RawPath
        let entry: UInt64
        /// The place, when it is one of those that are asked about.
        let wanted: RawPath?
    }

    private mutating func readRegisters(
        _ accessions: [LoggedAccession], _ context: LogContext, _ question: Question
    ) throws {
        let size = context.size
        let registered = RegisteredPlaces(context.archive)
        try RegisterScan.run(accessions, in: context.archive.registers) { (line, root, _) -> Line? in
            guard let entry = line.entry, entry < size else { return nil }
            let place = registered.place(root, line.path)
            let wanted = question.paths.contains(place) ? place : nil
            guard wanted != nil || question.places.contains(entry) else { return nil }
            return Line(root: root, path: line.path, entry: entry, wanted: wanted)
        } each: { register in
            let accession = register.accession
            for line in register.found {
                if let wanted = line.wanted { place(line, at: wanted, accession) }
                if question.places.contains(line.entry) {
                    places[line.entry, default: []].append(Place(root: line.root, path: line.path))
                }
            }
            // What a line that is withheld names is as unknown as what a register names that is not here.
            if register.outcome != .authentic(withheld: 0) {
                missingRegister = missingRegister ?? PostFacts.problem(register.outcome, accession)
            }
        }
    }

    private mutating func place(_ line: Line, at place: RawPath, _ accession: LoggedAccession) {
        guard placed[place]?.last?.entry != line.entry else { return }
        placed[place]?.append(
            Placed(
                entry: line.entry, accession: accession.index,
                makesFinding: Replacement.isFinding(recordedBy: accession.record.version)))
    }

    /// Whether an entry is among the records of an address.
    package static func contains(_ others: [Other], _ entry: UInt64) -> Bool {
        var (low, high) = (0, others.count)
        while low < high {
            let middle = low + (high - low) / 2
            if others[middle].index < entry { low = middle + 1 } else { high = middle }
        }
        return low < others.count && others[low].index == entry
    }

    private static func problem(_ outcome: RegisterReader.Outcome, _ accession: LoggedAccession) -> Problem {
        let place = "accessions/\(RegisterReader.name(accession.record.register))"
        let words =
            switch outcome {
            case .forged(let reason): "it is not the register of accession \(accession.index): \(reason)"
            case .unreadable(let reason): "the register of accession \(accession.index) cannot be read: \(reason)"
            case .authentic(let count):
                "\(count) of its lines \(count == 1 ? "is" : "are") withheld from the register of accession \(accession.index)"
            case .absent: "the register of accession \(accession.index) is not here"
            }
        return Problem(
            .registerMissing, place, words + "; what else was seen at this place is not known",
            advice: RegisterReader.restoreAdvice)
    }
}
