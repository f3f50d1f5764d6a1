import ArgumentParser
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// A file or folder named by an argument or an option, with the bytes as typed.
struct PathArgument: ExpressibleByArgument, Hashable, Sendable, CustomStringConvertible {
    /// The path, UTF-8 or not.
    let path: RawPath

    /// A path from a word of the command line, as `ArgumentText` has it.
    init(argument: String) { self.init(ArgumentText.bytes(of: argument)) }

    fileprivate init(_ bytes: some Sequence<UInt8>) { path = RawPath(bytes) }

    /// For messages and `--json`: invalid bytes show as U+FFFD. The code that prints it escapes control characters.
    var description: String { path.description }

    /// Whether the argument is empty.
    var isEmpty: Bool { path.bytes.isEmpty }

    /// Whether it is `-`, for standard input or output where an option allows it.
    var isDash: Bool { path == "-" }
}

extension PathArgument {
    /// Opens the file, or standard input for `-`. Links are followed, and pipes are allowed.
    func open() throws(FileError) -> FileStream {
        isDash ? FileStream(standardInput: ()) : try FileStream(named: path)
    }

    /// Reads the file, or standard input for `-`, up to `limit` bytes.
    func read(limit: Int) throws(FileError) -> [UInt8] { try open().readAll(limit: limit) }
}

extension PathArgument {
    /// The newest checkpoint note in the manifest or checkpoint file.
    func checkpointNote() throws(Problem) -> [UInt8] {
        let source: FileStream
        do { source = try open() } catch {
            throw Problem(
                .storage, description, "cannot \(error.operation): \(error.reason); wanted a manifest or a checkpoint",
                advice: "check the name and its permissions")
        }
        return try ManifestHeader.checkpointNote(in: source, place: description)
    }
}

/// A word in a list of paths: one path, or several that `CommandWords.folded` joined.
struct PathWord: ExpressibleByArgument, Sendable {
    let paths: [PathArgument]

    init(argument: String) {
        let paths = ArgumentText.bytes(of: argument).split(separator: 0, omittingEmptySubsequences: false)
        self.paths = paths.map { PathArgument($0) }
    }
}

/// Refuses a command line that reads standard input twice, as the second read would be empty.
func refuseSecondDash(_ inputs: [PathArgument?]) throws {
    guard inputs.count(where: { $0?.isDash == true }) <= 1 else {
        throw ValidationError(
            "-", "found '-' twice; standard input can be read once",
            advice: "write one of the inputs to a file, and name that")
    }
}

/// The value of an option that is not a file name, and must be text.
func plainText(_ argument: String) throws -> String {
    guard let text = ArgumentText.plain(argument) else {
        throw ValidationError("text in UTF-8: only names of files may be other bytes")
    }
    return text
}

/// Refuses an empty value, as from a shell variable that is not set: as a path it would mean the current folder.
func refuseEmpty(_ value: PathArgument?, _ name: String) throws {
    guard let value, value.isEmpty else { return }
    throw ValidationError(
        name, "found an empty value; wanted a file or a folder", advice: "is a variable of the shell not set?")
}
