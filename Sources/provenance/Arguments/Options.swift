import ArgumentParser
import Glibc
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// Thrown to end a command with an exit status after everything is printed.
struct Finished: Error {
    let status: ExitStatus
}

/// Options that every command has.
struct CommonOptions: ParsableArguments {
    @Option(name: .long, help: "The archive's folder (else PROVENANCE_ARCHIVE, else the nearest parent).")
    var archive: PathArgument?

    @Flag(name: .long, help: "Print one JSON object instead of text.")
    var json = false

    @Flag(name: [.short, .long], help: "Print nothing where the exit status is 0.")
    var quiet = false

    @Option(name: .long, help: "Use colour: auto, always or never.")
    var color: ColorChoice = .auto

    var console: Console {
        Console(quiet: quiet || json, color: Console.Color(rawValue: color.rawValue) ?? .auto)
    }

    func validate() throws { try refuseEmpty(archive, "--archive") }

    func folder(_ environment: Environment) throws -> ArchiveFolder {
        try ArchiveFolder.find(given: archive?.path, environment)
    }

    /// Prints the JSON object.
    func print(json value: JSONValue) {
        Console.write(String(decoding: CanonicalJSON.encode(value), as: UTF8.self) + "\n", to: 1)
    }
}

enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}

/// Options for the keys that a verifying command trusts.
struct TrustOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "A folder of public keys that you got outside the archive (else the keys you pinned).")
    var keys: PathArgument?

    func validate() throws { try refuseEmpty(keys, "--keys") }

    /// The keys to trust for files in these folders: archives, bundles.
    ///
    /// Pinned keys inside one of the folders are ignored, with a remark that says why.
    func trust(_ environment: Environment, testing folders: [RawPath]) throws -> Trust {
        if let keys { return try Trust.folder(environment.absolute(keys.path)) }
        guard let store = environment.keyStore else { return .nothing }
        let trust = try Trust.store(store, testing: folders)
        for remark in trust.remarks { Console(quiet: false, color: .auto).problem(remark) }
        return trust
    }
}

/// How commands that take an entry read the word for it.
let entryWordHelp = """
    A word of decimal digits only is an index. One of 8 to 64 hexadecimal digits, in any case, is the SHA-256 of a post or \
    the beginning of it; sha256: before the digits forces that. http:// or https:// begins the address that a record \
    states. Anything else is a path; give ./NAME for a file with such a name. A word that names several entries is refused, \
    and they are listed.
    """

/// Options for waiting for the archive's lock.
struct LockOptions: ParsableArguments {
    @Option(name: .long, help: "Seconds to wait for another command's lock.")
    var lockTimeout: Double = 60

    func validate() throws {
        guard lockTimeout.isFinite, lockTimeout >= 0 else {
            throw ValidationError(
                "--lock-timeout", "found \(lockTimeout); wanted a number of seconds, 0 or more",
                advice: "write --lock-timeout 60 to wait a minute, 0 not to wait")
        }
    }
}

/// Paths from arguments, a file, or standard input.
struct PathOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("Files and folders.", valueName: "paths"))
    var words: [PathWord] = []

    /// The files and folders named as arguments.
    var paths: [PathArgument] { words.flatMap(\.paths) }

    @Option(name: .long, help: "A file that lists further paths, one a line; '-' is standard input.")
    var filesFrom: PathArgument?

    @Flag(name: .customShort("0"), help: "In lists, paths end in NUL instead of newline.")
    var isNullSeparated = false

    /// Maximum size of a list: a million paths of 250 bytes.
    private static let maxListBytes = 1 << 28

    var isEmpty: Bool { words.isEmpty && filesFrom == nil }

    /// Whether the first path was given as an argument, and not in a list.
    var isFirstNamed: Bool { paths.contains { !$0.isDash } }

    /// Arguments that may stand for standard input.
    var inputs: [PathArgument?] { paths + [filesFrom] }

    func validate() throws {
        try refuseEmpty(filesFrom, "--files-from")
        for path in paths { try refuseEmpty(path, "a path") }
    }

    func all() throws -> [RawPath] {
        var list = paths.filter { !$0.isDash }.map(\.path)
        for source in paths.filter(\.isDash) { list += try read(source) }
        if let filesFrom { list += try read(filesFrom) }
        return list
    }

    private func read(_ source: PathArgument) throws -> [RawPath] {
        let name = source.description
        let separator: UInt8 = isNullSeparated ? 0 : 0x0a
        var list: [RawPath] = []
        var path: [UInt8] = []
        var length = 0
        do {
            let stream = try source.open()
            while true {
                let piece = try stream.read(upTo: 1 << 16)
                if piece.isEmpty { break }
                length += piece.count
                guard length <= PathOptions.maxListBytes else {
                    throw Problem(
                        .usage, name, "found a list of over \(PathOptions.maxListBytes) bytes; wanted a shorter one",
                        advice: "give it in parts, or name a folder")
                }
                // The system ends a path at its first NUL: without -0 the rest of the list would be lost silently.
                guard isNullSeparated || !piece.contains(0) else {
                    throw Problem(
                        .usage, name, "the list holds NUL bytes", advice: "give -0 if its paths end in NUL")
                }
                for (number, part) in piece.split(separator: separator, omittingEmptySubsequences: false).enumerated() {
                    if number > 0 {
                        if !path.isEmpty { list.append(RawPath(path)) }
                        path.removeAll()
                    }
                    path += part
                }
            }
        } catch let error as FileError {
            throw Problem(
                .unreadable, name, "cannot be read as a list of paths: \(error.reason)",
                advice: "check the name and its permissions")
        }
        if !path.isEmpty { list.append(RawPath(path)) }
        return list
    }
}
