import ArgumentParser
import Files

/// An argument or an option's value that names a file or folder: the bytes that were typed.
struct PathArgument: ExpressibleByArgument, Hashable, Sendable, CustomStringConvertible {
    /// The path, UTF-8 or not.
    let path: RawPath

    /// A path from a word of the command line, as `ArgumentText` has it.
    init(argument: String) { path = RawPath(ArgumentText.bytes(of: argument)) }

    /// For messages and `--json`: invalid bytes show as U+FFFD; control characters are escaped by whoever prints.
    var description: String { path.description }

    /// Whether nothing was typed.
    var isEmpty: Bool { path.bytes.isEmpty }

    /// Whether it is `-`, which stands for standard input or output where an option says so.
    var isDash: Bool { path == "-" }
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
