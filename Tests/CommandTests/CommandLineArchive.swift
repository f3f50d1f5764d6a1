import Foundation
import TestSupport
import Testing

/// The command under test: the one built here, never one found in PATH.
let command: String = {
    let beside = productsFolder + "/provenance"
    if FileManager.default.isExecutableFile(atPath: beside) { return beside }
    return Shared.packageFolder + "/.build/debug/provenance"
}()

/// An archive for one test, with its own key store, driven through the built command as a person would.
final class CommandLineArchive: Sendable {
    /// The origin of every archive of these tests.
    static let origin = "archive.example.org/news"
    /// The folder of sample posts that lies in the repository.
    static let samples = Shared.packageFolder + "/Tests/Samples"

    /// The test's folder: `archive/` is the archive, `config/` the configuration with the pinned keys.
    let folder: TemporaryFolder
    /// The archive's root.
    let root: String

    /// An empty archive, made by `provenance init`; a folder without one unless `initializing`.
    init(initializing: Bool = true) throws {
        folder = try TemporaryFolder()
        root = folder("archive")
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
        if initializing { try run("init", "--origin", CommandLineArchive.origin, exits: 0) }
    }

    /// An archive in which the sample posts are recorded: entries 0 to 13, and the accession's.
    static func withSamples() throws -> CommandLineArchive {
        let archive = try CommandLineArchive()
        for name in ["_posts", "archived"] {
            try FileManager.default.copyItem(atPath: samples + "/" + name, toPath: archive(name))
        }
        try archive.run("add", "_posts", "archived", exits: 0)
        return archive
    }

    /// An archive in which the given number of made-up posts are recorded, `_posts/0000.md` and so on.
    static func withPosts(_ count: Int) throws -> CommandLineArchive {
        let archive = try CommandLineArchive()
        for number in 0..<count { try archive.write(samplePost(number), to: postPath(number)) }
        if count > 0 { try archive.run("add", "_posts", exits: 0) }
        return archive
    }

    /// The absolute path of a file in the archive.
    func callAsFunction(_ relative: String) -> String { root + "/" + relative }

    // MARK: Running

    /// The environment of the command: its own configuration, and no archive from outside.
    func environment(_ added: [String: String] = [:]) -> [String: String] {
        [
            "XDG_CONFIG_HOME": folder("config"), "PROVENANCE_ARCHIVE": "", "PROVENANCE_KEYS_FROM": "",
            "PROVENANCE_PASSPHRASE_FILE": "", "COLUMNS": "80", "NO_COLOR": "",
        ].merging(added) { $1 }
    }

