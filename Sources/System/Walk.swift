import CProvenanceSystem
import Glibc
import ProvenanceEncoding

/// One name found by a walk.
public struct WalkedName: Sendable {
    /// Path relative to the walk's root.
    public let path: RawPath
    /// The kind of file.
    public let kind: FileStatus.Kind
    /// Why a folder could not be listed; its contents are then unknown, not missing.
    public let failure: FileError?
    /// The ignored folder in which it lies, relative to the walk's root.
    public var ignoredFolder: RawPath?
}

/// Counts names that a walk passes over although people keep posts under such names.
public final class WalkTally: @unchecked Sendable {
    // Used by the thread that walks, and read after it.
    /// The number of names, by their ending in lower case; `.md` stands for one that is not all lower case.
    public private(set) var passedOver: [String: UInt64] = [:]

    /// The endings that are counted.
    private static let endings = [".markdown", ".md", ".mdx", ".html"]
    /// The longest of them.
    private static let maxLength = 9

    /// No names.
    public init() {}

    func count(_ name: UnsafeRawBufferPointer) {
        guard let point = name.suffix(WalkTally.maxLength).lastIndex(of: UInt8(ascii: ".")), point > 0 else { return }
        let ending = name[point...]
        for known in WalkTally.endings
        where ending.count == known.utf8.count && zip(ending, known.utf8).allSatisfy({ $0 | 0x20 == $1 | 0x20 }) {
            passedOver[known, default: 0] += 1
        }
    }
}

/// A folder's posts in the order of their raw path bytes, one folder's names in memory at a time.
///
/// Folders are walked recursively, links are never followed, and names that start with a dot are skipped. Of the rest,
/// names that end in `.md` and links to folders are returned.
public struct Walk: IteratorProtocol, Sequence {
    private struct Folder {
        var path: RawPath
        var names: FolderNames
        var next = 0
        /// The rules for folders inside; `nil` in an ignored folder, and when nothing is ignored.
        var rules: IgnoredFolders?
        /// The ignored folder that it is, or lies in.
        var ignored: RawPath?
        /// Whether it holds a file with patterns for ignored folders.
        var holdsIgnoreFile = false
    }

    private let root: RawPath
    private let skip: Set<RawPath>
    /// The root as the rules name it.
    private let rootName: RawPath
    private let tally: WalkTally?
    private var stack: [Folder] = []
    private var rootFailure: FileError?

    /// Starts at a folder.
    ///
    /// - Parameters:
    ///   - root: The folder; a link is refused.
    ///   - skip: Relative paths to skip, with everything below them.
    ///   - ignoring: Which folders' names are marked as ignored; `nil` for none.
    ///   - rootName: The root's path as `ignoring` names folders.
    ///   - tally: Counts the names that are passed over.
    /// - Throws: `FileError` when the root cannot be read, which must not look like "everything is missing".
    public init(
        _ root: RawPath, skip: Set<RawPath> = [], ignoring: IgnoredFolders? = nil, as rootName: RawPath = "",
        tally: WalkTally? = nil
    ) throws(FileError) {
        self.root = root
        self.skip = skip
        self.rootName = rootName == "." ? "" : rootName
        self.tally = tally
        try push("", ignoring?.starting(at: self.rootName), ignored: nil)
    }

    /// Lists a folder, whose names come next.
    private mutating func push(
        _ path: RawPath, _ rules: IgnoredFolders?, ignored: RawPath?
    ) throws(FileError) {
        let place = path.bytes.isEmpty ? root : root.appending(path)
        // An ignored folder counts as one, whatever its names end in.
        var folder = try Walk.list(place, as: path, tally: ignored == nil ? tally : nil)
        folder.ignored = ignored
        folder.rules = ignored == nil ? rules : nil
        if ignored == nil, folder.holdsIgnoreFile { folder.rules = rules?.entering(rootName.appending(path)) }
        stack.append(folder)
    }

