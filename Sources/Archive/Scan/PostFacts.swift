import ProvenanceEncoding
import ProvenanceIndex
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// What the log and its registers state about some posts, read from all authenticated entries and registers.
///
/// The only source of verdicts about posts. Only ``read(_:asking:)`` makes a value, so the contents of an index, or of
/// any other derived file, cannot reach a verdict.
package struct PostFacts: Sendable {
    /// What to look for.
    package struct Question: Sendable {
        /// Whole files, by their digests.
        package var digests: Set<Digest> = []
        /// Addresses whose other records are wanted.
        package var sources: Set<ExactText> = []
        /// Places, as `RegisteredPlaces` spells them.
        package var paths: Set<RawPath> = []
        /// Folders whose number of registered places below them is wanted.
        package var folders: Set<RawPath> = []
        /// Entries whose places are wanted.
        package var places = Entries.none

        /// An empty question.
        package init() {}

        /// The wanted folder in which a place lies.
        func folder(of place: RawPath) -> RawPath? {
            var folder = place.parent
            while !folders.contains(folder) {
                if folder.parent == folder { return nil }
                folder = folder.parent
            }
            return folder
        }

        /// Whether the registers must be read.
        var needsRegisters: Bool { !paths.isEmpty || places != .none }
    }

    /// A set of entries. A range is stored as its bounds, since its size may be an untrusted number.
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
        /// The accession whose register contains the line.
        package let accession: UInt64
        /// Whether a replacement by this line is a finding. Version 0.1.0 treated each as an ordinary update, so its
        /// are not.
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

    /// Entries that state a digest as records do, earliest first. Each must be read in full before it counts.
    package private(set) var entries: [Digest: [UInt64]] = [:]
    /// Records of an address, earliest first.
    package private(set) var sameSource: [ExactText: [Other]] = [:]
    /// Entries registered at a place, earliest first; repeats of the same entry in a row are merged.
    package private(set) var placed: [RawPath: [Placed]] = [:]
    /// Where an entry was seen, earliest first.
    package private(set) var places: [UInt64: [Place]] = [:]
    /// Registered places below a folder; a place counts as often as it was registered.
    package private(set) var below: [RawPath: UInt64] = [:]
    /// The first key-life entry that this version cannot parse.
    package private(set) var unreadableKeyLife: String?
    /// The first register that is not here as logged, or has withheld lines: its accession may have seen more.
    package private(set) var missingRegister: Problem?

    private init() {}

    /// What one core finds among the entries.
    private struct Found: Sendable {
        var entries: [(digest: Digest, index: UInt64)] = []
        var others: [(source: ExactText, Other)] = []
        var accessions: [LoggedAccession] = []
        var keyLife: String?
    }

    /// Reads the whole log once, and the registers if places are asked for.
    ///
    /// - Throws: `Problem` of the log. One unreadable entry leaves every question unanswered.
    package static func read(_ context: LogContext, asking question: Question) throws(Problem) -> PostFacts {
        var facts = PostFacts()
        for digest in question.digests { facts.entries[digest] = [] }
        for source in question.sources { facts.sameSource[source] = [] }
        for path in question.paths { facts.placed[path] = [] }
        let key = MarkKey()
        // Addresses are compared by their marks first, so that a text is made only of those that may match.
        let marks = Set(question.sources.map { key.mark(Array($0.utf8)[...]) })
        let needsRegisters = question.needsRegisters
        let slices: [Found]
        do {
            slices = try EntryScan.run(context.archive.storage, context.checked.checkpoint, start: Found()) {
                entry, index, found in
                switch EntryBeginning(entry) {
                case .post(let digest, let source):
                    if question.digests.contains(digest) { found.entries.append((digest, index)) }
                    guard !marks.isEmpty, let source, marks.contains(key.mark(source)),
                        let record = PostRecord(entry: entry), let stated = record.source,
                        question.sources.contains(stated)
                    else { return }
                    found.others.append(
                        (stated, Other(index: index, sha256: record.sha256, recorded: record.recorded)))
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

    /// A register line that matches the question.
    private struct Line: Sendable {
        package let root: String
        package let path: RawPath
        let entry: UInt64
        /// The place, if it is one of those asked about.
        let wanted: RawPath?
        /// The folder in which the place lies, if it is one of those asked about.
        let folder: RawPath?
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
            let folder = question.folders.isEmpty ? nil : question.folder(of: place)
            guard wanted != nil || folder != nil || question.places.contains(entry) else { return nil }
            return Line(root: root, path: line.path, entry: entry, wanted: wanted, folder: folder)
        } each: { register in
            let accession = register.accession
            for line in register.found {
                if let wanted = line.wanted { place(line, at: wanted, accession) }
                if let folder = line.folder { below[folder, default: 0] += 1 }
                if question.places.contains(line.entry) {
                    places[line.entry, default: []].append(Place(root: line.root, path: line.path))
                }
            }
            // A withheld line may name anything, as may a register that is not here.
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

    /// Whether a list of records contains an entry.
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
