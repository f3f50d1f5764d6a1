import ArgumentParser
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// An argument or an option's value that names a file or folder: the bytes that were typed.
struct PathArgument: ExpressibleByArgument, Hashable, Sendable, CustomStringConvertible {
    /// The path, UTF-8 or not.
    let path: RawPath

    /// A path from a word of the command line, as `ArgumentText` has it.
    init(argument: String) { self.init(ArgumentText.bytes(of: argument)) }

    fileprivate init(_ bytes: some Sequence<UInt8>) { path = RawPath(bytes) }

    /// For messages and `--json`: invalid bytes show as U+FFFD; control characters are escaped by whoever prints.
    var description: String { path.description }

    /// Whether nothing was typed.
    var isEmpty: Bool { path.bytes.isEmpty }

    /// Whether it is `-`, which stands for standard input or output where an option says so.
    var isDash: Bool { path == "-" }
}

extension PathArgument {
    /// Opens the file that is named, or standard input for `-`; a link is followed, and a pipe will do.
    func open() throws(FileError) -> FileStream {
        isDash ? FileStream(standardInput: ()) : try FileStream(named: path)
    }

    /// The bytes of the file that is named, or of standard input for `-`; `limit` at most.
    func read(limit: Int) throws(FileError) -> [UInt8] { try open().readAll(limit: limit) }
}

extension PathArgument {
    /// The newest checkpoint note in the manifest or checkpoint that is named.
    func checkpointNote() throws(Problem) -> [UInt8] {
        let source: FileStream
        do { source = try open() } catch { throw Problem(error) }
        return try ManifestHeader.checkpointNote(in: source, place: description)
    }
}

/// A word of a list of paths: one path, or the several that `CommandWords.folded` made one word of.
struct PathWord: ExpressibleByArgument, Sendable {
    let paths: [PathArgument]

    init(argument: String) {
        let paths = ArgumentText.bytes(of: argument).split(separator: 0, omittingEmptySubsequences: false)
        self.paths = paths.map { PathArgument($0) }
    }
}

/// Refuses a command line that reads standard input twice: the second time there is nothing left.
func refuseSecondDash(_ inputs: [PathArgument?]) throws {
    guard inputs.count(where: { $0?.isDash == true }) <= 1 else {
        throw ValidationError("'-' is given twice, and standard input can be read once.")
    }
}

/// The value of an option that names no file, and so must be text.
func plainText(_ argument: String) throws -> String {
    guard let text = ArgumentText.plain(argument) else {
        throw ValidationError("It is not UTF-8; only names of files may be other bytes.")
    }
    return text
}

/// Refuses an empty value, such as a shell makes of a variable that is not set: as a path it would be this folder.
func refuseEmpty(_ value: PathArgument?, _ name: String) throws {
    if let value, value.isEmpty { throw ValidationError("The value of \(name) is empty.") }
}
