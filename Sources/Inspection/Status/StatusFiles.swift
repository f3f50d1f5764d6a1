import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceSystem
import ProvenanceVerification

/// A file that `status` compares.
struct StatusFile: Sendable {
    let path: RawPath
    /// The mark of the digest of its bytes; `nil` for a file that could not be read.
    var digest: UInt64?
    /// Why it could not be read.
    var failure: String?
    /// Whether it is a regular file; links and devices are never opened.
    var isRegular = true
    /// Whether its bytes were assumed to be the recorded ones by size and time.
    var isPresumed = false
    /// The last refusal of these bytes at this place.
    var refusal: Refusal?

    /// Why a file is no post.
    struct Refusal: Sendable {
        let code: String
        /// The reason, in words that fit all files of its kind.
        let cause: String
        /// Whether no post was recorded since.
        let isSinceLastPost: Bool
    }
}

/// The files that `status` compares, read on all cores and passed on in batches, so that memory does not grow with their
/// number.
///
/// Every folder with registered places and every folder added so far is walked; registered places that no walk reaches
/// are opened by name.
struct StatusFiles {
    private let archive: ArchiveFolder
    private let history: StatusHistory
    /// The folders that are walked, relative to the archive.
    let folders: [RawPath]
    /// Files passed on so far.
    private(set) var count: UInt64 = 0
    private(set) var remarks: [Remark] = []
    private(set) var notLookedAt = NotLookedAt()
    private var waiting: ArraySlice<RawPath>
    private var walk: (folder: RawPath, names: Walk)?
    private var unwalked: [RawPath]?
    private var failures: [StatusFile] = []
    /// Folders that could not be listed, with the reason: what is registered below them is neither there nor missing.
    private(set) var closed: [(folder: RawPath, reason: String)] = []
    private let rules: IgnoredFolders
    private let tally = WalkTally()

    /// Files read between two reports of progress.
    private static let window = 1_024

    /// A name to look at.
    private struct Name: Sendable {
        let path: RawPath
        let kind: FileStatus.Kind
        /// What a file looks like that need not be read, and the mark of its digest.
        let hint: (StatusHistory.Hint, digest: UInt64)?
    }

    init(_ archive: ArchiveFolder, _ history: StatusHistory) {
        self.archive = archive
        self.history = history
        // The memory of added folders only adds places to search for unrecorded files: registered places are compared
        // anyway, and the whole archive before a file is reported gone. Folders that a walk of the archive skips are
        // left out.
        let remembered = AddedFolders(archive).all().filter { ArchiveFolder.isWalked($0) }
        folders = StatusFiles.outermost(remembered.union(history.folders))
        rules = IgnoredFolders(archive.root, named: remembered)
        waiting = folders[...]
    }

    /// The next files; `nil` after the last.
    ///
    /// - Parameter isSeen: Whether a place was seen, by the index of its first line.
    /// - Returns: Files in the order of the walk, at most a window of them.
    /// - Throws: `Problem` if a folder with registered places cannot be read: nothing is said of any post then.
    mutating func next(isSeen: (Int) -> Bool) throws -> [StatusFile]? {
        var names: [Name] = []
        while names.count < StatusFiles.window, failures.isEmpty, let name = try nextName(isSeen) { names.append(name) }
        guard !names.isEmpty || !failures.isEmpty else { return nil }
        let (root, history, batch) = (archive.root, history, names)
        let slices = try concurrentMap(batch.count) { (range) throws(Problem) in
            batch[range].map { StatusFiles.look(at: $0, below: root, history) }
        }
        let found = Array(slices.joined()) + failures
        failures = []
        count += UInt64(found.count)
        return found
    }

    private mutating func nextName(_ isSeen: (Int) -> Bool) throws -> Name? {
        while true {
            if let found = walk?.names.next() {
                guard let folder = walk?.folder else { continue }
                let path = folder.appending(found.path)
                if let failure = found.failure {
                    if history.isInRegisteredFolder(path) {
                        closed.append((path, failure.reason))
                        failures.append(StatusFile(path: path, failure: failure.reason))
                        return nil
                    }
                    remarks.append(StatusFiles.unreadable(path, failure))
                    continue
                }
                let lines = history.lines(at: path)
                // "registered places are always looked at"
                if let ignored = found.ignoredFolder, lines.isEmpty {
                    if found.kind == .regular { notLookedAt.ignored(in: folder.appending(ignored)) }
                    continue
                }
                return Name(path: path, kind: found.kind, hint: hint(lines))
            }
            if let folder = waiting.popFirst() {
                try open(folder)
                continue
            }
            if walk != nil { notLookedAt.names = tally.passedOver }
            walk = nil
            if unwalked == nil { unwalked = history.unwalked.sorted(by: >) }
            guard let path = unwalked?.popLast() else { return nil }
            if let name = named(path, isSeen) { return name }
            if !failures.isEmpty { return nil }
        }
    }

