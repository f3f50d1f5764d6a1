import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification

/// Posts of one folder that are gone all at once: the folder may not be mounted, or another disk may be.
///
/// "An empty root whose posts stand nowhere else, a changed device, or at least 50 posts and more than a fifth of a root
/// missing at once". Nothing is recorded in such a state unless somebody says that this set of posts is meant.
public struct MassChange: Sendable {
    /// The folder, as registers name it.
    public let folder: RawPath
    /// Posts that were registered there last and are nowhere in the archive.
    public let missing: UInt64
    /// These, and the registered files that are there.
    public let total: UInt64
    /// Names this set of posts.
    public let token: String
    private let cause: Cause
    /// Their digests.
    let digests: Set<Digest>

    private enum Cause: Sendable {
        case empty, device, all, many
    }

    /// At least so many posts, and more than this part of a folder: fewer are deletions.
    static let minMissing = 50
    static let minPart: UInt64 = 5
    /// At least so many posts, and every one of a folder that holds other files: another disk may be mounted there.
    static let minAll = 10

    /// What is missing in one folder.
    package struct Folder: Sendable {
        package let path: RawPath
        /// Registered files that are there.
        package let present: UInt64
        /// The digests of posts that were registered there last and are nowhere in the archive.
        package let missing: Set<Digest>
        /// Whether a post that was registered there last stands elsewhere: then the folder was moved.
        package let hasMoved: Bool

        package init(path: RawPath, present: UInt64, missing: Set<Digest>, hasMoved: Bool) {
            self.path = path
            self.present = present
            self.missing = missing
            self.hasMoved = hasMoved
        }
    }

    /// Finds folders in which posts are gone all at once.
    ///
    /// - Parameters:
    ///   - folders: What is missing, by folder.
    ///   - posts: Which names are posts.
    ///   - archive: The archive.
    /// - Returns: The folders, without sets that somebody has accepted.
    package static func find(_ folders: [Folder], posts: PostFilter, in archive: ArchiveFolder) -> [MassChange] {
        guard folders.contains(where: { !$0.missing.isEmpty }) else { return [] }
        let memory = MassChangeMemory(archive)
        let accepted = memory.accepted()
        let mounts = memory.mounts()
        return folders.compactMap { folder -> MassChange? in
            let missing = folder.missing.subtracting(accepted)
            guard
                isSuspect(
                    missing: missing.count, present: folder.present, wasFileSystem: mounts.contains(folder.path))
            else { return nil }
            let total = folder.present + UInt64(missing.count)
            let place = folder.path == "." ? archive.root : archive.root.appending(folder.path)
            let cause: Cause
            if folder.present == 0, !folder.hasMoved, isEmpty(place, folder.path, posts) {
                cause = .empty
            } else if mounts.contains(folder.path), !MassChangeMemory.isMount(place) {
                cause = .device
            } else if folder.present == 0, !folder.hasMoved, missing.count >= minAll {
                cause = .all
            } else if isMany(missing.count, of: total) {
                cause = .many
            } else {
                return nil
            }
            return MassChange(
                folder: folder.path, missing: UInt64(missing.count), total: total, token: token(folder.path, missing),
                cause: cause, digests: missing)
        }
    }

    /// Whether so many posts are missing that the folder is looked at more closely.
    package static func isSuspect(missing: Int, present: UInt64, wasFileSystem: Bool) -> Bool {
        missing > 0 && (present == 0 || wasFileSystem || isMany(missing, of: present + UInt64(missing)))
    }

    /// "At least 50 posts and more than a fifth of a root".
    private static func isMany(_ missing: Int, of total: UInt64) -> Bool {
        missing >= minMissing && UInt64(missing) > total / minPart
    }

    /// Whether a walk of a folder finds no post, or there is no folder.
    private static func isEmpty(_ place: RawPath, _ folder: RawPath, _ posts: PostFilter) -> Bool {
        guard (try? FileStatus.of(place)) != nil else { return true }
        guard var walk = try? Walk(place, skip: folder == "." ? Set(ArchiveFolder.ownFolders) : [], posts: posts)
        else {
            return false
        }
        return walk.next() == nil
    }

