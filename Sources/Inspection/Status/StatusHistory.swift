import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// The history of places by the log and the registers, with which `status` compares the files.
///
/// The index is not used: placements come from registers whose roots the log holds.
struct StatusHistory {
    /// The entries registered at each place inside the archive, the newest last.
    private(set) var placements: [RawPath: [UInt64]] = [:]
    /// The last unresolved replacement at each place.
    private(set) var replacements: [RawPath: (before: UInt64, now: UInt64)] = [:]
    /// The digest that each post's record states, and the first entry of each digest.
    private(set) var digests: [UInt64: Digest] = [:]
    private(set) var entries: [Digest: UInt64] = [:]
    /// What an `add` refused at a place.
    private(set) var refusals: [RawPath: [Refusal]] = [:]
    /// Places outside the archive, each with the name that the last register gives it.
    private(set) var outside: [RawPath: RawPath] = [:]
    /// Entries that a register line names, or an accession covers.
    private(set) var placed: Set<UInt64> = []
    private(set) var covered: [Range<UInt64>] = []
    private(set) var times = AccessionTimes()
    /// Expected file sizes and times by entry; only for a fast comparison.
    private(set) var hints: [UInt64: Hint] = [:]
    /// Problems of registers and entries.
    private(set) var problems: [Problem] = []

    /// Size and time by which a file may be assumed unchanged.
    struct Hint: Sendable {
        let sha256: Digest
        let size: UInt64
        /// The operator's clock before the bytes were read, in milliseconds: a file changed since has a later time.
        let recorded: Int64

        /// Whether a file looks unchanged. Its modification time can be set freely, so the change time of its node
        /// counts too.
        func fits(_ status: FileStatus) -> Bool {
            let (time, overflow) = recorded.multipliedReportingOverflow(by: 1_000_000)
            return !overflow && status.kind == .regular && status.size == size
                && max(status.modified, status.changed) < time
        }
    }

    /// A file that an `add` refused: its digest, if it could be read, and the reason.
    struct Refusal {
        let sha256: Digest?
        let code: String
    }

    /// Reads every entry and every register.
    ///
    /// - Throws: `LogError` if the log does not match its checkpoint.
    init(_ view: LogView, isFast: Bool) throws {
        var placements: [RawPath: [UInt64]] = [:]
        var replacements: [RawPath: (before: UInt64, now: UInt64)] = [:]
        var version: ExactText = ""
        var times = AccessionTimes()
        var digests: [UInt64: Digest] = [:]
        var entries: [Digest: UInt64] = [:]
        var refusals: [RawPath: [Refusal]] = [:]
        var outside: [RawPath: RawPath] = [:]
        let registered = RegisteredPlaces(view.archive)
        var lastOutside: [RawPath: UInt64] = [:]
        var placed: Set<UInt64> = []
        var covered: [Range<UInt64>] = []
        var hints: [UInt64: Hint] = [:]
        var problems: [Problem] = []
        try LogEvents.scan(view.reader, registers: view.archive.registers) { event in
            switch event {
            case .post(let index, let record):
                digests[index] = record.sha256
                if isFast {
                    hints[index] = Hint(
                        sha256: record.sha256, size: UInt64(clamping: record.size), recorded: record.recorded)
                }
                if entries[record.sha256] == nil { entries[record.sha256] = index }
            case .accession(let index, let record, let outcome):
                version = record.version
                times.add(index, record)
                let place = "accessions/\(RegisterReader.name(record.register))"
                let first = UInt64(clamping: record.first)
                covered.append(first..<max(first, index))
                switch outcome {
                case .authentic(withheld: 0): break
                case .authentic(let count):
                    problems.append(
                        Problem(
                            .registerMissing, place,
                            "\(count) of the lines of the register of accession \(index) \(count == 1 ? "is" : "are") withheld: what stood at their places is unknown",
                            advice: "restore the file from a backup, if the lines are not withheld on purpose"))
                case .absent:
                    problems.append(
                        Problem(
                            .registerMissing, place,
                            "the register of accession \(index) is not here: where its \(record.posts) posts stood is unknown",
                            advice: "restore the file from a backup; any copy will do, its root is logged"))
                case .unreadable(let reason):
                    problems.append(
                        Problem(
                            .registerMissing, place,
                            "where the \(record.posts) posts of accession \(index) stood is unknown: \(reason)",
                            advice: RegisterReader.restoreAdvice))
                case .forged(let reason):
                    problems.append(
                        Problem(
                            .register, place, "not the register of accession \(index): \(reason)",
                            advice: RegisterReader.restoreAdvice))
                }
            case .line(let accession, let root, let line):
                if let entry = line.entry, entry >= view.size {
                    problems.append(
                        Problem(
                            .register, line.path.description,
                            "a register line of accession \(accession) names entry \(entry) of \(view.size)"))
                    return
                }
                if let entry = line.entry { placed.insert(entry) }
                let path = registered.place(root, line.path)
                // Only a plain path inside the archive is ever opened.
                let isInside = root == "." && path.isPlainRelative
                if !isInside { outside[path] = root == "." ? path : RawPath(root).appending(line.path) }
                if let entry = line.entry {
                    let last = isInside ? placements[path]?.last : lastOutside[path]
                    guard last != entry else { return }
                    if isInside { placements[path, default: []].append(entry) } else { lastOutside[path] = entry }
                    if let last, digests[last] != digests[entry], Replacement.isFinding(recordedBy: version) {
                        replacements[path] = (last, entry)
                    }
                } else if isInside, case .refused(let code) = line.fate {
                    refusals[line.path, default: []].append(Refusal(sha256: line.sha256, code: code))
                }
            case .other(_, .critical(let kind)):
                problems.append(
                    Problem(.keyLife, "log", "the log holds \(kind), which this version cannot read"))
            case .other: break
            }
        }
        (self.placements, self.replacements, self.digests, self.entries) = (placements, replacements, digests, entries)
        (self.refusals, self.outside, self.placed, self.covered) = (refusals, outside, placed, covered)
        (self.times, self.hints, self.problems) = (times, hints, problems)
    }
}
