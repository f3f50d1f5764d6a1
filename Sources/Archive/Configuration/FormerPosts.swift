import ProvenanceEncoding
import ProvenancePost
import ProvenanceSystem

/// Versions of posts that a repository of git held before, some of them: which fields they had is asked, and nothing else.
struct FormerPosts {
    private let root: RawPath
    private let endings: [RawPath]

    /// The most commits that are looked at.
    private static let maxCommits = 5_000
    /// The most versions that are read: enough to see a field that was renamed.
    private static let maxVersions = 400
    /// The longest that git may take, in seconds.
    private static let maxSeconds = 120.0

    init(_ root: RawPath, _ endings: [RawPath]) {
        self.root = root
        self.endings = endings
    }

    /// The bytes of the versions; none where there is no repository, or no git.
    func all() -> [[UInt8]] {
        let patterns = endings.map { RawPath(Array(":(glob)**/*".utf8) + $0.bytes) }
        // "--raw -z": `:<mode> <mode> <object before> <object after> <status>`, NUL, the path, NUL.
        guard
            let listed = git(
                [
                    "log", "--format=", "--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=MD",
                    "--no-show-signature", RawPath("--max-count=\(FormerPosts.maxCommits)"), "HEAD", "--",
                ] + patterns)
        else { return [] }
        let objects = listed.split(separator: 0).compactMap { line -> ArraySlice<UInt8>? in
            let line = line.drop { $0 == Bytes.newline }
            guard line.first == UInt8(ascii: ":") else { return nil }
            let words = line.split(separator: UInt8(ascii: " "))
            return words.count == 5 ? words[2] : nil
        }
        // Spread over the history.
        let step = max(1, objects.count / FormerPosts.maxVersions)
        let chosen = stride(from: 0, to: objects.count, by: step).map { objects[$0] }
        guard !chosen.isEmpty,
            let contents = git(["cat-file", "--batch"], input: chosen.flatMap { $0 + [Bytes.newline] })
        else { return [] }
        return FormerPosts.split(contents)
    }

    /// Splits "<name> blob <size>", LF, the bytes, LF.
    private static func split(_ output: [UInt8]) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var rest = output[...]
        while let end = rest.firstIndex(of: Bytes.newline) {
            let words = rest[..<end].split(separator: UInt8(ascii: " "))
            rest = rest[(end + 1)...]
            guard words.count == 3, let size = Bytes.decimal(words[2]) else { continue }
            let count = Int(clamping: size)
            guard count < rest.count else { break }
            if words[1].elementsEqual("blob".utf8), count <= Post.maxSize { found.append(Array(rest.prefix(count))) }
            rest = rest.dropFirst(count + 1)
        }
        return found
    }

    private func git(_ arguments: [RawPath], input: [UInt8] = []) -> [UInt8]? {
        guard let ended = GitQuestion(root, maxSeconds: FormerPosts.maxSeconds).ask(arguments, input: input),
            ended.status == 0
        else { return nil }
        return ended.output
    }
}
