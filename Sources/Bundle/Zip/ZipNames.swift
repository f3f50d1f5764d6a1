import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceVerification

/// The names in a zip file: each one the same file to every reader, and none there twice.
struct ZipNames {
    /// Longest name; the longest of a bundle has 80 bytes, before it a folder's.
    private static let maxBytes = 1_024
    /// Deepest name: as many folders as a bundle is looked into, and the folder that holds it.
    private static let deepest = 34
    /// Most folders: a bundle has some 270, and as many again below `__MACOSX`.
    private static let maxFolders = 10_000

    /// What is folders, by the name in small letters, with the spelling that was met first.
    private var folders: [[UInt8]: [UInt8]] = [:]
    /// Folders that have an entry of their own.
    private var entries: Set<[UInt8]> = []
    /// Files, by the digest of the name in small letters: a name of a thousand bytes takes as little as a short one.
    private var files: Set<Digest> = []
    private var lastParent: [UInt8] = []

    /// Takes an entry's name.
    ///
    /// - Parameters:
    ///   - name: Its bytes, without the slash at a folder's end.
    ///   - isFolder: Whether it is a folder.
    ///   - newFolder: Told each folder that was not met before, in the order in which they can be made.
    /// - Returns: what is wrong with it.
    /// - Throws: what `newFolder` throws, and `Problem` of libcrypto.
    mutating func take(
        _ name: [UInt8], isFolder: Bool, newFolder: ([UInt8]) throws(Problem) -> Void
    ) throws(Problem) -> String? {
        if let words = ZipNames.problem(name) { return words }
        let slash = UInt8(ascii: "/")
        let parent = isFolder ? name : Array(name[..<(name.lastIndex(of: slash) ?? name.startIndex)])
        if parent != lastParent {
            for end in parent.indices where parent[end] == slash {
                if let words = try takeFolder(Array(parent[..<end]), newFolder) { return words }
            }
            if !parent.isEmpty, let words = try takeFolder(parent, newFolder) { return words }
            lastParent = parent
        }
        let folded = ZipNames.folded(name)
        if isFolder { return entries.insert(folded).inserted ? nil : ZipNames.twice }
        guard folders[folded] == nil else { return ZipNames.both }
        return files.insert(SHA256.hash(folded)).inserted ? nil : ZipNames.twice
    }

    private mutating func takeFolder(
        _ name: [UInt8], _ newFolder: ([UInt8]) throws(Problem) -> Void
    ) throws(Problem) -> String? {
        let folded = ZipNames.folded(name)
        if let known = folders[folded] { return known == name ? nil : "name: a folder in two spellings" }
        guard !files.contains(SHA256.hash(folded)) else { return ZipNames.both }
        guard folders.count < ZipNames.maxFolders else { return "over \(ZipNames.maxFolders) folders" }
        folders[folded] = name
        try newFolder(name)
        return nil
    }

    private static let twice = "name: it stands in it twice, in large and small letters alike"
    private static let both = "name: it is a file and a folder"

    /// Names that differ in case alone are one file where a file system does not tell them apart.
    private static func folded(_ name: [UInt8]) -> [UInt8] {
        name.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    }

    /// What is wrong with a name by itself.
    ///
    /// Other characters than these are read in different ways: bytes that are no ASCII by the code page a reader assumes, `\`,
    /// `:` and `;` by some as signs, spaces and dots at the end not at all on some systems.
    private static func problem(_ name: [UInt8]) -> String? {
        guard !name.isEmpty else { return "name: it has none" }
        guard name.count <= maxBytes else { return "name: \(name.count) bytes, at most \(maxBytes) are read" }
        guard name.allSatisfy({ BundleList.isPlain($0) || " ()+,=@'&!#".utf8.contains($0) }) else {
            return "name: other characters than letters, digits, spaces and . - _ ( ) + , = @ ' & ! # /"
        }
        let elements = name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard elements.count <= deepest else { return "name: over \(deepest) folders deep" }
        for element in elements {
            guard let last = element.last else { return "name: it leads out of the folder, or has an empty part" }
            guard last != UInt8(ascii: "."), last != UInt8(ascii: " ") else {
                return "name: it leads out of the folder, or a part of it ends in a dot or a space"
            }
        }
        return nil
    }
}
