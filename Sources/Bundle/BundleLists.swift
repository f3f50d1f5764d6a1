import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// A list of a bundle, read strictly: "`<64 lowercase hex>  <path>`, LF after each, no other white space".
struct BundleList {
    /// A file that the list names.
    struct Line {
        let path: String
        let digest: Digest
    }

    /// The well-formed lines.
    private(set) var lines: [Line] = []
    /// What is wrong with the others.
    private(set) var problems: [Problem] = []

    /// Longest list that is read: some ten million files.
    static let maxBytes = 1_000_000_000
    private static let pieceSize = 1 << 18
    private static let maxLineBytes = 4_096
    private let name: String
    private var number = 0

    /// Reads a list.
    ///
    /// - Parameters:
    ///   - stream: The file.
    ///   - name: `manifest-sha256.txt`, whose paths are below `data/`, or `tagmanifest-sha256.txt`, whose paths are
    ///     not.
    /// - Throws: `Problem` with `E-UNREADABLE`; malformed lines are reported in `problems`.
    init(_ stream: FileStream, name: String) throws(Problem) {
        self.name = name
        var rest: [UInt8] = []
        while true {
            let piece: [UInt8]
            do { piece = try stream.read(upTo: BundleList.pieceSize) } catch {
                throw Problem(.unreadable, name, error.reason)
            }
            if piece.isEmpty { break }
            rest += piece
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                take(rest[start..<end])
                start = end + 1
            }
            rest.removeSubrange(..<start)
            guard rest.count <= BundleList.maxLineBytes else {
                malformed("a line of over \(BundleList.maxLineBytes) bytes")
                return
            }
        }
        if !rest.isEmpty { malformed("the last line does not end in LF") }
    }

    private mutating func take(_ line: ArraySlice<UInt8>) {
        number += 1
        let path = line.dropFirst(66)
        guard line.count > 66, line[line.startIndex + 64] == 0x20, line[line.startIndex + 65] == 0x20,
            let digest = Digest(hex: String(decoding: line.prefix(64), as: UTF8.self))
        else { return malformed("a line is 64 lowercase hexadecimal digits, two spaces and a path") }
        guard path.allSatisfy(BundleList.isPlain) else {
            return malformed("a path has a-z A-Z 0-9 . - _ / alone")
        }
        let text = String(decoding: path, as: UTF8.self)
        let elements = text.split(separator: "/", omittingEmptySubsequences: false)
        guard !elements.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            return malformed("a path is relative, without empty elements, . and ..")
        }
        let isPayload = elements.first == "data" && elements.count > 1
        guard isPayload == (name == BundleLayout.lists.payload) else {
            return malformed(isPayload ? "a path below data/" : "a path that is not below data/")
        }
        guard text != name || isPayload, text != BundleVerifier.noteName else {
            return malformed("this list does not hold \(text)")
        }
        lines.append(Line(path: text, digest: digest))
    }

    private mutating func malformed(_ reason: String) {
        problems.append(Problem(.bundleMalformed, "\(name):\(max(1, number))", reason))
    }

    /// "Paths use a-z A-Z 0-9 . - _ / alone, so that none needs an escape in any of the formats."
    static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x61...0x7a, 0x41...0x5a, 0x30...0x39: true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "/"): true
        default: false
        }
    }
}

/// The files of a bundle on disk, and problems with what does not belong in one.
struct BundleFiles {
    /// Regular files with plain names, sorted, with their sizes.
    private(set) var files: [(path: String, size: UInt64)] = []
    /// Problems with everything else.
    private(set) var problems: [Problem] = []

    /// Largest file that is read.
    static let largest: UInt64 = 64 << 30
    /// Deepest folder that is looked into; a bundle has three levels below its own.
    private static let deepest = 32

    init(_ folder: RawPath) throws(Problem) {
        try walk(folder, "", 0)
        files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private mutating func walk(_ folder: RawPath, _ prefix: String, _ depth: Int) throws(Problem) {
        let names: [RawPath]
        do { names = try listFolder(folder, followsLink: depth == 0) } catch {
            problems.append(Problem(.unreadable, prefix.isEmpty ? "." : prefix, error.reason))
            return
        }
        for name in names {
            let path = prefix + name.description
            let status: FileStatus?
            do { status = try FileStatus.of(folder.appending(name)) } catch {
                problems.append(Problem(.unreadable, path, error.reason))
                continue
            }
            guard let status else { continue }
            switch status.kind {
            case .directory:
                guard depth < BundleFiles.deepest else {
                    problems.append(
                        Problem(.bundleStray, path, "folders in folders, over \(BundleFiles.deepest) of them"))
                    continue
                }
                try walk(folder.appending(name), path + "/", depth + 1)
            case .regular:
                // Ignored below `__MACOSX` even so: a list cannot name it, and everything else there is ignored too.
                let isPlain = name.bytes.allSatisfy(BundleList.isPlain)
                if !isPlain, Litter.isBelowMacFolder(prefix) { continue }
                guard isPlain else {
                    problems.append(
                        Problem(.bundleStray, path, "a name with other characters than a-z A-Z 0-9 . - _"))
                    continue
                }
                guard status.size <= BundleFiles.largest else {
                    problems.append(Problem(.bundleStray, path, "over 64 GiB; it was not opened"))
                    continue
                }
                files.append((path, status.size))
            default:
                problems.append(Problem(.bundleStray, path, "a link or a special file; it was not opened"))
            }
        }
    }

    /// Whether there is a regular file with this path.
    func has(_ path: String) -> Bool {
        var low = 0
        var high = files.count
        while low < high {
            let middle = (low + high) / 2
            if files[middle].path.utf8.lexicographicallyPrecedes(path.utf8) { low = middle + 1 } else { high = middle }
        }
        return low < files.count && files[low].path == path
    }
}
