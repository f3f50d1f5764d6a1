import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceLog
import ProvenanceRecord
import ProvenanceVerification

/// The history of places by the log and the registers, with which `status` compares the files.
///
/// The index is not used: placements come from registers whose roots the log holds. A million placements fit in some
/// 40 MB: a place and a digest are compared by 64-bit marks under a key of this run (`MarkKey`), which nobody who writes
/// a file can know, so that a wrong match has a chance of one in 2^64.
struct StatusHistory: Sendable {
    /// A line of a register about a post: it was seen at a place.
    struct Line: Sendable {
        /// The mark of the place.
        let place: UInt64
        /// The line's number in the order of the log; its ``Origin`` stands there.
        let order: UInt32
        /// The entry, less than ``maxEntries``.
        let entry: UInt32
    }

    /// Where a line's place lies, in four bytes.
    struct Origin: Sendable {
        private var bits: UInt32

        /// Index into ``roots``, of which there are no more than lines.
        var root: Int { Int(bits >> 1) }

        /// Whether a replacement by this line is a finding.
        fileprivate(set) var makesFinding: Bool {
            get { bits & 1 == 1 }
            set { bits = bits & ~1 | (newValue ? 1 : 0) }
        }

        fileprivate init(root: UInt32, makesFinding: Bool) { bits = root << 1 | (makesFinding ? 1 : 0) }
    }

    /// A folder in which places are registered: the first element of paths inside the archive, or a folder elsewhere.
    struct Root: Sendable {
        let name: RawPath
        let isInside: Bool
    }

    /// Entries that the numbers of a line can hold.
    static let maxEntries = UInt64(UInt32.max)

    let key: MarkKey
    /// The mark of the digest that each entry records; 0 for an entry that is no post's record.
    private var digests: [UInt64] = []
    /// The entries of posts, sorted by the mark of their digest, then by index.
    private var byDigest: [UInt32] = []
    /// Lines about posts, sorted by place, then in the order of the log.
    private(set) var lines: [Line] = []
    private var origins: [Origin] = []
    /// The number of the first line after each register, in the order of the log.
    private var registerEnds: [UInt32] = []
    private(set) var roots: [Root] = []
    /// First elements of registered paths.
    private(set) var folders: Set<RawPath> = []
    /// Registered paths that no walk reaches: hidden names, names that are not a post's, and names in the root.
    private(set) var unwalked: Set<RawPath> = []
    private var refusals: [Refusal] = []
    private var codes: [String] = []
    private(set) var accessions: [LoggedAccession] = []
    /// Which entries a register line names.
    private var placed = BitSet(0)
    private(set) var covered: [Range<UInt64>] = []
    private(set) var times = AccessionTimes()
    /// Expected file sizes and times by entry; only for a fast comparison.
    private var hints: [UInt32: Hint] = [:]
    /// Problems of registers and entries.
    private(set) var problems: [Problem] = []
    /// The newest entry that records a post, and its time in milliseconds.
    private(set) var newestPost: (entry: UInt64, recorded: Int64)?
    /// The rules in force; the defaults where the approved ones are not here, which is a problem.
    private(set) var rules = RulesInForce.defaults
    /// Accessions that recorded posts: the index of the entry after the posts, and the time.
    private var recordings: [(end: UInt64, recorded: Int64)] = []

    /// Size and time by which a file may be assumed unchanged.
    struct Hint: Sendable {
        let size: UInt64
        /// The operator's clock before the bytes were read, in milliseconds: a file changed since has a later time.
        let recorded: Int64
    }

    /// A file that an `add` refused, by the mark of its place and its digest.
    private struct Refusal: Sendable {
        let mark: UInt64
        /// Index into ``roots``.
        let root: UInt32
        /// Index into `codes`.
        let code: UInt16
        /// Whether no post was recorded since.
        var isSinceLastPost: Bool
    }

    /// Maximum lines to reserve memory for, since an accession may state any number.
    private static let maxReserved = 1 << 22

