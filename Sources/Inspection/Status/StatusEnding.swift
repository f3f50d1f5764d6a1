import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// What `status` decides after the last file: which posts have moved, which are altered, and which are missing.
struct StatusEnding {
    private let view: LogView
    private let history: StatusHistory
    /// Digests whose bytes stand at a place that is registered for them, by their number.
    private let standing: BitSet
    /// Other places of recorded bytes, by the number of their digest.
    private var elsewhere: [Int: RawPath] = [:]
    private let strays: [(number: Int, path: RawPath)]
    private let walked: [RawPath]
    /// Places without a file, as the range of their lines.
    private var left: [Range<Int>] = []
    /// Folders, by their number, that a post has left for another place.
    private var movedRoots: Set<Int> = []
    /// The register in which posts were registered last, by the number of their digest.
    private var latest: [Int: Int] = [:]
    /// Posts whose bytes stand only at a place of another record.
    private var misplaced: [Int: RawPath] = [:]
    /// Missing posts, by the number of their digest: the places where they stood last.
    private var missing: [Int: [Range<Int>]] = [:]

    init(
        _ view: LogView, _ history: StatusHistory, standing: BitSet, strays: [(number: Int, path: RawPath)],
        strangers: [(number: Int, path: RawPath)], walked: [RawPath]
    ) {
        (self.view, self.history, self.standing, self.strays, self.walked) = (view, history, standing, strays, walked)
        for (number, path) in strays where elsewhere[number] == nil { elsewhere[number] = path }
        for (number, path) in strangers where elsewhere[number] == nil { misplaced[number] = path }
    }

    /// Judges places that hold other bytes, and those that hold none.
    ///
    /// - Parameters:
    ///   - changed: Places with other bytes than those registered last.
    ///   - isSeen: Whether a file stands at a place, by the index of its first line.
    ///   - closed: Folders that could not be listed.
    ///   - report: Receives the findings.
    /// - Throws: `Problem` or an error of the log if it cannot be read.
    mutating func judge(
        _ changed: [StatusComparison.Changed], isSeen: (Int) -> Bool, closed: [(folder: RawPath, reason: String)],
        into report: inout StatusReport
    ) throws {
        readPlaces(isSeen)
        readRegisters()
        try leaveOut(closed, into: &report)
        try search(changed)
        var altered: Set<Int> = []
        var moves: [(number: Int, lines: Range<Int>, to: RawPath)] = []
        for place in changed {
            let number = number(of: place.lines)
            // Bytes of another record are no new post.
            let isStranger = place.older == nil && place.file.digest.flatMap { history.number(ofDigest: $0) } != nil
            switch isStranger ? nil : number.map(whereabouts) {
            // "A new post under the old name": a file with the old address, or one that is no post, is an edit.
            case .elsewhere? where try !isNewPost(place): try alter(place, into: &report)
            case .elsewhere(let path)?:
                if let number { moves.append((number, place.lines, path)) }
                settle(place, to: path, into: &report)
            // The registered copy stands, and the bytes here are an edit, unless they are an older record of this place.
            case .registered? where place.older != nil: settle(place, to: nil, into: &report)
            case .registered?: try alter(place, into: &report)
            case .nowhere?, nil:
                if let number { altered.insert(number) }
                try alter(place, into: &report)
            }
        }
        for lines in left {
            guard let number = number(of: lines) else { continue }
            let root = lines.last.map { history.origin(history.lines[$0]).root } ?? 0
            switch whereabouts(number) {
            case .registered:
                // A copy that was registered before, or in the same run, is no move.
                if isRegisteredLater(number, than: lines) { movedRoots.insert(root) }
            case .elsewhere(let path):
                movedRoots.insert(root)
                moves.append((number, lines, path))
            case .nowhere where misplaced[number] != nil:
                movedRoots.insert(root)
                moves.append((number, lines, misplaced[number] ?? "."))
            case .nowhere: missing[number, default: []].append(lines)
            }
        }
        for number in altered { missing[number] = nil }
        // A post that was replaced where it stood last is told there, but for a copy that was there as long.
        for (place, before, _) in replacements() {
            let entry = UInt32(truncatingIfNeeded: before)
            guard let number = history.digest(entry).flatMap({ history.number(ofDigest: $0) }),
                let last = place.last(where: { history.lines[$0].entry == entry }).map({ history.lines[$0] })
            else { continue }
            missing[number]?.removeAll { lines in
                lines.last.map { history.register(history.lines[$0]) < history.register(last) } ?? false
            }
            if missing[number]?.isEmpty ?? false { missing[number] = nil }
        }
        let moving = Set(moves.map(\.number))
        for (number, path) in strays where !moving.contains(number) {
            report.add(.ok, path, entry: UInt64(history.entry(number: number)))
        }
        try name(moves, into: &report)
        judgeUnplaced(into: &report)
        countOutside(into: &report)
    }

