import Foundation
import TestSupport
import Testing

/// A bare git repository and the clones that publish one log in it with `maintain --publish git`.
final class SharedRepository: Sendable {
    let folder: TemporaryFolder
    /// The bare repository.
    let remote: String

    init() throws {
        folder = try TemporaryFolder()
        remote = folder("remote.git")
        try git(folder.path, "init", "-q", "--bare", "--initial-branch=main", remote)
        try git(remote, "config", "core.logAllRefUpdates", "true")
    }

    /// A shared repository in which a first clone has begun a log with one post; the clone.
    static func begun() throws -> (SharedRepository, GitClone) {
        let shared = try SharedRepository()
        let clone = try shared.clone("a")
        try clone.run("init", "--origin", CommandLineArchive.origin, exits: 0)
        try clone.write(samplePost(0), to: postPath(0))
        try clone.publish("--first-writer-here", "_posts")
        return (shared, clone)
    }

    /// Settings for git and the command: no configuration of this machine, and no name of an author.
    func environment(_ added: [String: String] = [:]) -> [String: String] {
        [
            "XDG_CONFIG_HOME": folder("config"), "HOME": folder.path, "GIT_CONFIG_NOSYSTEM": "1", "COMMAND": command,
            "GIT_CONFIG_GLOBAL": "/dev/null", "PROVENANCE_ARCHIVE": "", "PROVENANCE_KEYS_FROM": "",
            "PROVENANCE_PASSPHRASE_FILE": "", "COLUMNS": "200", "NO_COLOR": "",
        ].merging(added) { $1 }
    }

    @discardableResult
    func git(
        _ place: String, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        let ended = try TestSupport.run(
            "git", arguments: ["-c", "user.name=a", "-c", "user.email=a@example.org"] + arguments,
            environment: environment(), folder: place)
        try #require(ended.status == 0, "git \(arguments)\n\(ended)", sourceLocation: sourceLocation)
        return ended.stdout.trimmingCharacters(in: .newlines)
    }

    /// Another clone, with the private keys of the first unless there are none.
    func clone(_ name: String, keysOf other: GitClone? = nil) throws -> GitClone {
        try git(folder.path, "clone", "-q", remote, folder(name))
        let clone = GitClone(shared: self, root: folder(name))
        for key in ["log.key.pem", "signer.key.pem"] {
            guard let other else { break }
            try FileManager.default.copyItem(atPath: other.root + "/keys/" + key, toPath: clone.root + "/keys/" + key)
        }
        return clone
    }

    /// Where the shared branch is.
    func head() throws -> String { try git(remote, "rev-parse", "main") }

    /// A hook of the bare repository, as lines of a shell.
    func hook(_ name: String, _ lines: String) throws {
        let path = try folder.write("#!/bin/sh\n\(lines)\n", to: "remote.git/hooks/" + name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    func removeHook(_ name: String) throws {
        try FileManager.default.removeItem(atPath: folder("remote.git/hooks/" + name))
    }

    /// Checks that the shared branch holds one log with these posts, each recorded once, and that a stranger's audit
    /// accepts it.
    func expect(posts: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try? FileManager.default.removeItem(atPath: folder("fresh"))
        let fresh = try clone("fresh")
        try fresh.run("audit", "-q", exits: 0, sourceLocation: sourceLocation)
        try fresh.run("status", "-q", exits: 0, sourceLocation: sourceLocation)
        let list = try #require(try JSON.lines(try fresh.run("list", "--json", exits: 0).output).first)
        let sources = list["entries"].items.compactMap { $0["source"].string }
        #expect(sources.count == posts && Set(sources).count == posts, "\(sources)", sourceLocation: sourceLocation)
        let tracked = try git(fresh.root, "ls-files", "_posts").split(separator: "\n").count
        #expect(tracked == posts, sourceLocation: sourceLocation)
        // What was on the branch later never has a shorter log; the commits of a clone that a merge brought are not among it.
        let log = try git(remote, "reflog", "show", "--format=%H", "main").split(separator: "\n")
        let commits = log.reversed()
        let sizes = try commits.compactMap { commit in
            let lines = try git(remote, "cat-file", "blob", "\(commit):log/checkpoint").split(separator: "\n")
            return Int(try #require(lines.dropFirst().first))
        }
        #expect(sizes == sizes.sorted(), sourceLocation: sourceLocation)
    }
}

/// A clone of a shared repository, which is an archive.
struct GitClone {
    let shared: SharedRepository
    let root: String

    func callAsFunction(_ path: String) -> String { root + "/" + path }

    @discardableResult
    func run(
        _ arguments: String..., exits status: Int32?, environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Ended {
        let ended = try TestSupport.run(
            command, arguments: arguments, environment: shared.environment(environment), folder: root)
        if let status { #expect(ended.status == status, "\(arguments)\n\(ended)", sourceLocation: sourceLocation) }
        return ended
    }

    /// Runs `maintain --publish git --json`, and returns the object.
    @discardableResult
    func publish(
        _ arguments: String..., exits status: Int32 = 0, environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> JSON {
        let ended = try TestSupport.run(
            command, arguments: ["maintain", "--publish", "git", "--json"] + arguments,
            environment: shared.environment(environment), folder: root)
        #expect(ended.status == status, "\(arguments)\n\(ended)", sourceLocation: sourceLocation)
        return try #require(try JSON.lines(ended.output).first, "\(ended)", sourceLocation: sourceLocation)
    }

    func write(_ text: String, to path: String) throws {
        let url = URL(fileURLWithPath: self(path))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func text(_ path: String) -> String? { try? String(contentsOfFile: self(path), encoding: .utf8) }
    func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: self(path)) }
    func git(_ arguments: String...) throws -> String {
        let ended = try TestSupport.run(
            "git", arguments: ["-c", "user.name=a", "-c", "user.email=a@example.org"] + arguments,
            environment: shared.environment(), folder: root)
        try #require(ended.status == 0, "git \(arguments)\n\(ended)")
        return ended.stdout
    }

    /// Whether this clone is what the shared branch is: nothing is changed, and the checkpoint is remembered.
    func expectSettled(sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try git("status", "--porcelain").isEmpty, sourceLocation: sourceLocation)
        #expect(try git("rev-parse", "HEAD") == shared.head() + "\n", sourceLocation: sourceLocation)
        for path in [".provenance/last-signed", "keys/log.last-signed", ".provenance/published"] {
            #expect(text(path) == text("log/checkpoint"), "\(path)", sourceLocation: sourceLocation)
        }
        for path in [".provenance/unpublished", ".provenance/publish-move"] {
            #expect(text(path) == nil, "\(path)", sourceLocation: sourceLocation)
        }
    }
}
