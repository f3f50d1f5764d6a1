import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// A file that an `add` has found.
struct Candidate: Sendable {
    /// Index into the register's roots.
    let root: Int
    /// Path relative to the root.
    let path: RawPath
    /// How it is opened.
    let opening: Opening
    /// The kind of file.
    let kind: FileStatus.Kind
    /// The ignored folder in which it lies: it is looked at only where its place is registered.
    var ignored: RawPath?
    /// Whether the rules in force leave it out: it is looked at only where its place is registered.
    var isLeftOut = false

    /// How a file is opened.
    enum Opening: Sendable {
        /// At its own path: it was named as an argument.
        case named(RawPath)
        /// At the candidate's path below a folder's path: a walk found it there.
        case found(RawPath)
        /// At the candidate's path below an open folder: a walk found it there.
        case below(OpenFolder)
    }
}

/// The arguments of an `add`, as roots and a walk through them in the order of raw path bytes.
struct PostSources: IteratorProtocol, Sequence {
    private enum Source {
        case file(root: Int, path: RawPath, place: RawPath, kind: FileStatus.Kind)
        case folder(NamedFolder)
    }

    /// The register's roots: `.` for the inside of the archive, else the argument as typed, or its full path if the
    /// typed one has another meaning when read from the archive.
    let roots: [String]
    /// Arguments and folders that could not be read: their posts are unknown, not missing.
    private(set) var unreadable: [Problem] = []
    /// Named folders that could not be read.
    private var closed: Set<RawPath> = []
    private var sources: [Source] = []
    private var position = 0
    private var walk: (root: Int, path: RawPath, base: Base, walk: Walk)?
    private let archive: ArchiveFolder
    private let rules: IgnoredFolders
    /// Which names are posts, and which the rules in force leave out.
    private let posts: PostFilter
    private let tally = WalkTally()
    /// Folders held open, the archive's and some elsewhere; each stays open while a file found below it exists.
    private var bases: [RawPath: OpenFolder] = [:]

    /// What a walk's files are opened below.
    private enum Base {
        case open(OpenFolder)
        case path(RawPath)
    }

    /// Maximum folders held open: a process may be limited to 1,024 descriptors, and the arguments may name as many.
    private static let maxBases = 16

    /// Sorts the arguments into roots and walks.
    init(_ arguments: [RawPath], archive: ArchiveFolder, _ environment: Environment, rules inForce: RulesInForce) {
        self.archive = archive
        posts = inForce.posts
        var inside: [(path: RawPath, kind: FileStatus.Kind)] = []
        var outside: [(typed: RawPath, place: RawPath, kind: FileStatus.Kind, skip: Set<RawPath>)] = []
        var places: Set<RawPath> = []
        for argument in arguments {
            let place = environment.absolute(argument)
            do {
                guard let status = try FileStatus.of(place) else {
                    unreadable.append(
                        Problem(
                            .unreadable, argument.description, "there is no such file or folder",
                            advice: "check the name; nothing is reported missing for it"))
                    continue
                }
                if let path = archive.relative(place) {
                    inside.append((path, path == "." ? .directory : status.kind))
                } else if places.insert(RealPlace(of: place, followsLast: false).path).inserted {
                    var skip: Set<RawPath> = []
                    // A folder that contains the archive: files inside are the archive's, whichever way they were
                    // reached.
                    if status.kind == .directory, let root = archive.rootBelow(place) {
                        inside.append((".", .directory))
                        skip.insert(root)
                    }
                    outside.append((argument, place, status.kind, skip))
                }
            } catch {
                unreadable.append(Problem(.unreadable, argument.description, error.reason))
            }
        }
        inside.sort { PostSources.key($0).lexicographicallyPrecedes(PostSources.key($1)) }
        var roots: [String] = []
        if !inside.isEmpty { roots.append(".") }
        var covered: RawPath?
        var last: RawPath?
        for (path, kind) in inside {
            if path == last { continue }
            last = path
            // The argument was named twice, or lies below one that is walked already.
            if let covered, covered == "." || path.bytes.starts(with: covered.bytes + [0x2f]),
                kind == .directory || PostSources.isWalked(path, posts)
            {
                continue
            }
            let place = path == "." ? archive.root : archive.root.appending(path)
            if kind == .directory {
                // The archive's own folders hold no posts.
                let skip: Set<RawPath> = path == "." ? Set(ArchiveFolder.ownFolders) : []
                sources.append(.folder(NamedFolder(root: 0, path: path, place: place, skip: skip, isInside: true)))
                covered = path
            } else {
                sources.append(.file(root: 0, path: path, place: place, kind: kind))
            }
        }
        for (typed, place, kind, skip) in outside {
            let root = roots.count
            // In a register `.` stands for the archive, and relative names start from it.
            let real = RealPlace(of: place, followsLast: false).path
            let isPlain = RegisteredPlaces.real(typed, from: archive.root) == real && !typed.elements.isEmpty
            roots.append(isPlain ? typed.description : place.description)
            if kind == .directory {
                sources.append(.folder(NamedFolder(root: root, path: ".", place: place, skip: skip, isInside: false)))
            } else {
                sources.append(.file(root: root, path: ".", place: place, kind: kind))
            }
        }
        self.roots = roots
        rules = inForce.ignoredFolders(archive.root, named: Set(inside.map(\.path)))
    }

