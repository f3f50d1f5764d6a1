import ProvenanceEncoding

/// The names of unfinished files and folders.
enum TemporaryName {
    /// Ending of temporary names; the walk and the log's readers skip them.
    static let suffix = ".provenance-tmp"
    /// NAME_MAX of Linux: the most bytes in a file name.
    private static let maxBytes = 255

    /// The temporary path beside a path: the same name with a suffix, or a short name from a digest when that would be
    /// too long.
    ///
    /// - Parameters:
    ///   - path: The final path of the file.
    ///   - tag: Distinguishes temporary names of one path; for example, the writing process.
    /// - Returns: The temporary path.
    static func path(for path: RawPath, tag: String = "") -> RawPath {
        let ending = Array((tag.isEmpty ? suffix : ".\(tag)\(suffix)").utf8)
        let name = path.lastElement.bytes
        guard name.count + ending.count > maxBytes else { return RawPath(path.bytes + ending) }
        return path.parent.appending(RawPath(Array(".\(digest(name))".utf8) + ending))
    }

    /// FNV-1a of 64 bits, in hexadecimal: distinguishes names. It need not resist deliberate collisions, since both
    /// files would be the attacker's own.
    private static func digest(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