    private mutating func readPlaces(_ isSeen: (Int) -> Bool) {
        var first = 0
        while first < history.lines.count {
            let lines = history.place(at: first)
            if !isSeen(first), history.isInside(history.lines[first]) { left.append(lines) }
            first = lines.upperBound
        }
    }

    /// Notes the register in which each digest of a place without a file was registered last.
    private mutating func readRegisters() {
        let wanted = Set(left.compactMap { number(of: $0) })
        guard !wanted.isEmpty else { return }
        for line in history.lines where history.isInside(line) {
            guard let number = history.digest(line.entry).flatMap({ history.number(ofDigest: $0) }),
                wanted.contains(number)
            else { continue }
            latest[number] = max(latest[number] ?? 0, history.register(line))
        }
    }

    /// Takes places below folders that could not be listed from those without a file.
    private mutating func leaveOut(
        _ closed: [(folder: RawPath, reason: String)], into report: inout StatusReport
    ) throws {
        guard !closed.isEmpty else { return }
        let paths = try history.paths(ofPlaces: Set(left.map { history.lines[$0.lowerBound].place }), view.archive)
        let reasons = Dictionary(closed.map { ($0.folder, $0.reason) }, uniquingKeysWith: { first, _ in first })
        left = left.filter { lines in
            guard let path = paths[history.lines[lines.lowerBound].place] else { return true }
            var folder = path.parent
            while reasons[folder] == nil, folder != "." { folder = folder.parent }
            guard let reason = reasons[folder] else { return true }
            report.add(
                .unreadable, path, entry: lines.last.map { UInt64(history.lines[$0].entry) }, reason,
                codes: [Problem.Code.unreadable.name])
            return false
        }
    }

    /// Looks through the rest of the archive for posts that stand at no place known so far.
    private mutating func search(_ changed: [StatusComparison.Changed]) throws {
        var lost: Set<Int> = []
        func look(for number: Int?) {
            guard let number, !standing.contains(number), elsewhere[number] == nil, misplaced[number] == nil else {
                return
            }
            lost.insert(number)
        }
        for lines in left { look(for: number(of: lines)) }
        for place in changed { look(for: number(of: place.lines)) }
        for entry in history.unplaced { look(for: history.digest(entry).flatMap { history.number(ofDigest: $0) }) }
        guard !lost.isEmpty else { return }
        var keys: [Digest: Int] = [:]
        var wanted: Set<PostSearch.Key> = []
        for number in lost {
            guard let record = try record(number) else { continue }
            keys[record.sha256] = number
            wanted.insert(PostSearch.Key(record))
        }
        for (digest, path) in try PostSearch.run(wanted, in: view.archive, except: walked) {
            if let number = keys[digest] { elsewhere[number] = path }
        }
    }

    /// Where a post's bytes are.
    private enum Whereabouts {
        case registered
        case elsewhere(RawPath)
        case nowhere
    }

    private func whereabouts(_ number: Int) -> Whereabouts {
        if standing.contains(number) { return .registered }
        return elsewhere[number].map { .elsewhere($0) } ?? .nowhere
    }

    /// The number of the digest that was registered last at a place.
    private func number(of lines: Range<Int>) -> Int? {
        lines.last.flatMap { history.digest(history.lines[$0].entry) }.flatMap { history.number(ofDigest: $0) }
    }

    private func record(_ number: Int) throws -> PostRecord? {
        PostRecord(entry: try view.reader.entry(UInt64(history.entry(number: number)))[...])
    }

    /// Whether a digest was registered at a further place after one that was left.
    private func isRegisteredLater(_ number: Int, than left: Range<Int>) -> Bool {
        guard let last = left.last.map({ history.register(history.lines[$0]) }) else { return false }
        return (latest[number] ?? 0) > last
    }

    // MARK: Other bytes at a place