    /// Whether a walk finds this file; it skips names that start with a dot, and names that are not a post's.
    private static func isWalked(_ path: RawPath, _ posts: PostFilter) -> Bool {
        posts.isPost(path)
            && !path.elements.contains { $0.first == UInt8(ascii: ".") }
    }

    private static func key(_ item: (path: RawPath, kind: FileStatus.Kind)) -> [UInt8] {
        item.path == "." ? [] : item.kind == .directory ? item.path.bytes + [0x2f] : item.path.bytes
    }

    /// Named folders inside the archive, relative to it, without unreadable ones.
    var insideFolders: [RawPath] {
        sources.compactMap { source in
            guard case .folder(let folder) = source, folder.root == 0, roots.first == ".",
                !closed.contains(folder.path)
            else { return nil }
            return folder.path
        }
    }

    /// Names that the walks so far passed over, by their ending.
    var passedOver: [String: UInt64] { tally.passedOver }

    /// The folders that were named.
    var folders: [NamedFolder] {
        sources.compactMap { source in
            guard case .folder(let folder) = source else { return nil }
            return folder
        }
    }

    /// The one file that was named, where nothing else was.
    var oneFile: (root: Int, path: RawPath)? {
        guard sources.count == 1, unreadable.isEmpty, case .file(let root, let path, _, _)? = sources.first else {
            return nil
        }
        return (root, path)
    }

    /// Whether every argument was unreadable, so that there is nothing to record.
    var isEmpty: Bool { sources.isEmpty }

    mutating func next() -> Candidate? {
        while true {
            if let found = walk?.walk.next() {
                guard let (root, path, base, _) = walk else { continue }
                if let failure = found.failure {
                    unreadable.append(Problem(.unreadable, path.appending(found.path).description, failure.reason))
                    continue
                }
                let relative = path.appending(found.path)
                let ignored = found.ignoredFolder.map { path.appending($0) }
                let opening: Candidate.Opening =
                    switch base {
                    case .open(let folder): .below(folder)
                    case .path(let place): .found(place)
                    }
                return Candidate(
                    root: root, path: relative, opening: opening, kind: found.kind, ignored: ignored,
                    isLeftOut: found.isLeftOut)
            }
            walk = nil
            guard position < sources.count else { return nil }
            let source = sources[position]
            position += 1
            switch source {
            case .file(let root, let path, let place, let kind):
                return Candidate(root: root, path: path, opening: .named(place), kind: kind)
            case .folder(let folder):
                do {
                    let names = try Walk(
                        folder.place, skip: folder.skip, ignoring: folder.isInside ? rules : nil, as: folder.path,
                        posts: folder.isInside ? posts : posts.withoutPatterns, tally: tally)
                    // A candidate's path is relative to the archive, or to the named folder outside it.
                    let base = try base(folder.path == "." ? folder.place : archive.root)
                    walk = (folder.root, folder.path, base, names)
                } catch {
                    closed.insert(folder.path)
                    let name = folder.path == "." ? roots[folder.root] : folder.path.description
                    unreadable.append(Problem(.unreadable, name, error.reason))
                }
            }
        }
    }

    private mutating func base(_ path: RawPath) throws(FileError) -> Base {
        if let folder = bases[path] { return .open(folder) }
        guard bases.count < PostSources.maxBases else { return .path(path) }
        let folder = try OpenFolder(path)
        bases[path] = folder
        return .open(folder)
    }
}

/// A folder that was named as an argument.
struct NamedFolder: Sendable {
    /// Index into the register's roots.
    let root: Int
    /// The folder's path relative to the root.
    let path: RawPath
    /// The folder's absolute path.
    let place: RawPath
    /// Relative paths that the walk skips.
    let skip: Set<RawPath>
    /// Whether it lies in the archive; else it is a root of its own.
    let isInside: Bool
}