    /// The next name, in the order of raw path bytes: a folder sorts as if its name ended in a slash.
    public mutating func next() -> WalkedName? {
        while var folder = stack.popLast() {
            guard folder.next < folder.names.count else {
                guard folder.names.hasMore else { continue }
                do {
                    var rest = try Walk.list(
                        root.appending(folder.path), as: folder.path, after: folder.names.lastKey, tally: nil)
                    (rest.rules, rest.ignored) = (folder.rules, folder.ignored)
                    stack.append(rest)
                    continue
                } catch {
                    return WalkedName(path: folder.path, kind: .directory, failure: error)
                }
            }
            let (name, kind) = folder.names[folder.next]
            folder.next += 1
            stack.append(folder)
            let path = folder.path.appending(name)
            if skip.contains(path) { continue }
            if kind == .directory {
                let isIgnored = folder.rules?.contains(rootName.appending(path)) ?? false
                let ignored = folder.ignored ?? (isIgnored ? path : nil)
                do {
                    try push(path, folder.rules, ignored: ignored)
                } catch {
                    return WalkedName(path: path, kind: .directory, failure: error, ignoredFolder: ignored)
                }
            } else {
                return WalkedName(path: path, kind: kind, failure: nil, ignoredFolder: folder.ignored)
            }
        }
        return nil
    }

    /// Whether a name ends in `.md` and is longer than that.
    static func isPost(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.count > 3 else { return false }
        return name[name.count - 3] == UInt8(ascii: ".") && name[name.count - 2] == UInt8(ascii: "m")
            && name[name.count - 1] == UInt8(ascii: "d")
    }

    private static func list(
        _ path: RawPath, as relative: RawPath, after: [UInt8]? = nil, tally: WalkTally?
    ) throws(FileError) -> Folder {
        let number = path.withCString { cfiles_open_directory(AT_FDCWD, $0, 0) }
        guard number >= 0 else {
            if errno == ELOOP || errno == ENOTDIR, let status = try FileStatus.of(path), status.kind == .link {
                throw FileError("open", path, number: ELOOP, detail: "a symbolic link; name the folder itself")
            }
            throw FileError("open", path)
        }
        let descriptor = Descriptor(number, path)
        var names = Listing(names: FolderNames(after: after), tally: tally)
        let status = withUnsafeMutablePointer(to: &names) { names in
            cfiles_list(descriptor.number, names) { context, name, length, kind in
                // A link to a folder is not followed but is reported, since there may be posts behind it.
                let leadsToFolder = kind == 4
                guard let context, let name, let kind = leadsToFolder ? .link : FileStatus.Kind(rawValue: kind) else {
                    return 0
                }
                let listing = context.assumingMemoryBound(to: Listing.self)
                let bytes = UnsafeRawBufferPointer(start: name, count: length)
                if bytes.first == UInt8(ascii: ".") {
                    if bytes.elementsEqual(IgnoredFolders.fileName.bytes) { listing.pointee.holdsIgnoreFile = true }
                    return 0
                }
                let isPost = Walk.isPost(bytes)
                guard kind == .directory || isPost || leadsToFolder else {
                    if kind == .regular { listing.pointee.tally?.count(bytes) }
                    return 0
                }
                listing.pointee.names.add(bytes, kind)
                return 0
            }
        }
        guard status == 0 else { throw FileError("list", path) }
        names.names.finish()
        return Folder(path: relative, names: names.names, holdsIgnoreFile: names.holdsIgnoreFile)
    }

    /// What the listing of a folder fills.
    private struct Listing {
        var names: FolderNames
        let tally: WalkTally?
        var holdsIgnoreFile = false
    }
}

/// The names in a folder, sorted by their bytes; empty when the folder does not exist.
///
/// - Parameters:
///   - path: The folder.
///   - followsLink: Whether a link to a folder is accepted; pass `false` before removing names.
/// - Returns: The names, hidden ones too, without `.` and `..`.
/// - Throws: `FileError`; `ELOOP` for a link when links are not followed.
public func listFolder(_ path: RawPath, followsLink: Bool = true) throws(FileError) -> [RawPath] {
    let number = path.withCString { cfiles_open_directory(AT_FDCWD, $0, followsLink ? 1 : 0) }
    guard number >= 0 else {
        let error = FileError("open", path)
        // With O_DIRECTORY and O_NOFOLLOW a link is reported as "not a directory".
        if !followsLink, try FileStatus.of(path)?.kind == .link {
            throw FileError("open", path, number: ELOOP, detail: "a symbolic link; it is not followed")
        }
        if error.isMissing { return [] }
        throw error
    }
    let descriptor = Descriptor(number, path)
    var names: [RawPath] = []
    let status = withUnsafeMutablePointer(to: &names) { names in
        cfiles_list(descriptor.number, names) { context, name, length, _ in
            guard let context, let name else { return 0 }
            let names = context.assumingMemoryBound(to: [RawPath].self)
            names.pointee.append(RawPath(UnsafeRawBufferPointer(start: name, count: length)))
            return 0
        }
    }
    guard status == 0 else { throw FileError("list", path) }
    return names.sorted()
}