    /// Whether a file is a post of another address than the one that was recorded at its place.
    private func isNewPost(_ place: StatusComparison.Changed) throws -> Bool {
        guard place.older == nil else { return true }
        guard let entry = place.lines.last.map({ UInt64(history.lines[$0].entry) }),
            let record = PostRecord(entry: try view.reader.entry(entry)[...]),
            let bytes = try? readFile(view.archive.root.appending(place.path), limit: Post.maxSize).bytes,
            let post = try? Post(parsing: bytes)
        else { return false }
        return post.source != record.source
    }

    /// A place whose recorded bytes stand elsewhere: the file here is another.
    private func settle(_ place: StatusComparison.Changed, to path: RawPath?, into report: inout StatusReport) {
        if let older = place.older {
            if history.replacement(place.lines) == nil { report.add(.ok, place.path, entry: UInt64(older)) }
            return
        }
        let last = place.lines.last.map { history.lines[$0].entry } ?? 0
        let whereTo = path.map { ", whose bytes stand at \($0)" } ?? ", whose bytes stand at another registered place"
        report.addUnrecorded(place.file, "entry \(last) was registered here" + whereTo)
    }

    private func alter(_ place: StatusComparison.Changed, into report: inout StatusReport) throws {
        let entry = place.lines.last.map { UInt64(history.lines[$0].entry) } ?? 0
        if let older = place.older, history.digest(UInt32(truncatingIfNeeded: entry)) != nil {
            report.add(
                .altered, place.path, entry: entry, "the bytes of the older entry \(older) stand here again",
                codes: [Problem.Code.altered.name])
            return
        }
        guard let record = PostRecord(entry: try view.reader.entry(entry)[...]) else {
            report.add(
                .altered, place.path, entry: entry, StatusEnding.noRecord, codes: [Problem.Code.altered.name])
            return
        }
        let now: [UInt8]
        do { now = try readFile(view.archive.root.appending(place.path), limit: Post.maxSize).bytes } catch {
            report.add(.unreadable, place.path, entry: entry, error.reason, codes: [Problem.Code.unreadable.name])
            return
        }
        let problems = PostComparison.changes(now, from: record, place: place.path.description, entry: entry)
        report.add(.altered, place.path, entry: entry, problems.first?.reason ?? "", codes: problems.map(\.code))
    }

    private static let noRecord = "the entry that was registered here is no post's record"

    // MARK: Places by name

    /// Adds what is known by the marks of places only, with their paths from another reading of the registers.
    private func name(
        _ moves: [(number: Int, lines: Range<Int>, to: RawPath)], into report: inout StatusReport
    ) throws {
        let replaced = replacements()
        let superseded = superseded()
        let nothing = left.filter { number(of: $0) == nil }
        func mark(_ lines: Range<Int>) -> UInt64 { history.lines[lines.lowerBound].place }
        var marks = Set(replaced.map { mark($0.lines) } + superseded.map { mark($0.lines) } + nothing.map(mark))
        for (_, lines, _) in moves { marks.insert(mark(lines)) }
        for places in missing.values { for lines in places { marks.insert(mark(lines)) } }
        let paths = try history.paths(ofPlaces: marks, view.archive)
        func path(_ lines: Range<Int>) -> RawPath { paths[mark(lines)] ?? "(no known place)" }

        for (lines, before, now) in replaced {
            let old = PostRecord(entry: try view.reader.entry(before)[...])
            let new = PostRecord(entry: try view.reader.entry(now)[...])
            let parts = old.flatMap { old in new.map { old.changedParts(from: $0) } } ?? []
            let words = parts.isEmpty ? "" : ": \(parts.map(\.rawValue).joined(separator: ", ")) changed"
            report.add(
                .replaced, path(lines), entry: before,
                "stood here before, entry \(now) was registered since\(words); the change is unresolved",
                codes: [Problem.Code.replaced.name] + parts.map(\.code))
        }
        for (lines, entry) in superseded {
            report.add(
                .superseded, path(lines), entry: UInt64(entry),
                "by entry \(lines.last.map { history.lines[$0].entry } ?? 0)")
        }
        for lines in nothing {
            report.add(
                .missing, path(lines), entry: lines.last.map { UInt64(history.lines[$0].entry) },
                StatusEnding.noRecord, codes: [Problem.Code.missing.name])
        }
        for places in missing.values {
            // The post is named by the place where it was registered last.
            let places = places.sorted { order($0) < order($1) }
            guard let last = places.last else { continue }
            let others = places.dropLast().map { path($0) }
            let more = others.isEmpty ? "" : ", nor at \(others.count) other \(others.count == 1 ? "place" : "places")"
            report.add(
                .missing, path(last), entry: last.last.map { UInt64(history.lines[$0].entry) },
                "the file is gone\(more), and no copy was found", codes: [Problem.Code.missing.name])
        }
        var isCounted: Set<Int> = []
        for (number, lines, to) in moves where isCounted.insert(number).inserted {
            report.move(
                from: path(lines), to: to, entry: lines.last.map { UInt64(history.lines[$0].entry) } ?? 0)
        }
    }

