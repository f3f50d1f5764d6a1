import CProvenanceSystem
import Glibc
import ProvenanceEncoding

/// The names of posts below a folder, in no order and without an array for each: for questions about all of them.
///
/// The same names that a ``Walk`` returns as regular files.
public struct PostNames {
    private var path: [UInt8] = []
    private var folders: [RawPath] = []

    /// Calls `each` with the path of each post.
    ///
    /// - Parameters:
    ///   - root: The folder; a link is refused.
    ///   - prefix: What paths begin with; empty for paths relative to the folder.
    ///   - skip: Relative paths to skip, with everything below them.
    ///   - each: Receives the bytes of a path; they are valid only during the call.
    /// - Returns: Folders that could not be read, `prefix` included: what they hold is unknown.
    public static func list(
        _ root: RawPath, prefix: RawPath = "", skip: Set<RawPath> = [], each: (UnsafeRawBufferPointer) -> Void
    ) -> [RawPath] {
        var names = PostNames()
        var closed: [RawPath] = []
        names.folders = [""]
        while let folder = names.folders.popLast() {
            let place = folder.bytes.isEmpty ? root : root.appending(folder)
            let number = place.withCString { cfiles_open_directory(AT_FDCWD, $0, 0) }
            guard number >= 0 else {
                // A folder that is gone holds nothing.
                if errno != ENOENT { closed.append(prefix.appending(folder)) }
                continue
            }
            let descriptor = Descriptor(number, place)
            names.path = prefix.appending(folder).bytes
            if !names.path.isEmpty { names.path.append(UInt8(ascii: "/")) }
            withoutActuallyEscaping(each) { each in
                var listing = Listing(names: names, folder: folder, skip: skip, each: each)
                let status = withUnsafeMutablePointer(to: &listing) { listing in
                    cfiles_list(descriptor.number, listing) { context, name, length, kind in
                        guard let context, let name else { return 0 }
                        context.assumingMemoryBound(to: Listing.self).pointee
                            .add(UnsafeRawBufferPointer(start: name, count: length), kind)
                        return 0
                    }
                }
                if status != 0 { closed.append(prefix.appending(folder)) }
                names = listing.names
            }
        }
        return closed
    }

    /// What the listing of a folder fills.
    private struct Listing {
        var names: PostNames
        let folder: RawPath
        let skip: Set<RawPath>
        let each: (UnsafeRawBufferPointer) -> Void

        mutating func add(_ name: UnsafeRawBufferPointer, _ kind: Int32) {
            if name.first == UInt8(ascii: ".") { return }
            if kind == FileStatus.Kind.directory.rawValue {
                let path = folder.appending(RawPath(name))
                if !skip.contains(path) { names.folders.append(path) }
            } else if kind == FileStatus.Kind.regular.rawValue, Walk.isPost(name) {
                let count = names.path.count
                names.path.append(contentsOf: name)
                names.path.withUnsafeBytes { each($0) }
                names.path.removeSubrange(count...)
            }
        }
    }
}
