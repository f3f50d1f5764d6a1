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
    }

    private let root: RawPath
    private let skip: Set<RawPath>
    private var stack: [Folder] = []
    private var rootFailure: FileError?

    /// Starts at a folder.
    ///
    /// - Parameters:
    ///   - root: The folder; a link is refused.
    ///   - skip: Relative paths to skip, with everything below them.
    /// - Throws: `FileError` when the root cannot be read, which must not look like "everything is missing".
    public init(_ root: RawPath, skip: Set<RawPath> = []) throws(FileError) {
        self.root = root
        self.skip = skip
        stack.append(try Walk.list(root, as: ""))
    }

    /// The next name, in the order of raw path bytes: a folder sorts as if its name ended in a slash.
    public mutating func next() -> WalkedName? {
        while var folder = stack.popLast() {
            guard folder.next < folder.names.count else {
                guard folder.names.hasMore else { continue }
                do {
                    stack.append(
                        try Walk.list(root.appending(folder.path), as: folder.path, after: folder.names.lastKey))
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
                do {
                    stack.append(try Walk.list(root.appending(path), as: path))
                } catch {
                    return WalkedName(path: path, kind: .directory, failure: error)
                }
            } else {
                return WalkedName(path: path, kind: kind, failure: nil)
            }
        }
        return nil
    }

    /// Whether a name ends in `.md` and is longer than that.
    private static func isPost(_ name: UnsafeRawBufferPointer) -> Bool {
        guard name.count > 3 else { return false }
        return name[name.count - 3] == UInt8(ascii: ".") && name[name.count - 2] == UInt8(ascii: "m")
            && name[name.count - 1] == UInt8(ascii: "d")
    }

    private static func list(
        _ path: RawPath, as relative: RawPath, after: [UInt8]? = nil
    ) throws(FileError) -> Folder {
        let number = path.withCString { cfiles_open_directory(AT_FDCWD, $0, 0) }
        guard number >= 0 else {
            if errno == ELOOP || errno == ENOTDIR, let status = try FileStatus.of(path), status.kind == .link {
                throw FileError("open", path, number: ELOOP, detail: "a symbolic link; name the folder itself")
            }
            throw FileError("open", path)
        }
        let descriptor = Descriptor(number, path)
        var names = FolderNames(after: after)
        let status = withUnsafeMutablePointer(to: &names) { names in
            cfiles_list(descriptor.number, names) { context, name, length, kind in
                // A link to a folder is not followed but is reported, since there may be posts behind it.
                let leadsToFolder = kind == 4
                guard let context, let name, let kind = leadsToFolder ? .link : FileStatus.Kind(rawValue: kind) else {
                    return 0
                }
                let names = context.assumingMemoryBound(to: FolderNames.self)
                let bytes = UnsafeRawBufferPointer(start: name, count: length)
                if bytes.first == UInt8(ascii: ".") { return 0 }
                let isPost = Walk.isPost(bytes)
                guard kind == .directory || isPost || leadsToFolder else { return 0 }
                names.pointee.add(bytes, kind)
                return 0
            }
        }
        guard status == 0 else { throw FileError("list", path) }
        names.finish()
        return Folder(path: relative, names: names)
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
