import Glibc
import ProvenanceEncoding

/// The location that a path leads to through links, `..` and bind mounts: equal for every spelling of one place.
///
/// Two folders are the same if their real places are equal; their names do not decide.
public struct RealPlace: Hashable, Sendable {
    /// The path without links and `..`. Elements that do not exist yet are kept as named.
    public let path: RawPath
    /// The file system and the path from its root, from the system's list of mounts: equal for a folder that is mounted
    /// at two places. `nil` when there is no such list.
    private let inner: InnerPlace?

    private struct InnerPlace: Hashable, Sendable {
        let device: [UInt8]
        let path: RawPath
    }

    /// Resolves a path.
    ///
    /// - Parameters:
    ///   - path: An absolute path.
    ///   - followsLast: Whether a link in the last element is followed; pass `false` for a post, whose own name is
    ///     never followed.
    public init(of path: RawPath, followsLast: Bool) {
        let real = RealPlace.resolve(path, followsLast: followsLast)
        self.path = real
        inner = MountTable.current.inner(real).map { InnerPlace(device: $0.device, path: $0.path) }
    }

    /// The path of this place relative to a folder's; `.` for the folder itself, `nil` when it is not inside.
    public func relative(to folder: RealPlace) -> RawPath? {
        if let inner, let other = folder.inner, inner.device == other.device,
            let below = RealPlace.relative(inner.path, other.path)
        {
            return below
        }
        return RealPlace.relative(path, folder.path)
    }

    private static func relative(_ path: RawPath, _ folder: RawPath) -> RawPath? {
        if path == folder { return "." }
        let prefix = folder == "/" ? folder.bytes : folder.bytes + [UInt8(ascii: "/")]
        guard path.bytes.starts(with: prefix) else { return nil }
        return RawPath(path.bytes.dropFirst(prefix.count))
    }

    private static func resolve(_ path: RawPath, followsLast: Bool) -> RawPath {
        guard !followsLast else { return resolve(path) }
        return path == "/" ? path : resolve(path.parent).appending(path.lastElement)
    }

    /// An absolute path without links; elements that do not exist are kept as named.
    private static func resolve(_ path: RawPath) -> RawPath {
        // No file has a longer path (PATH_MAX), and each of its elements would cost a system call.
        guard path.bytes.count < Int(PATH_MAX) else { return path }
        var rest: RawPath = "."
        var present = path
        while true {
            if let real = present.real { return real.appending(rest) }
            guard present.parent != present, present != "." else { return path }
            rest = present.lastElement.appending(rest)
            present = present.parent
        }
    }
}

extension RawPath {
    /// An absolute path without `..`: a link before `..` is followed first, as the system does.
    public var withoutParents: RawPath {
        let parent = Array("..".utf8)
        // No file has a longer path, and each of its elements would cost a copy of the path.
        guard bytes.count < Int(PATH_MAX) else { return self }
        guard elements.contains(where: { $0.elementsEqual(parent) }) else { return RawPath(plain: joined(elements)) }
        var path: RawPath = "/"
        for element in elements {
            if element.elementsEqual(parent) {
                path = (path.real ?? path).parent
            } else {
                path = path.appending(RawPath(element))
            }
        }
        return path
    }

    private func joined(_ elements: [ArraySlice<UInt8>]) -> [UInt8] {
        [UInt8(ascii: "/")] + elements.joined(separator: [UInt8(ascii: "/")])
    }
}

/// The file systems that are mounted, as `/proc/self/mountinfo` lists them (proc(5)).
struct MountTable: Sendable {
    private struct Mount: Sendable {
        /// "major:minor: value of st_dev for files on this filesystem".
        let device: [UInt8]
        /// "root: the pathname of the directory in the filesystem which forms the root of this mount".
        let root: RawPath
        /// "mount point: the pathname of the mount point relative to the process's root directory".
        let point: RawPath
    }

    private let mounts: [Mount]

    /// The mounts that this process sees, read once.
    static let current = MountTable((try? readProcFile("/proc/self/mountinfo")) ?? [])

    /// Reads a list.
    init(_ bytes: [UInt8]) {
        mounts = bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
            guard fields.count == 6 else { return nil }
            return Mount(
                device: Array(fields[2]), root: RawPath(MountTable.unescaped(fields[3])),
                point: RawPath(MountTable.unescaped(fields[4])))
        }
    }

    /// The file system that a path lies on, and the path from that file system's root.
    func inner(_ path: RawPath) -> (device: [UInt8], path: RawPath)? {
        var best: (mount: Mount, rest: ArraySlice<UInt8>)?
        for mount in mounts {
            let prefix = mount.point == "/" ? mount.point.bytes : mount.point.bytes + [UInt8(ascii: "/")]
            let rest: ArraySlice<UInt8>
            if path == mount.point {
                rest = []
            } else if path.bytes.starts(with: prefix) {
                rest = path.bytes.dropFirst(prefix.count)
            } else {
                continue
            }
            // Of several mounts at one point the last is on top.
            if best.map({ mount.point.bytes.count >= $0.mount.point.bytes.count }) ?? true { best = (mount, rest) }
        }
        return best.map { ($0.mount.device, $0.mount.root.appending(RawPath($0.rest))) }
    }

    /// "space, tab, newline and backslash are \\040, \\011, \\012 and \\134".
    private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ 0x30...0x37 ~= $0 }),
                let value = UInt8(exactly: digits.reduce(0) { $0 * 8 + Int($1 - 0x30) })
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

/// Reads a file of the proc file system, which reports no size.
private func readProcFile(_ path: RawPath) throws(FileError) -> [UInt8] {
    let stream = try FileStream(path)
    var bytes: [UInt8] = []
    // Thousands of mounts take a megabyte.
    while bytes.count < 1 << 24 {
        let piece = try stream.read(upTo: 1 << 16)
        if piece.isEmpty { break }
        bytes += piece
    }
    return bytes
}
