import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceLog
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// What is recorded, read from all authenticated entries and registers: the basis of an `add`.
///
/// Every decision whether to record depends on it and on the entries that it points to. Only ``read(_:of:)`` makes a
/// value, so the contents of an index, or of any other derived file, cannot reach a decision. Eight bytes stand for a
/// digest or a place (`MarkKey`); an entry that they point to is read from the log before it counts.
struct RecordedState: Sendable {
    /// An entry under the mark of the digest that it records, or of a place where it was seen.
    private struct Marked: Sendable {
        let mark: UInt64
        let entry: UInt64
    }

    private let key: MarkKey
    private let registered: RegisteredPlaces
    /// The digests that each core found, sorted by mark, then by entry.
    private var digests: [[Marked]] = []
    /// The entry registered last at each place, sorted by mark, and the mark of the folder in which the place lies.
    private var places: [Marked] = []
    private var placeRoots: [UInt32] = []
    /// Refused files: one mark of place, digest and code for each, sorted.
    private var refusals: [UInt64] = []
    /// The newest entry that states a time, and its time in milliseconds.
    private(set) var newest: (entry: UInt64, recorded: Int64)?
    /// The last approval of rules; `nil` for a log without one.
    private(set) var approval: RulesApproval?
    /// The first entry that a state block would have to name; `nil` for a log without one.
    private(set) var linked: UInt64?
    /// Accessions whose register is not here as logged: what they saw at their places is unknown.
    private(set) var missingRegisters: [UInt64] = []

    private init(_ key: MarkKey, _ registered: RegisteredPlaces) {
        self.key = key
        self.registered = registered
    }

    /// What one core finds among the entries.
    private struct Found: Sendable {
        var digests: [Marked] = []
        var accessions: [LoggedAccession] = []
        /// The first entry that a state block would have to name.
        var linked: UInt64?
    }

    /// A line of a register.
    private enum Line: Sendable {
        case placed(mark: UInt64, entry: UInt64, root: UInt32)
        case refused(UInt64)
    }

    /// Reads the whole log and all registers.
    ///
    /// - Throws: `Problem` of the log. One unreadable entry prevents every decision.
    static func read(_ reader: LogReader, of archive: ArchiveFolder) throws(Problem) -> RecordedState {
        let key = MarkKey()
        var state = RecordedState(key, RegisteredPlaces(archive))
        guard reader.size > 0 else { return state }
        do {
            let found = try EntryScan.run(archive.storage, reader.checkpoint, start: Found()) { entry, index, found in
                switch EntryBeginning(entry) {
                case .post(let digest, _): found.digests.append(Marked(mark: key.mark(digest), entry: index))
                case .accession:
                    if let record = AccessionRecord(entry: entry) {
                        found.accessions.append(LoggedAccession(index: index, record: record))
                    }
                case .keyLife, .other:
                    let isLinked = StateBlock.kinds.contains { entry.starts(with: $0.utf8) }
                    if isLinked, found.linked == nil { found.linked = index }
                }
            }
            state.digests = try concurrentMap(found.count) { (range) throws(Problem) in
                found[range].map { $0.digests.sorted { ($0.mark, $0.entry) < ($1.mark, $1.entry) } }
            }.flatMap { $0 }
            let accessions = found.flatMap(\.accessions)
            state.approval = RulesApproval(after: accessions)
            state.linked = found.compactMap(\.linked).min()
            try state.readRegisters(accessions, archive.registers, size: reader.size)
            state.newest = try newest(reader)
        } catch {
            throw Problem(any: error)
        }
        return state
    }

