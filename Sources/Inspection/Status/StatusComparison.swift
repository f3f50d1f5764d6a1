import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// Compares the posts on disk with the log and the registers.
///
/// The recorded side comes only from entries and registers (`StatusHistory`). Files are compared as they are read
/// (`StatusFiles`); what depends on the other files, such as whether a post has moved, is decided after the last one.
public struct StatusComparison {
    private let view: LogView
    private let history: StatusHistory
    private let isFast: Bool
    private let progress: (UInt64, UInt64) -> Void
    private var report: StatusReport
    /// Places at which a file was seen, by the index of their first line.
    private var seen: BitSet
    /// Digests whose bytes stand at a registered place, by their number.
    private var standing: BitSet
    /// Recorded bytes at places that no register has for them.
    private var strays: [(number: Int, path: RawPath)] = []
    /// Recorded bytes at places where other bytes were registered.
    private var strangers: [(number: Int, path: RawPath)] = []
    /// Registered places that hold other bytes than those registered last.
    private var changed: [Changed] = []
    /// Files in each folder with registered places, by its number.
    private var present: [UInt64]

    /// A registered place that holds other bytes than those registered last.
    struct Changed {
        let path: RawPath
        let lines: Range<Int>
        let file: StatusFile
        /// The older entry of this place whose bytes stand there again.
        let older: UInt32?
    }

    private init(_ view: LogView, isFast: Bool, progress: @escaping (UInt64, UInt64) -> Void) throws {
        self.view = view
        self.isFast = isFast
        self.progress = progress
        history = try StatusHistory(view, isFast: isFast)
        report = StatusReport(size: view.size)
        report.problems = history.problems
        report.lastAccession = history.times.newest
        report.lastPost = history.newestPost?.recorded
        report.folders = history.folders
        report.rules = history.rules
        report.hasComparedPosts = history.hasPlaces
        seen = BitSet(history.lines.count)
        standing = BitSet(history.numbers)
        present = [UInt64](repeating: 0, count: history.roots.count)
    }

    /// Compares and makes the report.
    ///
    /// - Parameters:
    ///   - view: The log.
    ///   - limits: How old the last accession and the last post may be.
    ///   - now: The clock, in milliseconds.
    ///   - isFast: Whether to skip reading a file that has the recorded size and was last changed before it was
    ///     recorded.
    ///   - progress: Called now and then with the number of files hashed, and about how many there are.
    /// - Returns: The report.
    /// - Throws: `Problem` if a folder or the log cannot be read.
    public static func run(
        _ view: LogView, limits: StatusLimits = StatusLimits(), now: Int64, isFast: Bool = false,
        progress: @escaping (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(Problem) -> StatusReport {
        do {
            var comparison = try StatusComparison(view, isFast: isFast, progress: progress)
            try comparison.compare()
            comparison.report.judge(limits, comparison.history, now: now)
            comparison.report.problems += RollbackCheck.problems(view, hasOthers: false)
            comparison.report.sort()
            return comparison.report
        } catch {
            throw Problem(any: error)
        }
    }

    private mutating func compare() throws {
        var files = StatusFiles(view.archive, history)
        while let batch = try files.next(isSeen: { seen.contains($0) }) {
            for file in batch { take(file) }
            progress(files.count, max(files.count, UInt64(history.lines.count)))
        }
        report.take(files)
        report.presumed = isFast ? report.presumed ?? 0 : nil
        var ending = StatusEnding(
            view, history, standing: standing, strays: strays, strangers: strangers, walked: files.folders)
        try ending.judge(changed, isSeen: { seen.contains($0) }, closed: files.closed, into: &report)
        report.massChanges = try MassChange.find(
            ending.missingPosts(by: history.roots, present: present), posts: history.rules.posts, in: view.archive)
    }

    // MARK: One file

    private mutating func take(_ file: StatusFile) {
        let lines = history.lines(at: file.path)
        if let first = lines.first {
            seen.insert(first)
            let root = history.origin(history.lines[first]).root
            if present.indices.contains(root) { present[root] += 1 }
        }
        guard let digest = file.digest else { return takeUnread(file, lines) }
        if file.isPresumed { report.presumed = (report.presumed ?? 0) + 1 } else { report.hashed += 1 }
        guard let last = lines.last.map({ history.lines[$0] }) else { return takeUnregistered(file, digest) }
        if history.digest(last.entry) == digest {
            if let number = history.number(ofDigest: digest) { standing.insert(number) }
            // An open replacement has its own line; the file is not counted as ok as well.
            if history.replacement(lines) == nil { report.count(.ok) }
            return
        }
        if let number = history.number(ofDigest: digest) {
            // Recorded bytes, at a place of theirs from before, or at another's.
            if lines.contains(where: { history.digest(history.lines[$0].entry) == digest }) {
                standing.insert(number)
            } else {
                strangers.append((number, file.path))
            }
        }
        let older = lines.last { history.digest(history.lines[$0].entry) == digest }.map { history.lines[$0].entry }
        changed.append(Changed(path: file.path, lines: lines, file: file, older: older))
    }

    /// A file that could not be read, or is none.
    private mutating func takeUnread(_ file: StatusFile, _ lines: Range<Int>) {
        let state: StatusReport.State
        if !lines.isEmpty {
            state = .unreadable
        } else if history.refusal(file.path, nil) != nil {
            state = .refused
        } else {
            state = !file.isRegular || !history.isInRegisteredFolder(file.path) ? .unrecorded : .unreadable
        }
        report.add(
            state, file.path, entry: lines.last.map { UInt64(history.lines[$0].entry) }, file.failure ?? "",
            codes: state == .unreadable ? [Problem.Code.unreadable.name] : [])
    }

    private mutating func takeUnregistered(_ file: StatusFile, _ digest: UInt64) {
        if let number = history.number(ofDigest: digest) {
            strays.append((number, file.path))
        } else {
            report.addUnrecorded(file)
        }
    }
}

extension StatusReport {
    /// Adds a file that is in no record.
    mutating func addUnrecorded(_ file: StatusFile, _ detail: String = "") {
        guard let refusal = file.refusal else { return add(.unrecorded, file.path, detail) }
        let words =
            "refused by an earlier add"
            + (refusal.cause.isEmpty ? ", and unchanged since" : ": such files \(refusal.cause)")
        add(.refused, file.path, detail.isEmpty ? words : detail + "; " + words, codes: [refusal.code])
        causes[RefusalCause(code: refusal.code, words: refusal.cause), default: 0] += 1
        if refusal.isSinceLastPost { refusedSinceLastPost += 1 }
    }

    mutating func take(_ files: StatusFiles) {
        remarks += files.remarks
        notLookedAt = files.notLookedAt
    }
}