    /// Reads every entry and every register.
    ///
    /// - Throws: `LogError` if the log does not match its checkpoint.
    init(_ view: LogView, isFast: Bool) throws {
        key = MarkKey()
        // A size counts once as many entries were read.
        try readEntries(view, isFast: isFast)
        guard view.size < StatusHistory.maxEntries else {
            throw Problem(
                .internalError, "log",
                "it has \(view.size) entries; status compares at most \(StatusHistory.maxEntries)")
        }
        placed = BitSet(Int(clamping: view.size))
        do throws(Problem) {
            rules = try RulesInForce.read(RulesApproval(after: accessions), of: view)
            problems += rules.problems
        } catch {
            problems.append(error)
        }
        try readRegisters(view)
    }

    // MARK: Entries

    /// What one core finds among the entries.
    private struct Found: Sendable {
        var digests: [UInt64] = []
        var hints: [(UInt32, Hint)] = []
        var accessions: [LoggedAccession] = []
        var critical: [String] = []
        var newest: (entry: UInt64, recorded: Int64)?
    }

    private mutating func readEntries(_ view: LogView, isFast: Bool) throws {
        let key = key
        var slices = try EntryScan.run(view.archive.storage, view.checked.checkpoint, start: Found()) {
            entry, index, found in
            var mark: UInt64 = 0
            switch EntryBeginning(entry) {
            case .post:
                guard let record = PostRecord(entry: entry) else { break }
                mark = key.mark(record.sha256)
                found.newest = (index, record.recorded)
                if isFast {
                    found.hints.append(
                        (
                            UInt32(truncatingIfNeeded: index),
                            Hint(size: UInt64(clamping: record.size), recorded: record.recorded)
                        ))
                }
            case .accession:
                if let record = AccessionRecord(entry: entry) {
                    found.accessions.append(LoggedAccession(index: index, record: record))
                }
            case .keyLife(let kind): found.critical.append(kind)
            case .other: break
            }
            found.digests.append(mark)
        }
        digests.reserveCapacity(Int(clamping: view.size))
        for number in slices.indices {
            digests += slices[number].digests
            slices[number].digests = []
            accessions += slices[number].accessions
            newestPost = slices[number].newest ?? newestPost
            for (entry, hint) in slices[number].hints { hints[entry] = hint }
            problems += slices[number].critical.map {
                Problem(.keyLife, "log", "the log holds \($0), which this version cannot read")
            }
        }
        let marks = digests
        byDigest.reserveCapacity(marks.count)
        for (entry, mark) in marks.enumerated() where mark != 0 { byDigest.append(UInt32(truncatingIfNeeded: entry)) }
        byDigest.sort { (marks[Int($0)], $0) < (marks[Int($1)], $1) }
    }

    // MARK: Registers

    /// What the lines of a register lead to, in few bytes.
    private enum Seen: Sendable {
        case placed(UInt64, entry: UInt32, root: UInt32)
        case refused(UInt64, root: UInt32, code: UInt16)
    }