    private mutating func open(_ folder: RawPath) throws {
        walk = nil
        let place = folder == "." ? archive.root : archive.root.appending(folder)
        // If a folder is gone, its posts are missing; if it cannot be read, they are unknown.
        guard try FileStatus.of(place) != nil else { return }
        do {
            walk = (
                folder,
                try Walk(
                    place, skip: folder == "." ? Set(ArchiveFolder.ownFolders) : [], ignoring: rules, as: folder,
                    tally: tally)
            )
        } catch {
            guard folder == "." || history.isInRegisteredFolder(folder.appending("x")) else {
                remarks.append(StatusFiles.unreadable(folder, error))
                return
            }
            throw Problem(
                .unreadable, folder.description, error.reason,
                advice: "nothing is said of any post while a folder of posts cannot be read")
        }
    }

    /// A registered file that a walk skips, such as a name with a leading dot: opened by name, never through a link.
    private mutating func named(_ path: RawPath, _ isSeen: (Int) -> Bool) -> Name? {
        let lines = history.lines(at: path)
        if let first = lines.first, isSeen(first) { return nil }
        // A walk of the archive has passed by it.
        if folders.contains("."), path.elements.count == 1, ArchiveFolder.isWalked(path),
            path.bytes.suffix(3).elementsEqual(".md".utf8)
        {
            return nil
        }
        do {
            guard try archive.reaches(path), let status = try FileStatus.of(archive.root.appending(path)) else {
                return nil
            }
            return Name(path: path, kind: status.kind, hint: hint(lines))
        } catch {
            // In a folder without permission to enter: neither present nor missing, and no other file's result is
            // affected.
            failures.append(StatusFile(path: path, failure: error.reason))
            return nil
        }
    }

    private func hint(_ lines: Range<Int>) -> (StatusHistory.Hint, digest: UInt64)? {
        guard let last = lines.last.map({ history.lines[$0].entry }), let hint = history.hint(last),
            let digest = history.digest(last)
        else { return nil }
        return (hint, digest)
    }

    private static func look(at name: Name, below root: RawPath, _ history: StatusHistory) -> StatusFile {
        var file = StatusFile(path: name.path)
        guard name.kind == .regular else {
            file.failure = "not a regular file"
            file.isRegular = false
            return file
        }
        let place = root.appending(name.path)
        do {
            if let (hint, digest) = name.hint, let status = try FileStatus.of(place), hint.fits(status) {
                (file.digest, file.isPresumed) = (digest, true)
                return file
            }
            let bytes = try readFile(place, limit: Post.maxSize).bytes
            let digest = history.key.mark(SHA256.hash(bytes))
            file.digest = digest
            if let refusal = history.refusal(name.path, digest) {
                file.refusal = StatusFile.Refusal(
                    code: refusal.code, cause: StatusFiles.cause(of: bytes, refusal.code),
                    isSinceLastPost: refusal.isSinceLastPost)
            }
        } catch {
            file.failure = error.reason
        }
        return file
    }

    /// Why bytes are no post, in words that fit all files of the kind.
    private static func cause(of bytes: [UInt8], _ code: String) -> String {
        do {
            _ = try Post(parsing: bytes)
            return ""
        } catch {
            // The register's code is of the version that refused it.
            return error.code.rawValue == code ? error.cause : ""
        }
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
}

extension StatusHistory.Hint {
    /// Whether a file looks unchanged. Its modification time can be set freely, so the change time of its node counts
    /// too.
    func fits(_ status: FileStatus) -> Bool {
        let (time, overflow) = recorded.multipliedReportingOverflow(by: 1_000_000)
        return !overflow && status.kind == .regular && status.size == size
            && max(status.modified, status.changed) < time
    }
}