    private func order(_ lines: Range<Int>) -> UInt32 { lines.last.map { history.lines[$0].order } ?? 0 }

    private func replacements() -> [(lines: Range<Int>, before: UInt64, now: UInt64)] {
        eachHistory { lines in history.replacement(lines).map { (lines, $0.before, $0.now) } }
    }

    /// Records of a place that a newer one follows, and whose bytes are nowhere; only for updates by version 0.1.0.
    private func superseded() -> [(lines: Range<Int>, entry: UInt32)] {
        eachHistory { lines -> [(lines: Range<Int>, entry: UInt32)]? in
            guard history.replacement(lines) == nil, let last = lines.last.map({ history.lines[$0] }),
                history.isInside(last)
            else { return nil }
            let entries = Set(lines.map { history.lines[$0].entry })
            return entries.sorted().filter { entry in
                guard let digest = history.digest(entry), digest != history.digest(last.entry) else { return false }
                guard let number = history.number(ofDigest: digest) else { return false }
                if case .nowhere = whereabouts(number) { return true }
                return false
            }.map { (lines, $0) }
        }.flatMap { $0 }
    }

    /// Calls `body` for each place with several lines.
    private func eachHistory<Result>(_ body: (Range<Int>) -> Result?) -> [Result] {
        var found: [Result] = []
        var first = 0
        while first < history.lines.count {
            let lines = history.place(at: first)
            if lines.count > 1, let result = body(lines) { found.append(result) }
            first = lines.upperBound
        }
        return found
    }

    // MARK: No place, and places elsewhere

    private func judgeUnplaced(into report: inout StatusReport) {
        let covered = EntryRanges.joined(history.covered)
        for entry in history.unplaced {
            guard let number = history.digest(entry).flatMap({ history.number(ofDigest: $0) }),
                case .nowhere = whereabouts(number), misplaced[number] == nil
            else { continue }
            let isCovered = EntryRanges.contains(UInt64(entry), in: covered)
            report.add(
                isCovered ? .unplaced : .missing, "(no known place)", entry: UInt64(entry),
                isCovered
                    ? "its register line is withheld or not here, and no copy was found"
                    : "recorded by an add that did not finish, and no copy was found",
                codes: [(isCovered ? Problem.Code.registerMissing : .missing).name])
        }
    }

    private func countOutside(into report: inout StatusReport) {
        var counts: [Int: UInt64] = [:]
        var first = 0
        while first < history.lines.count {
            let lines = history.place(at: first)
            if !history.isInside(history.lines[first]), history.replacement(lines) == nil {
                counts[history.origin(history.lines[first]).root, default: 0] += 1
            }
            first = lines.upperBound
        }
        for (root, count) in counts where history.roots.indices.contains(root) {
            report.addOutside(history.roots[root].name, count)
        }
    }

    // MARK: Many at once

    /// The missing posts by the folder in which they were registered last.
    func missingPosts(by roots: [StatusHistory.Root], present: [UInt64]) throws -> [MassChange.Folder] {
        var digests: [Int: Set<Digest>] = [:]
        for (number, places) in missing {
            guard let last = places.max(by: { order($0) < order($1) }), let line = last.last,
                let record = try record(number)
            else { continue }
            digests[history.origin(history.lines[line]).root, default: []].insert(record.sha256)
        }
        return digests.compactMap { root, digests in
            guard roots.indices.contains(root), present.indices.contains(root) else { return nil }
            return MassChange.Folder(
                path: roots[root].name, present: present[root], missing: digests, hasMoved: movedRoots.contains(root))
        }.sorted { $0.path < $1.path }
    }
}
