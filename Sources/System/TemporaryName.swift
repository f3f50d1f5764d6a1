import ProvenanceEncoding

/// The names that files and folders have before they are finished.
enum TemporaryName {
    /// Ending of temporary names; the walk and the log's readers never look at them.
    static let suffix = ".provenance-tmp"
    /// NAME_MAX of Linux: the most bytes that a name may have on the file systems it has.
    private static let maxBytes = 255

    /// The temporary name beside a path: the path's own with an ending, or, where that would be too long, a short one made
    /// of a digest of the name.
    ///
    /// - Parameters:
    ///   - path: The path that the file gets in the end.
    ///   - tag: What tells apart two temporary names of one path, such as the process that writes.
    /// - Returns: The name's path.
    static func path(for path: RawPath, tag: String = "") -> RawPath {
        let ending = Array((tag.isEmpty ? suffix : ".\(tag)\(suffix)").utf8)
        let name = path.lastElement.bytes
        guard name.count + ending.count > maxBytes else { return RawPath(path.bytes + ending) }
        return path.parent.appending(RawPath(Array(".\(digest(name))".utf8) + ending))
    }

    /// FNV-1a of 64 bits, in hexadecimal: tells names apart, and need not withstand anybody who wants two to collide, for
    /// both would be that person's own files.
    private static func digest(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