    /// Runs the command in the archive's root and expects `status`, or any where that is `nil`, and no signal.
    ///
    /// `prefix` is a program, with its arguments, that runs the command.
    @discardableResult
    func run(
        _ arguments: String..., exits status: Int32?, input: [UInt8] = [], environment: [String: String] = [:],
        under prefix: [String] = [], limit: Double = 60, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Ended {
        try run(
            arguments, exits: status, input: input, environment: environment, under: prefix, limit: limit,
            sourceLocation: sourceLocation)
    }

    /// The same with the arguments as an array.
    @discardableResult
    func run(
        _ arguments: [String], exits status: Int32?, input: [UInt8] = [], environment: [String: String] = [:],
        under prefix: [String] = [], limit: Double = 60, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Ended {
        let line = prefix + [command] + arguments
        let ended = try TestSupport.run(
            line[0], arguments: Array(line.dropFirst()), input: input, environment: self.environment(environment),
            folder: root, limit: limit)
        if let status {
            #expect(
                ended.status == status, "provenance \(arguments.joined(separator: " "))\n\(ended)",
                sourceLocation: sourceLocation)
        }
        #expect(ended.status < 128, "ended by a signal: \(arguments)\n\(ended)", sourceLocation: sourceLocation)
        return ended
    }

    /// Runs the command with `--json` and reads the one object that it must print, in canonical form.
    func json(
        _ arguments: String..., exits status: Int32, environment: [String: String] = [:], under prefix: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> JSON {
        let ended = try run(
            arguments + ["--json"], exits: status, environment: environment, under: prefix,
            sourceLocation: sourceLocation)
        let objects = try JSON.lines(ended.output)
        #expect(objects.count == 1, "one object, not \(objects.count)\n\(ended)", sourceLocation: sourceLocation)
        return try #require(objects.first, sourceLocation: sourceLocation)
    }

    /// Starts the command and does not wait for it.
    func start(_ arguments: String...) throws -> Running {
        try TestSupport.start(command, arguments: arguments, environment: environment(), folder: root)
    }

    /// Runs a line of a shell (bash) in the archive's root, in which `p` is the command.
    @discardableResult
    func shell(
        _ line: String, exits status: Int32?, input: [UInt8] = [], limit: Double = 60,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Ended {
        let ended = try TestSupport.run(
            "bash", arguments: ["-c", "p() { \"$COMMAND\" \"$@\"; }; " + line], input: input,
            environment: environment(["COMMAND": command]), folder: root, limit: limit)
        if let status { #expect(ended.status == status, "\(line)\n\(ended)", sourceLocation: sourceLocation) }
        #expect(ended.status < 128, "ended by a signal: \(line)\n\(ended)", sourceLocation: sourceLocation)
        return ended
    }

    // MARK: Files

    /// Writes a file in the archive and returns its path there.
    @discardableResult
    func write(_ text: String, to path: String) throws -> String {
        try folder.write(text, to: "archive/" + path)
        return path
    }

    /// The bytes of a file in the archive.
    func read(_ path: String) throws -> [UInt8] { try folder.read("archive/" + path) }

    /// Writes bytes to a file in the archive.
    func overwrite(_ path: String, with bytes: [UInt8]) throws { try folder.write(bytes, to: "archive/" + path) }

    /// Removes a file or a folder from the archive.
    func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: self(path)) }

    /// Copies a file or folder of the archive to another place below the test's folder, replacing what is there.
    func copy(_ path: String, to name: String) throws {
        try? FileManager.default.removeItem(atPath: folder(name))
        try FileManager.default.copyItem(atPath: self(path), toPath: folder(name))
    }

    /// Puts back what `copy` has copied.
    func restore(_ path: String, from name: String) throws {
        try? FileManager.default.removeItem(atPath: self(path))
        try FileManager.default.copyItem(atPath: folder(name), toPath: self(path))
    }

    /// The regular files below a folder of the archive, as paths in the archive, sorted.
    func files(below path: String) -> [String] {
        let found = FileManager.default.enumerator(atPath: self(path))?.compactMap { $0 as? String } ?? []
        return found.map { path + "/" + $0 }.filter { isRegular($0) }.sorted()
    }

    private func isRegular(_ path: String) -> Bool {
        let kind = try? FileManager.default.attributesOfItem(atPath: self(path))[.type] as? FileAttributeType
        return kind == .typeRegular
    }

    /// Every file of the archive with its bytes, except what is local and derived.
    func contents() throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for folder in ["log", "accessions", "keys", "Manifests", "_posts"] {
            for path in files(below: folder) { contents[path] = try read(path) }
        }
        return contents
    }

    /// The number of entries, by the checkpoint's second line.
    func size() throws -> Int {
        let lines = String(decoding: try read("log/checkpoint"), as: UTF8.self).split(separator: "\n")
        guard lines.count > 1, let size = Int(lines[1]) else { throw NotRun(description: "log/checkpoint is none") }
        return size
    }

    /// A copy of the archive's public keys, as someone has who got them elsewhere.
    func pinnableKeys() throws -> String {
        try copy("keys", to: "public-keys")
        for name in ["log.key.pem", "signer.key.pem", "log.last-signed"] {
            try? FileManager.default.removeItem(atPath: folder("public-keys/" + name))
        }
        return folder("public-keys")
    }
}

/// The path of a made-up post.
func postPath(_ number: Int) -> String {
    let digits = String(number)
    return "_posts/" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ".md"
}

/// A made-up post in the rss form, different for each number.
func samplePost(_ number: Int, title: String? = nil, words: String? = nil) -> String {
    """
    ---
    layout: post
    title: "\(title ?? "Post \(number)")"
    date: 2022-02-10T05:52:00.000Z
    author: Reedholm Courier
    from: https://news.example.org/posts/\(number)
    tags: [ news ]
    categories: [ news ]
    ---
    <!--1644472320000-->
    [\(title == nil ? "Post \(number)" : "A title")](https://news.example.org/posts/\(number))
    ------

    <div><p>\(words ?? "The words of post \(number).")</p></div>

    """
}
