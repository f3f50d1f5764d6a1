import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// Compares the posts on disk with the log and the registers.
///
/// The recorded side comes only from entries and registers (`StatusHistory`).
public struct StatusComparison {
    private let view: LogView
    private let log: StatusHistory
    /// First elements of all registered paths.
    private var registered: Set<RawPath> = []
    /// Files that were hashed, and one place for each digest found.
    private var looked: [RawPath] = []
    private var onDisk: [Digest: RawPath] = [:]
    /// Whether all files of the archive were hashed, and not only those in added folders.
    private var isAllOnDisk = false
    private var report: StatusReport
    private let progress: (UInt64, UInt64) -> Void
    private let isFast: Bool

    /// A file to compare.
    private struct Seen: Sendable {
        let path: RawPath
        let kind: FileStatus.Kind
        var hint: StatusHistory.Hint?
    }

    private struct Found: Sendable {
        var path: RawPath
        var sha256: Digest?
        var failure: String?
        /// Whether it is a regular file; links and devices are never opened.
        var isRegular = true
        /// Whether its bytes were assumed to be the recorded ones by size and time.
        var isPresumed = false
    }

    private init(_ view: LogView, _ log: StatusHistory, isFast: Bool, progress: @escaping (UInt64, UInt64) -> Void) {
        self.view = view
        self.log = log
        self.isFast = isFast
        self.progress = progress
        report = StatusReport(size: view.size)
        report.problems = log.problems
        report.lastAccession = log.times.newest
    }