    private mutating func readRegisters(_ view: LogView) throws {
        let (key, size) = (key, view.size)
        let registered = RegisteredPlaces(view.archive)
        let names = PlaceNames(key, rules.posts)
        // The counts are untrusted numbers, and their sum may overflow.
        let most = StatusHistory.maxReserved
        let count = accessions.reduce(0) { min(most, $0 + min(most, $1.record.lines)) }
        lines.reserveCapacity(count)
        origins.reserveCapacity(count)
        // What a register adds is dropped where it turns out not to be authentic.
        var (lineCount, refusalCount) = (0, 0)
        try RegisterScan.stream(accessions, in: view.archive.registers) { (line, root, accession) -> Seen? in
            let path = registered.place(root, line.path)
            // Only a plain path inside the archive is ever opened.
            let isInside = root == "." && path.isPlainRelative
            guard let entry = line.entry else {
                guard isInside, case .refused(let code) = line.fate else { return nil }
                return .refused(
                    StatusHistory.mark(key, path, line.sha256.map { key.mark($0) }),
                    root: names.note(path, accession: accession.index), code: names.code(code))
            }
            guard entry < size else {
                names.report(
                    Problem(
                        .register, line.path.description,
                        "a register line of accession \(accession.index) names entry \(entry) of \(size)"),
                    accession: accession.index)
                return nil
            }
            let number =
                isInside
                ? names.note(path, accession: accession.index) : names.outside(root == "." ? path : RawPath(root))
            return .placed(key.mark(place: path), entry: UInt32(truncatingIfNeeded: entry), root: number)
        } line: { seen in
            switch seen {
            case .placed(let place, let entry, let root):
                lines.append(Line(place: place, order: UInt32(clamping: lines.count), entry: entry))
                origins.append(Origin(root: root, makesFinding: true))
            case .refused(let mark, let root, let code):
                refusals.append(Refusal(mark: mark, root: root, code: code, isSinceLastPost: false))
            }
        } end: { accession, outcome in
            let (index, record) = (accession.index, accession.record)
            times.add(index, record)
            let first = UInt64(clamping: record.first)
            covered.append(first..<max(first, index))
            if record.posts > 0 { recordings.append((index, record.recorded)) }
            if let problem = outcome.problem(of: record, at: index) { problems.append(problem) }
            let isAuthentic = if case .authentic = outcome { true } else { false }
            names.settle(accession: index, isAuthentic: isAuthentic)
            if isAuthentic {
                let makesFinding = Replacement.isFinding(recordedBy: record.version)
                for number in lineCount..<lines.count {
                    origins[number].makesFinding = makesFinding
                    placed.insert(Int(lines[number].entry))
                }
                let isSinceLastPost = record.posts == 0 && newestPost.map { $0.entry < index } ?? true
                for number in refusalCount..<refusals.count { refusals[number].isSinceLastPost = isSinceLastPost }
            } else {
                lines.removeSubrange(lineCount...)
                origins.removeSubrange(lineCount...)
                refusals.removeSubrange(refusalCount...)
            }
            if lines.count > lineCount { registerEnds.append(UInt32(clamping: lines.count)) }
            (lineCount, refusalCount) = (lines.count, refusals.count)
        }
        lines.sort { ($0.place, $0.order) < ($1.place, $1.order) }
        // Of equal marks the last counts, and Swift's sort keeps their order.
        refusals.sort { $0.mark < $1.mark }
        let all = names.all
        (roots, codes, unwalked) = (all.roots, all.codes, all.unwalked)
        problems += all.problems
        // A root that only a forged register names is no folder of this archive.
        var isNamed = BitSet(roots.count)
        for origin in origins { isNamed.insert(origin.root) }
        for refusal in refusals { isNamed.insert(Int(refusal.root)) }
        for (number, root) in roots.enumerated()
        where root.isInside && root.name != "." && isNamed.contains(number) {
            folders.insert(root.name)
        }
    }

    /// The mark of a place together with a digest's mark.
    private static func mark(_ key: MarkKey, _ path: RawPath, _ digest: UInt64?) -> UInt64 {
        key.mark(root: [], path: path.bytes, entry: digest ?? 0)
    }

    // MARK: Questions

    /// The lines about a place, in the order of the log; empty for a place that no register has.
    func lines(at path: RawPath) -> Range<Int> { lines(ofPlace: key.mark(place: path)) }

    /// The lines about a place with a mark.
    func lines(ofPlace mark: UInt64) -> Range<Int> {
        let first = lines.firstIndex(fromWhich: { $0.place >= mark })
        var end = first
        while end < lines.count, lines[end].place == mark { end += 1 }
        return first..<end
    }

    /// The lines of the place after the one that begins at an index.
    func place(at first: Int) -> Range<Int> {
        var end = first + 1
        while end < lines.count, lines[end].place == lines[first].place { end += 1 }
        return first..<end
    }

    /// The mark of the digest that an entry records; `nil` for an entry that is no post's record.
    func digest(_ entry: UInt32) -> UInt64? {
        let mark = digests.indices.contains(Int(entry)) ? digests[Int(entry)] : 0
        return mark == 0 ? nil : mark
    }

    /// Where a line's place lies.
    func origin(_ line: Line) -> Origin {
        origins.indices.contains(Int(line.order)) ? origins[Int(line.order)] : Origin(root: 0, makesFinding: true)
    }

    /// The number of the register in which a line stands, in the order of the log.
    func register(_ line: Line) -> Int { registerEnds.firstIndex(fromWhich: { $0 > line.order }) }

