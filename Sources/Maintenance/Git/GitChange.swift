import ProvenanceEncoding
import ProvenanceVerification

/// A file that differs between two trees.
struct GitChange {
    /// What a tree has at a path.
    struct Entry {
        /// Its mode, six digits.
        let mode: RawPath
        /// Its object.
        let object: RawPath

        /// Whether it is a file, and no link.
        var isFile: Bool { mode.bytes.starts(with: "100".utf8) }
        /// Whether it is a commit of another repository: a submodule.
        var isModule: Bool { mode == Entry.module }

        static let module: RawPath = "160000"
        static let none: RawPath = "000000"
    }

    /// Its path below the root of the working tree.
    let path: RawPath
    /// What the first tree has; `nil` for nothing.
    var before: Entry? { former.mode == Entry.none ? nil : former }
    /// What the second one has; `nil` for nothing.
    var after: Entry? { latter.mode == Entry.none ? nil : latter }
    private let former: Entry
    private let latter: Entry

    /// Reads the records of `diff-tree -z` and its like: ":<mode> <mode> <object> <object> <letter>", NUL, path, NUL.
    static func list(_ output: [UInt8]) throws(Problem) -> [GitChange] {
        var changes: [GitChange] = []
        var fields = output.split(separator: 0)[...]
        while let head = fields.popFirst() {
            let words = head.split(separator: UInt8(ascii: " ")).map { RawPath($0) }
            guard let path = fields.popFirst(), words.count == 5, words[0].bytes.first == UInt8(ascii: ":") else {
                throw Problem(.publish, "git", "it printed a list of changes that cannot be read")
            }
            changes.append(
                GitChange(
                    path: RawPath(path), former: Entry(mode: RawPath(words[0].bytes.dropFirst()), object: words[2]),
                    latter: Entry(mode: words[1], object: words[3])))
        }
        return changes
    }

    /// Lines for `update-index --index-info -z` that put the first tree's entries into an index. What is removed goes
    /// first: it may be a folder at the place of a file.
    static func undoing(_ changes: [GitChange]) -> [UInt8] {
        let removals = changes.map { change in
            let none = [UInt8](repeating: UInt8(ascii: "0"), count: change.former.object.bytes.count)
            return line(change.path, Entry(mode: "0", object: RawPath(none)))
        }
        return (removals + changes.compactMap { change in change.before.map { line(change.path, $0) } }).flatMap { $0 }
    }

    private static func line(_ path: RawPath, _ entry: Entry) -> [UInt8] {
        entry.mode.bytes + [UInt8(ascii: " ")] + entry.object.bytes + [UInt8(ascii: "\t")] + path.bytes + [0]
    }
}
