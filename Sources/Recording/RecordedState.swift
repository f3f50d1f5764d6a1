import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceLog
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// What is on record, as an `add` has to know it: read from authenticated entries and registers, all of them.
///
/// Every decision to record, or not to, rests on it and on the entries that it leads to. A value is made by ``read(_:of:)``
/// alone: an index, or whatever else is derived, has no way to one. Eight bytes stand for a digest or a place (`MarkKey`); an
/// entry that they lead to is read from the log before it counts.
struct RecordedState: Sendable {
    /// An entry under the mark of what it records, or of where it was seen.
    private struct Marked: Sendable {
        let mark: UInt64
        let entry: UInt64
    }

    private let key: MarkKey
    private let registered: RegisteredPlaces
    /// What each core has found of digests: sorted by mark, then by entry.
    private var digests: [[Marked]] = []
    /// The entry that was registered last at each place, sorted by mark.
    private var places: [Marked] = []
    /// Files that were refused: place, digest and code, sorted.
    private var refusals: [UInt64] = []
    /// The newest entry that states a time, and the time, ms.
    private(set) var newest: (entry: UInt64, recorded: Int64)?
    /// Accessions whose register is not here as it was logged: what stood at their places is not known.
    private(set) var missingRegisters: [UInt64] = []

    private init(_ key: MarkKey, _ registered: RegisteredPlaces) {
        self.key = key
        self.registered = registered
    }

    /// What a core finds among the entries.
    private struct Found: Sendable {
        var digests: [Marked] = []
        var accessions: [LoggedAccession] = []
    }

    /// A line of a register.
    private enum Line: Sendable {
        case placed(mark: UInt64, entry: UInt64)
        case refused(UInt64)
    }

    /// Reads the whole log and all registers.
    ///
    /// - Throws: `Problem` of the log: nothing is decided while an entry cannot be read.
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
                case .keyLife, .other: break
                }
            }
            state.digests = try concurrentMap(found.count) { (range) throws(Problem) in
                found[range].map { $0.digests.sorted { ($0.mark, $0.entry) < ($1.mark, $1.entry) } }
            }.flatMap { $0 }
            try state.readRegisters(found.flatMap(\.accessions), archive.registers, size: reader.size)
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
        // Sorted in the end by mark and by the order of the lines, of which the last counts.
        var placed: [(mark: UInt64, order: UInt32, entry: UInt64)] = []
        // The counts are numbers that somebody wrote: their sum may be none.
        let most = RecordedState.maxReserved
        placed.reserveCapacity(accessions.reduce(0) { min(most, $0 + min(most, $1.record.lines)) })
        try RegisterScan.run(accessions, in: registers) { (line, root, _) -> Line? in
            switch line.fate {
            case .recorded(let entry), .known(let entry):
                guard entry < size else { return nil }
                return .placed(mark: key.mark(place: registered.place(root, line.path)), entry: entry)
            case .refused(let code):
                return .refused(
                    key.mark(refusedAt: registered.place(root, line.path), code: code, digest: line.sha256))
            }
        } each: { register in
            for line in register.found {
                switch line {
                case .placed(let mark, let entry):
                    placed.append((mark, UInt32(clamping: placed.count), entry))
                case .refused(let mark): refusals.append(mark)
                }
            }
            if register.outcome == .authentic(withheld: 0) { return }
            missingRegisters.append(register.accession.index)
        }
        refusals.sort()
        placed.sort { ($0.mark, $0.order) < ($1.mark, $1.order) }
        places.reserveCapacity(placed.count)
        for (place, line) in placed.enumerated()
        where place + 1 == placed.count || placed[place + 1].mark != line.mark {
            places.append(Marked(mark: line.mark, entry: line.entry))
        }
    }

    /// Lines for which room is made at once; an accession may claim any number.
    private static let maxReserved = 1 << 22

    /// The time that the newest entry with a time states.
    private static func newest(_ reader: LogReader) throws -> (entry: UInt64, recorded: Int64)? {
        var index = reader.size
        // Entries of unknown kinds state no time that this version could read.
        while index > 0, reader.size - index < RecordedState.maxWithoutTime {
            index -= 1
            let entry = try reader.entry(index)[...]
            if let time = PostRecord(entry: entry)?.recorded ?? AccessionRecord(entry: entry)?.recorded {
                return (index, time)
            }
        }
        return nil
    }

    /// Entries without a time that are passed over in search of one.
    private static let maxWithoutTime: UInt64 = 64

    // MARK: Questions

    /// The entries that state a digest as records do, earliest first. Each is to be read before it counts.
    func entries(_ digest: Digest) -> [UInt64] {
        let mark = key.mark(digest)
        var found: [UInt64] = []
        // Each core had a later share of the log than the one before.
        for share in digests {
            var place = share.firstIndex(from: { $0.mark >= mark })
            while place < share.count, share[place].mark == mark {
                found.append(share[place].entry)
                place += 1
            }
        }
        return found
    }

    /// The entry that was registered last at a place.
    func last(root: String, path: RawPath) -> UInt64? {
        let mark = key.mark(place: registered.place(root, path))
        let place = places.firstIndex(from: { $0.mark >= mark })
        return place < places.count && places[place].mark == mark ? places[place].entry : nil
    }

    /// Whether a refused file of this digest and code stands on an earlier register.
    func isRefused(root: String, path: RawPath, digest: Digest?, code: String) -> Bool {
        let mark = key.mark(refusedAt: registered.place(root, path), code: code, digest: digest)
        let place = refusals.firstIndex(from: { $0 >= mark })
        return place < refusals.count && refusals[place] == mark
    }
}

extension Array {
    /// The first place from which on a condition holds, in an array where it holds behind that place only; the array's
    /// count where it holds nowhere.
    fileprivate func firstIndex(from holds: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if holds(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