    /// A name for a set of posts: it changes with each post that is added to the set or leaves it.
    private static func token(_ folder: RawPath, _ digests: Set<Digest>) -> String {
        var text = Array("provenance mass change\n".utf8) + folder.bytes + [Bytes.newline]
        for digest in digests.map(\.hex).sorted() { text += Array("\(digest)\n".utf8) }
        return String(SHA256.hash(text).hex.prefix(tokenLength))
    }

    /// Hexadecimal digits of a token: it guards against haste, not against an attacker.
    private static let tokenLength = 12

    /// The finding as a problem, exit status 1.
    public var problem: Problem {
        let what =
            switch cause {
            case .empty:
                "\(missing) of its posts are on record, and none is there, nor elsewhere in the archive"
            case .all:
                "\(missing) of its posts are on record, and none is there nor elsewhere in the archive, though other files are"
            case .device:
                "it was a file system of its own and is none now; \(missing) of its \(total) posts are missing"
            case .many:
                "\(missing) of its \(total) posts are missing at once, and are nowhere else in the archive"
            }
        return Problem(
            cause == .empty ? .emptyFolder : .massChange, folder.description, "is the folder mounted? " + what,
            advice:
                "mount it and run this again; if exactly these posts are gone for good: --mass-change \(token)")
    }

    /// The form in `--json`.
    public var json: JSONValue {
        .object([
            "folder": .string(folder.description), "missing": .number(missing), "total": .number(total),
            "token": .string(token),
        ])
    }
}

/// What is remembered of folders and of accepted sets, in the local folder.
///
/// It decides only whether to ask; a missing post stays missing in every verdict.
package struct MassChangeMemory {
    private let archive: ArchiveFolder

    /// Maximum bytes of either file: digests of some 250,000 posts.
    private static let maxBytes = 1 << 24

    package init(_ archive: ArchiveFolder) { self.archive = archive }

    private var acceptedFile: RawPath { archive.local.appending("mass-changes") }
    private var mountsFile: RawPath { archive.local.appending("mounts") }

    private func lines(_ path: RawPath) -> [ArraySlice<UInt8>] {
        ((try? readFileIfPresent(path, limit: MassChangeMemory.maxBytes)) ?? []).split(separator: Bytes.newline)
    }

    /// Digests of posts that somebody said to be gone for good.
    package func accepted() -> Set<Digest> { Set(lines(acceptedFile).compactMap { Digest(hex: $0) }) }

    /// Folders that were file systems of their own.
    package func mounts() -> Set<RawPath> {
        Set(lines(mountsFile).compactMap { Base64.decode($0) }.map { RawPath($0) })
    }

    /// Remembers that the posts of some changes are gone for good, and forgets posts that are there again.
    package func update(accepting changes: [MassChange], dropping returned: Set<Digest> = []) throws(Problem) {
        let digests = changes.reduce(accepted().subtracting(returned)) { $0.union($1.digests) }
        let text = digests.map(\.hex).sorted().map { $0 + "\n" }.joined()
        do { try DurableFile.replace(acceptedFile, with: Array(text.utf8)) } catch { throw Problem(error) }
    }

    /// Remembers which of some folders are file systems of their own. A failure to write is ignored.
    package func noteMounts(_ folders: [RawPath]) {
        let known = mounts()
        let now = known.union(folders.filter { MassChangeMemory.isMount(archive.root.appending($0)) })
        guard now != known else { return }
        let text = now.sorted().map { Base64.encode($0.bytes) + "\n" }.joined()
        try? DurableFile.replace(mountsFile, with: Array(text.utf8))
    }

    /// Whether a folder lies on another file system than the folder that holds it.
    static func isMount(_ place: RawPath) -> Bool {
        guard let status = try? FileStatus.of(place), let above = try? FileStatus.of(place.parent) else { return false }
        return !status.isOnFileSystem(of: above)
    }
}