    private mutating func readRegisters(
        _ accessions: [LoggedAccession], _ registers: any ArchiveStore, size: UInt64
    ) throws {
        let (key, registered) = (key, registered)
        // Sorted at the end by mark and line order; of equal marks the last line counts.
        var placed: [(mark: UInt64, order: UInt32, root: UInt32, entry: UInt64)] = []
        // The counts are untrusted numbers, and their sum may overflow.
        let most = RecordedState.maxReserved
        placed.reserveCapacity(accessions.reduce(0) { min(most, $0 + min(most, $1.record.lines)) })
        try RegisterScan.run(accessions, in: registers) { (line, root, _) -> Line? in
            switch line.fate {
            case .recorded(let entry), .known(let entry):
                guard entry < size else { return nil }
                let place = registered.place(root, line.path)
                let isInside = root == "." && place.isPlainRelative
                return .placed(
                    mark: key.mark(place: place), entry: entry,
                    root: isInside ? RecordedState.root(of: place, key) : RecordedState.outside)
            case .refused(let code):
                return .refused(
                    key.mark(refusedAt: registered.place(root, line.path), code: code, digest: line.sha256))
            }
        } each: { register in
            for line in register.found {
                switch line {
                case .placed(let mark, let entry, let root):
                    placed.append((mark, UInt32(clamping: placed.count), root, entry))
                case .refused(let mark): refusals.append(mark)
                }
            }
            if register.outcome == .authentic(withheld: 0) { return }
            missingRegisters.append(register.accession.index)
        }
        refusals.sort()
        placed.sort { ($0.mark, $0.order) < ($1.mark, $1.order) }
        places.reserveCapacity(placed.count)
        placeRoots.reserveCapacity(placed.count)
        for (place, line) in placed.enumerated()
        where place + 1 == placed.count || placed[place + 1].mark != line.mark {
            places.append(Marked(mark: line.mark, entry: line.entry))
            placeRoots.append(line.root)
        }
    }

    /// Maximum lines to reserve memory for, since an accession may state any number.
    private static let maxReserved = 1 << 22

    /// The time of the newest entry that states one.
    private static func newest(_ reader: LogReader) throws -> (entry: UInt64, recorded: Int64)? {
        var index = reader.size
        // An entry of an unknown kind states no time that this version can read.
        while index > 0, reader.size - index < RecordedState.maxWithoutTime {
            index -= 1
            let entry = try reader.entry(index)[...]
            if let time = PostRecord(entry: entry)?.recorded ?? AccessionRecord(entry: entry)?.recorded {
                return (index, time)
            }
        }
        return nil
    }

    /// Maximum entries without a time that are skipped in the search for one.
    private static let maxWithoutTime: UInt64 = 64

    // MARK: Questions

    /// The entries that state a digest as records do, earliest first. Each must be read before it counts.
    func entries(_ digest: Digest) -> [UInt64] {
        let mark = key.mark(digest)
        var found: [UInt64] = []
        // The shares of the cores follow each other in the order of the log.
        for share in digests {
            var place = share.firstIndex(fromWhich: { $0.mark >= mark })
            while place < share.count, share[place].mark == mark {
                found.append(share[place].entry)
                place += 1
            }
        }
        return found
    }

    /// The entry registered last at a place.
    func last(root: String, path: RawPath) -> UInt64? {
        let mark = key.mark(place: registered.place(root, path))
        let place = places.firstIndex(fromWhich: { $0.mark >= mark })
        return place < places.count && places[place].mark == mark ? places[place].entry : nil
    }

    // MARK: Places

    /// The root of places outside the archive.
    static let outside: UInt32 = 0
    /// The root of places in the archive's own folder.
    private static let top: UInt32 = 1

    /// The number of registered places; each has a number below it.
    var placeCount: Int { places.count }

    /// The number of a registered place inside the archive.
    func placeNumber(of path: UnsafeRawBufferPointer) -> Int? {
        let mark = key.mark(path)
        let place = places.firstIndex(fromWhich: { $0.mark >= mark })
        return place < places.count && places[place].mark == mark ? place : nil
    }

    /// The entry registered last at a place with a number.
    func entry(atPlace number: Int) -> UInt64 { places.indices.contains(number) ? places[number].entry : 0 }

    /// A mark for the folder in which a place with a number lies.
    func root(atPlace number: Int) -> UInt32 {
        placeRoots.indices.contains(number) ? placeRoots[number] : RecordedState.outside
    }

    /// The mark of a folder of the archive; `.` stands for names in the archive's own folder.
    func root(of folder: RawPath) -> UInt32 {
        folder == "." ? RecordedState.top : RecordedState.root(of: folder.appending("x"), key)
    }

    /// A mark for the first element of a path: in 32 bits, since it only groups what is counted for people.
    private static func root(of path: RawPath, _ key: MarkKey) -> UInt32 {
        let first = path.bytes.prefix { $0 != UInt8(ascii: "/") }
        guard first.count < path.bytes.count else { return top }
        return max(2, UInt32(truncatingIfNeeded: key.mark(first)))
    }

    /// Whether an earlier register lists a refused file with this digest and code.
    func isRefused(root: String, path: RawPath, digest: Digest?, code: String) -> Bool {
        let mark = key.mark(refusedAt: registered.place(root, path), code: code, digest: digest)
        let place = refusals.firstIndex(fromWhich: { $0 >= mark })
        return place < refusals.count && refusals[place] == mark
    }
}