    /// Compares and makes the report.
    ///
    /// - Parameters:
    ///   - view: The log.
    ///   - maxGap: Maximum age of the last accession, in milliseconds.
    ///   - now: The clock, in milliseconds.
    ///   - isFast: Whether to skip reading a file that has the recorded size and was last changed before it was
    ///     recorded.
    ///   - progress: Called now and then with the number of files hashed and their total.
    /// - Returns: The report.
    /// - Throws: `Problem` if a folder or the log cannot be read.
    public static func run(
        _ view: LogView, maxGap: Int64? = nil, now: Int64, isFast: Bool = false,
        progress: @escaping (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(Problem) -> StatusReport {
        var comparison: StatusComparison
        do {
            comparison = StatusComparison(
                view, try StatusHistory(view, isFast: isFast), isFast: isFast, progress: progress)
            let found = try comparison.walk()
            try comparison.compare(found)
        } catch {
            throw Problem(any: error)
        }
        if let maxGap {
            if let problem = StatusGap.problem(maxGap, comparison.log.times, now: now) {
                comparison.report.problems.append(problem)
            }
            comparison.report.remarks += StatusGap.remarks(comparison.log.times, now: now)
        }
        comparison.report.problems += RollbackCheck.problems(view, hasOthers: false)
        comparison.report.items.sort { ($0.path, $0.entry ?? 0) < ($1.path, $1.entry ?? 0) }
        return comparison.report
    }

    /// Walks every added folder: the first elements of all registered paths, and the remembered folders.
    private mutating func walk() throws -> [Found] {
        // The memory of added folders only adds places to search for unrecorded files: registered places are compared
        // anyway, and the whole archive before a file is reported gone. Folders that a walk of the archive skips are
        // left out.
        let remembered = AddedFolders(view.archive).all().filter { ArchiveFolder.isWalked($0) }
        var files: Set<RawPath> = []
        for path in Array(log.placements.keys) + Array(log.refusals.keys) {
            if path.elements.count > 1, let first = path.elements.first { registered.insert(RawPath(first)) }
            files.insert(path)
        }
        let folders = StatusComparison.outermost(remembered.union(registered))
        var paths: [(path: RawPath, kind: FileStatus.Kind)] = []
        for folder in folders {
            let place = folder == "." ? view.archive.root : view.archive.root.appending(folder)
            // If a folder is gone, its posts are missing; if it cannot be read, they are unknown.
            guard try FileStatus.of(place) != nil else { continue }
            do {
                for name in try Walk(place, skip: folder == "." ? Set(ArchiveFolder.ownFolders) : []) {
                    let path = folder.appending(name.path)
                    if let failure = name.failure {
                        if isRegistered(path) {
                            report.add(.unreadable, path, failure.reason, codes: [Problem.Code.unreadable.name])
                        } else {
                            report.remarks.append(StatusComparison.unreadable(path, failure))
                        }
                    } else {
                        paths.append((folder.appending(name.path), name.kind))
                    }
                }
            } catch {
                guard folder == "." || isRegistered(folder) else {
                    report.remarks.append(StatusComparison.unreadable(folder, error))
                    continue
                }
                throw Problem(
                    .unreadable, folder.description, error.reason,
                    advice: "nothing is said of any post while a folder of posts cannot be read")
            }
        }
        // Registered files that a walk skips, such as names with a leading dot, are opened by name, never through a
        // link.
        for path in paths { files.remove(path.path) }
        var unseen: [Found] = []
        for file in files.sorted() {
            do {
                guard try view.archive.reaches(file) else { continue }
                if let status = try FileStatus.of(view.archive.root.appending(file)) {
                    paths.append((file, status.kind))
                }
            } catch {
                // In a folder without permission to enter: neither present nor missing, and no other file's result is
                // affected.
                unseen.append(Found(path: file, failure: error.reason))
            }
        }
        let list = paths.map { item in
            Seen(path: item.path, kind: item.kind, hint: log.placements[item.path]?.last.flatMap { log.hints[$0] })
        }
        looked = list.map(\.path)
        return try look(at: list) + unseen
    }

    /// Reads files on all cores.
    private func look(at list: [Seen]) throws -> [Found] {
        let root = view.archive.root
        var found: [Found] = []
        found.reserveCapacity(list.count)
        while found.count < list.count {
            let start = found.count
            let batch = list[start..<min(start + StatusComparison.window, list.count)]
            let slices = try concurrentMap(batch.count) { (range) throws(Problem) in
                try StatusComparison.look(
                    at: batch[(start + range.lowerBound)..<(start + range.upperBound)], below: root)
            }
            found += slices.joined()
            progress(UInt64(found.count), UInt64(list.count))
        }
        return found
    }

    /// Whether a path lies in a folder with registered files; an unreadable file there may be a recorded post.
    private func isRegistered(_ path: RawPath) -> Bool {
        path.elements.first.map { registered.contains(RawPath($0)) } ?? false
    }

    private static func unreadable(_ folder: RawPath, _ error: FileError) -> Remark {
        Remark(.folder, "\(folder) cannot be read, and nothing there is on record: \(error.reason)")
    }

    /// Sorted folders without those inside another, so that each is walked once.
    private static func outermost(_ folders: Set<RawPath>) -> [RawPath] {
        if folders.contains(".") { return ["."] }
        return folders.filter { folder in
            var parent = folder.parent
            while parent != "." {
                if folders.contains(parent) { return false }
                parent = parent.parent
            }
            return true
        }.sorted()
    }

    /// Files hashed between two reports of progress.
    private static let window = 1_024

    private static func look(
        at list: ArraySlice<Seen>, below root: RawPath
    ) throws(Problem) -> [Found] {
        do {
            return try list.map { item in
                var found = Found(path: item.path)
                guard item.kind == .regular else {
                    found.failure = "not a regular file"
                    found.isRegular = false
                    return found
                }
                do {
                    let place = root.appending(item.path)
                    if let hint = item.hint, let status = try FileStatus.of(place), hint.fits(status) {
                        found.sha256 = hint.sha256
                        found.isPresumed = true
                        return found
                    }
                    found.sha256 = SHA256.hash(
                        try readFile(place, limit: Post.maxSize).bytes)
                } catch let error as FileError {
                    found.failure = error.reason
                }
                return found
            }
        } catch {
            throw Problem(any: error)
        }
    }

    private mutating func compare(_ found: [Found]) throws {
        report.presumed = isFast ? UInt64(found.count { $0.isPresumed }) : nil
        report.hashed = UInt64(found.count { $0.sha256 != nil && !$0.isPresumed })
        for file in found { if let digest = file.sha256 { onDisk[digest] = onDisk[digest] ?? file.path } }
        report.hasComparedPosts = !log.placements.isEmpty
        var seen: Set<RawPath> = []
        for (path, replacement) in log.replacements { try add(replacement, at: log.outside[path] ?? path) }
        for file in found {
            seen.insert(file.path)
            let history = log.placements[file.path] ?? []
            guard let digest = file.sha256 else {
                let isOld = log.refusals[file.path]?.contains(where: { $0.sha256 == nil }) ?? false
                let state: StatusReport.State =
                    if !history.isEmpty { .unreadable } else if isOld { .refused } else {
                        !file.isRegular || !isRegistered(file.path) ? .unrecorded : .unreadable
                    }
                report.add(
                    state, file.path, entry: history.last, file.failure ?? "",
                    codes: state == .unreadable ? [Problem.Code.unreadable.name] : [])
                continue
            }
            if history.isEmpty {
                if let entry = log.entries[digest] {
                    report.add(.ok, file.path, entry: entry)
                } else if let refusal = log.refusals[file.path]?.last(where: { $0.sha256 == digest }) {
                    report.add(
                        .refused, file.path, "refused by an earlier add, and unchanged since", codes: [refusal.code])
                } else {
                    report.add(.unrecorded, file.path)
                }
                continue
            }
            let here = history.last { log.digests[$0] == digest }
            if let here, here == history.last {
                // An open replacement has its own line; the file is not listed as ok as well.
                if log.replacements[file.path] == nil { report.add(.ok, file.path, entry: here) }
            } else if let here, let last = history.last {
                // The file was reverted to an older recorded version; the newest record no longer matches its place.
                try addReverted(last, to: here, at: file.path)
                continue
            }
            // The line of an open replacement covers all earlier records of the place.
            let isReplaced = log.replacements[file.path] != nil
            for entry in Set(history) where entry != here && (!isReplaced || entry == history.last) {
                try add(entry, at: file.path, found: digest, newest: here)
            }
        }
        let coveredEntries = EntryRanges.joined(log.covered)
        for (path, history) in log.placements where !seen.contains(path) {
            let isReplaced = log.replacements[path] != nil
            for entry in Set(history) where !isReplaced || entry == history.last {
                guard let digest = log.digests[entry] else {
                    if entry == history.last { addNoRecord(entry, at: path, .missing) }
                    continue
                }
                if let other = try copy(of: digest) {
                    report.add(.moved, path, entry: entry, "now at \(other)")
                } else if entry == history.last {
                    report.add(
                        .missing, path, entry: entry, "the file is gone, and no copy was found",
                        codes: [Problem.Code.missing.name])
                } else {
                    report.add(.superseded, path, entry: entry, "by entry \(history.last ?? 0)")
                }
            }
        }
        for (entry, digest) in log.digests where !log.placed.contains(entry) {
            guard try copy(of: digest) == nil else { continue }
            let isCovered = EntryRanges.contains(entry, in: coveredEntries)
            report.add(
                isCovered ? .unplaced : .missing, "(no known place)", entry: entry,
                isCovered
                    ? "its register line is withheld or not here, and no copy was found"
                    : "recorded by an add that did not finish, and no copy was found",
                codes: [(isCovered ? Problem.Code.registerMissing : .missing).name])
        }
        for (path, name) in log.outside where log.replacements[path] == nil {
            report.add(.outside, name, "registered outside the archive; never opened")
        }
    }

    /// A place in the archive with a copy of some bytes; `nil` if there is none.
    ///
    /// Known folders are searched first. Only a search of the whole archive establishes that the bytes are gone.
    private mutating func copy(of digest: Digest) throws -> RawPath? {
        if let path = onDisk[digest] { return path }
        if !isAllOnDisk {
            isAllOnDisk = true
            let known = Set(looked)
            var rest: [Seen] = []
            for name in try Walk(view.archive.root, skip: Set(ArchiveFolder.ownFolders))
            where name.failure == nil && name.kind == .regular && !known.contains(name.path) {
                rest.append(Seen(path: name.path, kind: name.kind))
            }
            for file in try look(at: rest) {
                if let digest = file.sha256 { onDisk[digest] = onDisk[digest] ?? file.path }
            }
        }
        return onDisk[digest]
    }

    /// Reports a place at which an `add` found other bytes than before, and which is not resolved.
    private mutating func add(_ replacement: (before: UInt64, now: UInt64), at path: RawPath) throws {
        let (before, now) = replacement
        let old = PostRecord(entry: try view.reader.entry(before)[...])
        let new = PostRecord(entry: try view.reader.entry(now)[...])
        let parts = old.flatMap { old in new.map { old.changedParts(from: $0) } } ?? []
        let changed = parts.isEmpty ? "" : ": \(parts.map(\.rawValue).joined(separator: ", ")) changed"
        report.add(
            .replaced, path, entry: before,
            "stood here before, entry \(now) was recorded since\(changed); the change is unresolved",
            codes: [Problem.Code.replaced.name] + parts.map(\.code))
    }

    /// Reports a place whose last register line names an entry that is not a post's record, so that no file can match
    /// it.
    private mutating func addNoRecord(_ entry: UInt64, at path: RawPath, _ state: StatusReport.State) {
        report.add(
            state, path, entry: entry, "the entry that was registered here is no post's record",
            codes: [(state == .missing ? Problem.Code.missing : .altered).name])
    }

    /// Reports a place whose file was reverted to an older recorded version.
    private mutating func addReverted(
        _ last: UInt64, to older: UInt64, at path: RawPath
    ) throws {
        guard let digest = log.digests[last] else { return }
        if let other = try copy(of: digest) {
            report.add(.ok, path, entry: older)
            report.add(.moved, path, entry: last, "now at \(other)")
        } else {
            report.add(
                .altered, path, entry: last, "the bytes of the older entry \(older) stand here again",
                codes: [Problem.Code.altered.name])
        }
    }

    /// Reports an entry whose place holds other bytes now.
    private mutating func add(
        _ entry: UInt64, at path: RawPath, found: Digest, newest: UInt64?
    ) throws {
        guard let digest = log.digests[entry] else {
            if newest == nil, entry == log.placements[path]?.last { addNoRecord(entry, at: path, .altered) }
            return
        }
        if let newest {
            // The current bytes are recorded; the older ones were moved or superseded.
            if let other = try copy(of: digest) {
                report.add(.moved, path, entry: entry, "now at \(other)")
            } else {
                report.add(.superseded, path, entry: entry, "by entry \(newest), whose bytes stand here now")
            }
            return
        }
        guard entry == log.placements[path]?.last else {
            report.add(.superseded, path, entry: entry, "by entry \(log.placements[path]?.last ?? 0)")
            return
        }
        let bytes = try view.reader.entry(entry)
        guard let text = LogEvents.noteText(bytes[...]), let record = try? PostRecord(parsing: text) else { return }
        let now: [UInt8]
        do { now = try readFile(view.archive.root.appending(path), limit: Post.maxSize).bytes } catch {
            report.add(.unreadable, path, entry: entry, error.reason, codes: [Problem.Code.unreadable.name])
            return
        }
        let problems = PostComparison.changes(now, from: record, place: path.description, entry: entry)
        report.add(
            .altered, path, entry: entry, problems.first?.reason ?? "", codes: problems.map(\.code))
    }
}
