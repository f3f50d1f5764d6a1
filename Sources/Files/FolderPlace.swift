import CFiles
import Glibc

/// Where folders lie, by what the system says of them: device, inode and mounts, never the spelling of a path.
public enum FolderPlace {
    /// Whether a path lies in a folder, or is it.
    ///
    /// The folders that hold the path are gone through one by one, as the system has them, so that links, `..` and mounts
    /// of the whole folder elsewhere change nothing. A part of the folder that is mounted elsewhere is found in the table
    /// of mounts.
    ///
    /// - Parameters:
    ///   - path: The path; of what does not exist yet, the folder that it would be made in counts.
    ///   - folder: The folder. One that is not there holds nothing.
    /// - Returns: Whether it does.
    /// - Throws: `FileError` where the system does not say.
    public static func isInside(_ path: RawPath, _ folder: RawPath) throws(FileError) -> Bool {
        guard let wanted = try FileStatus.followed(folder), let start = open(path) else { return false }
        var place = start
        while true {
            let status = try FolderPlace.status(place)
            if status.isSameFile(as: wanted) { return true }
            let number = cfiles_open_parent(place.number)
            guard number >= 0 else { throw FileError("open", path) }
            let parent = Descriptor(number, path)
            if try FolderPlace.status(parent).isSameFile(as: status) { break }
            place = parent
        }
        guard let inner = open(path), let outer = open(folder), let mounts = MountTable.ofProcess() else {
            return false
        }
        guard let lies = mounts.place(of: inner), let holds = mounts.place(of: outer) else { return false }
        return lies.device == holds.device && lies.path.isBelow(holds.path)
    }

    /// Opens the folder, or the nearest one above it that is there, as a place.
    private static func open(_ path: RawPath) -> Descriptor? {
        var path = path
        while true {
            let number = path.withCString { cfiles_open_place($0) }
            if number >= 0 { return Descriptor(number, path) }
            guard path.parent != path else { return nil }
            path = path.parent
        }
    }

    private static func status(_ file: borrowing Descriptor) throws(FileError) -> FileStatus {
        var status = cfiles_status()
        guard cfiles_status_of(file.number, &status) == 0 else { throw FileError("stat", file.path) }
        return FileStatus(status)
    }
}

extension RawPath {
    /// Whether this absolute path without links is that of a folder, or of something in it.
    fileprivate func isBelow(_ folder: RawPath) -> Bool { elements.starts(with: folder.elements) { $0 == $1 } }
}

/// The process's mounts, as `/proc/self/mountinfo` lists them.
private struct MountTable {
    private struct Mount {
        let device: [UInt8]
        /// The folder of the file system that is mounted.
        let root: RawPath
        /// Where it is mounted.
        let point: RawPath
    }

    private var mounts: [Int: Mount] = [:]
    /// Most bytes of a table that are read: some ten thousand mounts.
    private static let maxBytes = 1 << 21

    static func ofProcess() -> MountTable? {
        guard let bytes = read("/proc/self/mountinfo") else { return nil }
        var table = MountTable()
        for line in bytes.split(separator: 0x0a) {
            // "36 35 98:0 /mnt1 /mnt2 rw,noatime …": number, parent, device, root, mount point.
            let fields = line.split(separator: 0x20)
            guard fields.count > 5, let number = Int(String(decoding: fields[0], as: UTF8.self)) else { continue }
            table.mounts[number] = Mount(
                device: Array(fields[2]), root: unescaped(fields[3]), point: unescaped(fields[4]))
        }
        return table
    }

    /// The path of an open folder in its file system.
    func place(of folder: borrowing Descriptor) -> (device: [UInt8], path: RawPath)? {
        guard let path = RawPath("/proc/self/fd/\(folder.number)").real,
            let bytes = MountTable.read(RawPath("/proc/self/fdinfo/\(folder.number)"))
        else { return nil }
        let label = Array("mnt_id:".utf8)
        guard let line = bytes.split(separator: 0x0a).first(where: { $0.starts(with: label) }),
            let number = Int(
                String(decoding: line.dropFirst(label.count).filter { 0x30...0x39 ~= $0 }, as: UTF8.self)),
            let mount = mounts[number]
        else { return nil }
        guard path.isBelow(mount.point) else { return nil }
        let rest = path.elements.dropFirst(mount.point.elements.count).joined(separator: [0x2f])
        return (mount.device, mount.root.appending(RawPath(rest)))
    }

    private static func read(_ path: RawPath) -> [UInt8]? {
        guard let stream = try? FileStream(path) else { return nil }
        var bytes: [UInt8] = []
        while bytes.count < maxBytes {
            guard let piece = try? stream.read(upTo: 1 << 16) else { return nil }
            if piece.isEmpty { return bytes }
            bytes += piece
        }
        return nil
    }

    /// Space, tab, newline and backslash stand as `\040` and the like.
    private static func unescaped(_ field: ArraySlice<UInt8>) -> RawPath {
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == 0x5c, digits.count == 3, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return RawPath(bytes)
    }
}
