import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceVerification

/// The names in a zip file: each denotes the same file to every reader, and occurs once.
struct ZipNames {
    /// Longest name; the longest in a bundle has 80 bytes, preceded by a folder's.
    private static let maxBytes = 1_024
    /// Deepest name: the depth to which a bundle is searched, and the folder that holds it.
    private static let deepest = 34
    /// Most folders: a bundle has some 270, and as many again below `__MACOSX`.
    private static let maxFolders = 10_000

    /// Folders by their lowercased names, with the spelling that occurred first.
    private var folders: [[UInt8]: [UInt8]] = [:]
    /// Folders that have an entry of their own.
    private var entries: Set<[UInt8]> = []
    /// Files, by the digest of the lowercased name: a name of a thousand bytes takes no more room than a short one.
    private var files: Set<Digest> = []
    private var lastParent: [UInt8] = []

    /// Adds an entry's name.
    ///
    /// - Parameters:
    ///   - name: Its bytes, without the slash at a folder's end.
    ///   - isFolder: Whether it is a folder.
    ///   - newFolder: Called with each folder that has not occurred before, in an order in which they can be created.
    /// - Returns: What is wrong with the name, if anything.
    /// - Throws: What `newFolder` throws, and `Problem` of libcrypto.
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

    /// Names that differ only in case are one file on a case-insensitive file system.
    private static func folded(_ name: [UInt8]) -> [UInt8] {
        name.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    }

    /// What is wrong with a name taken by itself.
    ///
    /// Characters other than these are interpreted differently: bytes outside ASCII by the code page that a reader
    /// assumes, `\`, `:` and `;` by some as special, and spaces and dots at the end are dropped on some systems.
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
