/// "What file managers leave": files in a bundle that are ignored, because no list names them and their names are those
/// that a desktop gives to its own files.
///
/// Everything that a verifier reads or counts is on a list or has a fixed name, so it can never be ignored.
struct Litter {
    static let names: Set<[UInt8]> = Set([".DS_Store", "Thumbs.db", "desktop.ini"].map { Array($0.utf8) })
    /// A folder that macOS adds to zips and to foreign file systems.
    static let macFolder = Array("__MACOSX".utf8)
    /// The beginning of the names of files in which macOS keeps what another file system cannot store.
    static let appleDouble = Array("._".utf8)
    /// Files of a bundle that are on no list.
    private static let unlisted = [Array(BundleLayout.lists.tags.utf8), Array(BundleVerifier.noteName.utf8)]

    /// The listed paths, sorted by their bytes.
    private let listed: [BundleList.Line]

    /// - Parameter listed: The lines of both lists, sorted by the bytes of their paths.
    init(listed: [BundleList.Line]) { self.listed = listed }

    /// Whether a file of the bundle is ignored.
    ///
    /// - Parameter path: A regular file's path in the bundle.
    /// - Returns: Whether no list names it and its name is that of a file manager's file.
    func passesOver(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        guard Litter.mayPassOver(bytes), !isListed(bytes) else { return false }
        if Litter.isBelowMacFolder(path) { return true }
        let start = (bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
        let name = Array(bytes[start...])
        if Litter.names.contains(name) { return true }
        let owner = Array(name.dropFirst(Litter.appleDouble.count))
        let beside = bytes[..<start] + owner
        return Litter.names.contains(owner) || isListed(beside) || holdsListed(beside)
            || start == 0 && Litter.unlisted.contains(owner)
    }

    /// Whether a path lies in the folder `__MACOSX` at the top.
    static func isBelowMacFolder(_ path: String) -> Bool { path.utf8.starts(with: macFolder + [UInt8(ascii: "/")]) }

    /// Whether the name alone allows it to be ignored; this decides most files.
    private static func mayPassOver(_ path: [UInt8]) -> Bool {
        if path.starts(with: macFolder + [UInt8(ascii: "/")]) { return true }
        let start = (path.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
        let name = path[start...]
        return name.count > appleDouble.count && name.starts(with: appleDouble) || names.contains(Array(name))
    }

    private func isListed(_ path: some Collection<UInt8>) -> Bool {
        let place = firstPlace(notBefore: path)
        return place < listed.count && listed[place].path.utf8.elementsEqual(path)
    }

    private func holdsListed(_ path: some Collection<UInt8>) -> Bool {
        let below = Array(path) + [UInt8(ascii: "/")]
        let place = firstPlace(notBefore: below)
        return place < listed.count && listed[place].path.utf8.starts(with: below)
    }

    private func firstPlace(notBefore path: some Collection<UInt8>) -> Int {
        var low = 0
        var high = listed.count
        while low < high {
            let middle = (low + high) / 2
            if listed[middle].path.utf8.lexicographicallyPrecedes(path) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
