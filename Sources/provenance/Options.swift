import ArgumentParser
import Glibc
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// How a command ends: its exit code, everything having been printed.
struct Finished: Error {
    let status: ExitStatus
}

/// Options of every command.
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

    /// Prints the one JSON object.
    func print(json value: JSONValue) {
        Console.write(String(decoding: CanonicalJSON.encode(value), as: UTF8.self) + "\n", to: 1)
    }
}

enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
}

/// Whom a verifying command trusts.
struct TrustOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "A folder of public keys that you got outside the archive (else the keys you pinned).")
    var keys: PathArgument?

    func validate() throws { try refuseEmpty(keys, "--keys") }

    /// The keys to trust for what lies in these folders: archives, bundles. Pinned keys that lie inside one of them count
    /// for nothing, and it is said why.
    func trust(_ environment: Environment, testing folders: [RawPath]) throws -> Trust {
        if let keys { return try Trust.folder(environment.absolute(keys.path)) }
        guard let store = environment.keyStore else { return .nothing }
        let trust = try Trust.store(store, testing: folders)
        for remark in trust.remarks { Console(quiet: false, color: .auto).problem(remark) }
        return trust
    }
}

/// How long a writing command waits for another.
struct LockOptions: ParsableArguments {
    @Option(name: .long, help: "Seconds to wait for another command's lock.")
    var lockTimeout: Double = 60

    func validate() throws {
        guard lockTimeout.isFinite, lockTimeout >= 0 else {
            throw ValidationError("--lock-timeout wants a number of seconds, 0 or more.")
        }
    }
}

/// Paths as arguments, from a file, or from standard input.
struct PathOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("Files and folders.", valueName: "paths"))
    var words: [PathWord] = []

    /// The files and folders that are named.
    var paths: [PathArgument] { words.flatMap(\.paths) }

    @Option(name: .long, help: "A file that lists further paths, one a line; '-' is standard input.")
    var filesFrom: PathArgument?

    @Flag(name: .customShort("0"), help: "In lists, paths end in NUL instead of newline.")
    var isNullSeparated = false

    /// Longest list that is read: a million paths of 250 bytes.
    private static let maxListBytes = 1 << 28

    var isEmpty: Bool { words.isEmpty && filesFrom == nil }

    /// Whether the first path of all stands on the command line itself, not in a list.
    var isFirstNamed: Bool { paths.contains { !$0.isDash } }

    /// What may be standard input.
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
                    throw Problem(.usage, name, "a list of over \(PathOptions.maxListBytes) bytes")
                }
                // A path ends at its first NUL for the system: without -0 the rest of the list would be gone unseen.
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
            throw Problem(.unreadable, name, error.reason)
        }
        if !path.isEmpty { list.append(RawPath(path)) }
        return list
    }
}
