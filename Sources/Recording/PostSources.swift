import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// A file that an `add` has come to.
struct Candidate: Sendable {
    /// Index into the register's roots.
    let root: Int
    /// Path relative to the root.
    let path: RawPath
    /// Where it is opened.
    let opening: Opening
    /// What stands there.
    let kind: FileStatus.Kind

    /// Where a file is opened.
    enum Opening: Sendable {
        /// At its own path: it was named itself.
        case named(RawPath)
        /// At the candidate's path below a folder: it was found there.
        case found(RawPath)
        /// At the candidate's path below a folder that is open: it was found there.
        case below(OpenFolder)
    }
}

/// The arguments of an `add`, as roots and a walk through them in the order of raw path bytes.
struct PostSources: IteratorProtocol, Sequence {
    private enum Source {
        case file(root: Int, path: RawPath, place: RawPath, kind: FileStatus.Kind)
        case folder(NamedFolder)
    }

    /// The register's roots: `.` for what lies inside the archive, else the argument as typed, or in full where what was typed
    /// leads elsewhere from the archive.
    let roots: [String]
    /// Arguments and folders that could not be read: they are unknown, never missing.
    private(set) var unreadable: [Problem] = []
    /// Named folders that could not be read.
    private var closed: Set<RawPath> = []
    private var sources: [Source] = []
    private var position = 0
    private var walk: (root: Int, path: RawPath, base: Base, walk: Walk)?
    private let archive: ArchiveFolder
    /// Folders that are held open, the archive's and some elsewhere: every file that was found below one keeps it so.
    private var bases: [RawPath: OpenFolder] = [:]

    /// What the files of a walk are opened below.
    private enum Base {
        case open(OpenFolder)
        case path(RawPath)
    }

    /// Most folders that are held open: a process may have 1,024 descriptors, and as many folders may be named.
    private static let maxBases = 16

    /// Sorts out what was typed.
    init(_ arguments: [RawPath], archive: ArchiveFolder, _ environment: Environment) {
        self.archive = archive
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
                            advice: "nothing below it was looked at; nothing is reported missing for it"))
                    continue
                }
                if let path = archive.relative(place) {
                    inside.append((path, path == "." ? .directory : status.kind))
                } else if places.insert(RealPlace(of: place, followsLast: false).path).inserted {
                    var skip: Set<RawPath> = []
                    // A folder that the archive lies in: what is inside is the archive's, however it was reached.
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
            // An argument below one that is walked already, or named twice.
            if let covered, covered == "." || path.bytes.starts(with: covered.bytes + [0x2f]),
                kind == .directory || PostSources.isWalked(path)
            {
                continue
            }
            let place = path == "." ? archive.root : archive.root.appending(path)
            if kind == .directory {
                // The archive's own folders are no posts.
                let skip: Set<RawPath> = path == "." ? Set(ArchiveFolder.ownFolders) : []
                sources.append(.folder(NamedFolder(root: 0, path: path, place: place, skip: skip)))
                covered = path
            } else {
                sources.append(.file(root: 0, path: path, place: place, kind: kind))
            }
        }
        for (typed, place, kind, skip) in outside {
            let root = roots.count
            // In a register `.` stands for the archive, and a relative name starts from it.
            let real = RealPlace(of: place, followsLast: false).path
            let isPlain = RegisteredPlaces.real(typed, from: archive.root) == real && !typed.elements.isEmpty
            roots.append(isPlain ? typed.description : place.description)
            if kind == .directory {
                sources.append(.folder(NamedFolder(root: root, path: ".", place: place, skip: skip)))
            } else {
                sources.append(.file(root: root, path: ".", place: place, kind: kind))
            }
        }
        self.roots = roots
    }

    /// Whether a walk gives this file: it passes over names that start with a dot, and over all but `.md`.
    private static func isWalked(_ path: RawPath) -> Bool {
        path.bytes.suffix(3).elementsEqual(Array(".md".utf8))
            && !path.elements.contains { $0.first == UInt8(ascii: ".") }
    }

    private static func key(_ item: (path: RawPath, kind: FileStatus.Kind)) -> [UInt8] {
        item.path == "." ? [] : item.kind == .directory ? item.path.bytes + [0x2f] : item.path.bytes
    }

    /// Folders inside the archive that were named, relative to it, without those that could not be read.
    var insideFolders: [RawPath] {
        sources.compactMap { source in
            guard case .folder(let folder) = source, folder.root == 0, roots.first == ".",
                !closed.contains(folder.path)
            else { return nil }
            return folder.path
        }
    }

    /// The folders that were named.
    var folders: [NamedFolder] {
        sources.compactMap { source in
            guard case .folder(let folder) = source else { return nil }
            return folder
        }
    }

    /// Whether every argument was unreadable, so that nothing can be said.
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
                let opening: Candidate.Opening =
                    switch base {
                    case .open(let folder): .below(folder)
                    case .path(let place): .found(place)
                    }
                return Candidate(root: root, path: relative, opening: opening, kind: found.kind)
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
                    let names = try Walk(folder.place, skip: folder.skip)
                    // A candidate's path is relative to the archive, or to the folder that was named elsewhere.
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

/// A folder that an `add` was given.
struct NamedFolder: Sendable {
    /// Index into the register's roots.
    let root: Int
    /// The folder's path relative to the root.
    let path: RawPath
    /// Where it is.
    let place: RawPath
    /// Relative paths that are left out.
    let skip: Set<RawPath>
}