    /// Whether a line's place lies in the archive.
    func isInside(_ line: Line) -> Bool {
        let root = origin(line).root
        return roots.indices.contains(root) && roots[root].isInside
    }

    /// The number of a digest among all that are recorded; `nil` for one that is not.
    func number(ofDigest mark: UInt64) -> Int? {
        let place = byDigest.firstIndex(fromWhich: { digests[Int($0)] >= mark })
        return place < byDigest.count && digests[Int(byDigest[place])] == mark ? place : nil
    }

    /// The first entry that records the digest with a number.
    func entry(number: Int) -> UInt32 { byDigest.indices.contains(number) ? byDigest[number] : 0 }

    /// How many numbers of digests there are.
    var numbers: Int { byDigest.count }

    /// Whether any place in the archive is registered.
    var hasPlaces: Bool { lines.contains { isInside($0) } }

    /// The entries of posts that no register line names.
    var unplaced: [UInt32] { byDigest.filter { !placed.contains(Int($0)) } }

    /// Whether a path lies in a folder with registered files; an unreadable file there may be a recorded post.
    func isInRegisteredFolder(_ path: RawPath) -> Bool {
        path.elements.first.map { folders.contains(RawPath($0)) } ?? false
    }

    /// The last replacement at a place that is a finding.
    func replacement(_ place: Range<Int>) -> (before: UInt64, now: UInt64)? {
        var found: (before: UInt64, now: UInt64)?
        for number in place.dropFirst() {
            let (before, now) = (lines[number - 1], lines[number])
            guard before.entry != now.entry, digest(before.entry) != digest(now.entry), origin(now).makesFinding else {
                continue
            }
            found = (UInt64(before.entry), UInt64(now.entry))
        }
        return found
    }

    /// The last refusal of a file with these bytes at a place; without a digest, of one that could not be read.
    func refusal(_ path: RawPath, _ digest: UInt64?) -> (code: String, isSinceLastPost: Bool)? {
        let mark = StatusHistory.mark(key, path, digest)
        var place = refusals.firstIndex(fromWhich: { $0.mark >= mark })
        var found: Refusal?
        while place < refusals.count, refusals[place].mark == mark {
            found = refusals[place]
            place += 1
        }
        guard let found else { return nil }
        return (codes.indices.contains(Int(found.code)) ? codes[Int(found.code)] : "", found.isSinceLastPost)
    }

    /// When a post of a folder was recorded last, by accessions whose time is not later than `latest`.
    func lastRecorded(below folder: RawPath?, until latest: Int64) -> Int64? {
        guard let folder else {
            // The newest, not the last: a clock may have gone back for a while.
            let inTime = recordings.lazy.map(\.recorded).filter { $0 <= latest }.max()
            return inTime ?? newestPost.flatMap { $0.recorded <= latest ? $0.recorded : nil }
        }
        let root = roots.firstIndex { $0.name == folder }
        let entries = lines.lazy.filter { origin($0).root == root }.map { UInt64($0.entry) }
        guard let newest = entries.max() else { return nil }
        return recordings.first { $0.end > newest && $0.recorded <= latest }?.recorded
    }

    /// What a file looks like that need not be read in a fast comparison.
    func hint(_ entry: UInt32) -> Hint? { hints[entry] }

    /// The paths of places, from another reading of the registers: a path takes more memory than all else about a place.
    func paths(ofPlaces marks: Set<UInt64>, _ archive: ArchiveFolder) throws -> [UInt64: RawPath] {
        guard !marks.isEmpty else { return [:] }
        let key = key
        let registered = RegisteredPlaces(archive)
        var paths: [UInt64: RawPath] = [:]
        try RegisterScan.run(accessions, in: archive.registers) {
            (line, root, _) -> (mark: UInt64, path: RawPath)? in
            guard line.entry != nil else { return nil }
            let path = registered.place(root, line.path)
            let mark = key.mark(place: path)
            guard marks.contains(mark) else { return nil }
            // An outside place is named as its register does.
            let isInside = root == "." && path.isPlainRelative
            return (mark, isInside || root == "." ? path : RawPath(root).appending(line.path))
        } each: { register in
            for (mark, path) in register.found { paths[mark] = path }
        }
        return paths
    }
}
