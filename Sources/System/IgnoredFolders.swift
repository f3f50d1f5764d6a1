import ProvenanceEncoding

/// Which folders a walk marks as ignored: build output by name, and what `.gitignore` files exclude.
///
/// gitignore(5): "A gitignore file specifies intentionally untracked files that Git should ignore." Only folders are
/// tested, so a pattern for files has no effect here. The patterns of an archive's rules are those of ``PostFilter``.
public struct IgnoredFolders: Sendable {
    /// Folders that hold copies of posts made by other programs.
    static let builtIn: Set<RawPath> = ["node_modules", "_site"]
    /// The name of the files with patterns.
    static let fileName: RawPath = ".gitignore"
    /// Maximum bytes of a file with patterns; a longer one is left out.
    private static let maxBytes = 1 << 20
    /// Maximum patterns of a file; one with more is left out, since each is compared with each folder.
    private static let maxPatterns = 4_096

    /// The patterns of one file, and the folder that they are relative to.
    private struct File: Sendable {
        let folder: RawPath
        let patterns: [IgnorePattern]
    }

    private let top: RawPath
    private let named: Set<RawPath>
    private var files: [File] = []
    private let isRepository: Bool
    /// What stands for the file with patterns in the top folder; `nil` for the file itself.
    private let topFile: [UInt8]?

    /// Rules for walks of a folder or of folders below it.
    ///
    /// - Parameters:
    ///   - top: The folder to which all other paths are relative.
    ///   - named: Folders that the user named: they are never ignored.
    ///   - topFile: The bytes that count as the top folder's file with patterns, whatever stands there now.
    public init(_ top: RawPath, named: Set<RawPath> = [], topFile: [UInt8]? = nil) {
        self.top = top
        self.named = named
        self.topFile = topFile
        var folder = top
        var isRepository = false
        // "Patterns read from a .gitignore file in the same directory as the path, or in any parent directory (up to the
        // top-level of the working tree)".
        while true {
            if (try? FileStatus.of(folder.appending(".git"))) != nil {
                isRepository = true
                break
            }
            if folder.parent == folder { break }
            folder = folder.parent
        }
        self.isRepository = isRepository
        guard isRepository else { return }
        read(folder.appending(".git/info/exclude"), below: "", from: folder)
        var above: [RawPath] = []
        var parent = top
        while parent != folder, parent.parent != parent {
            parent = parent.parent
            above.insert(parent, at: 0)
        }
        for place in above { read(place.appending(IgnoredFolders.fileName), below: "", from: place) }
    }

    /// The rules for a walk that begins at a folder: those of the folders in which it lies count too.
    ///
    /// "Patterns read from a .gitignore file in the same directory as the path, or in any parent directory".
    func starting(at path: RawPath) -> IgnoredFolders {
        var rules = self
        var folder: RawPath = ""
        for element in path.elements {
            rules = rules.entering(folder, mayHoldFile: true)
            folder = folder.appending(RawPath(element))
        }
        return rules
    }

    /// The rules inside a folder.
    ///
    /// - Parameters:
    ///   - path: The folder; empty for the top.
    ///   - mayHoldFile: Whether it may hold a file with patterns.
    /// - Returns: These rules, with those of the folder's file.
    func entering(_ path: RawPath, mayHoldFile: Bool) -> IgnoredFolders {
        guard isRepository else { return self }
        var rules = self
        if path.bytes.isEmpty, let topFile {
            rules.take(topFile, below: path, from: top)
        } else if mayHoldFile {
            rules.read(top.appending(path).appending(IgnoredFolders.fileName), below: path, from: top.appending(path))
        }
        return rules
    }

    private mutating func read(_ place: RawPath, below folder: RawPath, from base: RawPath) {
        guard let bytes = try? readFileIfPresent(place, limit: IgnoredFolders.maxBytes) else { return }
        take(bytes, below: folder, from: base)
    }

    private mutating func take(_ bytes: [UInt8], below folder: RawPath, from base: RawPath) {
        // Patterns of a folder above the top apply to the rest of the path as seen from there.
        let prefix = top.below(base) ?? ""
        let patterns = bytes.split(separator: UInt8(ascii: "\n")).compactMap { IgnorePattern(line: $0) }
        guard !patterns.isEmpty, patterns.count <= IgnoredFolders.maxPatterns else { return }
        files.append(File(folder: folder, patterns: patterns.map { $0.seen(from: prefix) }))
    }

    /// Whether a walk of the top marks a folder, or one in which it lies.
    public func covers(_ path: RawPath) -> Bool {
        var folder: RawPath = ""
        for element in path.elements {
            let rules = starting(at: folder.appending(RawPath(element)))
            folder = folder.appending(RawPath(element))
            if rules.contains(folder) { return true }
        }
        return false
    }

    /// Whether a walk marks a folder, whose parent is not ignored.
    func contains(_ path: RawPath) -> Bool {
        if named.contains(path) { return false }
        if IgnoredFolders.builtIn.contains(path.lastElement) { return true }
        // "Within one level of precedence, the last matching pattern decides the outcome"; deeper files come last.
        for file in files.reversed() {
            guard let relative = file.folder.bytes.isEmpty ? path : path.below(file.folder) else { continue }
            let elements = relative.elements.map(Array.init)
            if let match = file.patterns.last(where: { $0.matches(elements, isFolder: true) }) {
                return !match.isNegated
            }
        }
        return false
    }
}
