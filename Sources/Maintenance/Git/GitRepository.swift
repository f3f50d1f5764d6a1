import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// The repository of git that an archive lies in, and the branch of the shared one that its log is published on.
///
/// Everything is done with git's plumbing, whose output is made for programs. The repository's hooks and its watcher of
/// files do not run: they could be written by whoever writes the folder. Commands that the user's own configuration
/// names for connections (ssh, credential helpers) run as always.
struct GitRepository {
    /// The archive's root, where git runs.
    let root: RawPath
    /// The root of the working tree.
    let top: RawPath
    /// The archive's root below it: empty, or a path that ends in a slash.
    let prefix: RawPath
    /// The branch here, such as `refs/heads/main`.
    let branch: RawPath
    /// The name of the shared repository, such as `origin`.
    let remote: RawPath
    /// The branch there.
    let remoteBranch: RawPath
    /// The index that commits are put together in; the user's own is not touched for that.
    let index: RawPath

    /// Where the fetched commit stands: a name of this working tree alone.
    static let fetched: RawPath = "refs/worktree/provenance/upstream"

    /// The longest that a fetch or a push may take, in seconds: a first push of years of posts over a slow line.
    private static let maxNetworkSeconds = 1800.0
    /// The longest that a command without network may take, in seconds: adding a million posts takes minutes.
    private static let maxLocalSeconds = 3600.0
    /// The most that is read of git's words about a failure, in bytes.
    private static let maxWords = 400

    /// Set before every command: the repository's hooks and watcher do not run, and bytes are stored as they are.
    private static let settings: [RawPath] = [
        "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.autocrlf=false", "core.safecrlf=false",
        "core.quotePath=false", "gc.auto=0", "maintenance.auto=false", "submodule.recurse=false", "fetch.prune=false",
        "fetch.recurseSubmodules=false", "push.recurseSubmodules=no", "push.followTags=false", "push.gpgSign=false",
    ]

    /// Variables that lead git to another repository or index, as they are set where a hook started the program.
    private static let leading: Set<String> = [
        "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_LITERAL_PATHSPECS",
        "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_QUARANTINE_PATH",
    ]

    /// Finds the repository of an archive, and where its branch is shared.
    ///
    /// - Throws: `Problem` with `E-PUBLISH` where there is none, or no branch that can be pushed.
    init(_ archive: ArchiveFolder) throws(Problem) {
        root = archive.root
        index = archive.publishIndex
        func ask(_ arguments: RawPath...) throws(Problem) -> RawPath? {
            let ended = try GitRepository.run(archive.root, arguments)
            guard ended.status == 0, ended.output.last == Bytes.newline else { return nil }
            return RawPath(ended.output.dropLast())
        }
        let ended = try GitRepository.run(archive.root, ["rev-parse", "--show-toplevel"])
        guard ended.status == 0, ended.output.last == Bytes.newline else {
            throw GitRepository.problem(
                "the archive lies in no working tree of git", ended, place: archive.root.description)
        }
        top = RawPath(ended.output.dropLast())
        prefix = try ask("rev-parse", "--show-prefix") ?? ""
        guard !archive.root.bytes.contains(Bytes.newline) else {
            throw Problem(
                .publish, archive.root.description, "a folder's name with a line feed cannot be given to git",
                advice: "rename the folder")
        }
        try GitRepository.requireNoPrograms(archive.root)
        guard let branch = try ask("symbolic-ref", "-q", "HEAD"), branch.bytes.starts(with: "refs/heads/".utf8) else {
            throw Problem(
                .publish, "HEAD", "no branch is checked out, so there is none to push",
                advice: "git switch BRANCH, then run it again")
        }
        self.branch = branch
        let name = String(decoding: branch.bytes.dropFirst(11), as: UTF8.self)
        let remote = try ask("config", "--get", RawPath("branch.\(name).remote"))
        self.remote = remote ?? "origin"
        remoteBranch = try ask("config", "--get", RawPath("branch.\(name).merge")) ?? branch
        var isShared = self.remote != "." && self.remote.bytes.first != UInt8(ascii: "-")
        if remote == nil { isShared = try ask("config", "--get", "remote.origin.url") != nil }
        guard isShared, remoteBranch.bytes.starts(with: "refs/heads/".utf8) else {
            throw Problem(
                .publish, branch.description, "this branch has no branch of another repository that it is pushed to",
                advice: "git push -u REMOTE BRANCH, or git branch --set-upstream-to REMOTE/BRANCH")
        }
    }

    /// Refuses a repository whose own configuration names programs that adding or merging files would run.
    private static func requireNoPrograms(_ root: RawPath) throws(Problem) {
        let pattern: RawPath = "^(filter\\..*\\.(clean|smudge|process)|merge\\..*\\.driver)$"
        let ended = try run(root, ["config", "--local", "-z", "--name-only", "--get-regexp", pattern])
        guard ended.status == 0, let name = GitRepository.paths(ended.output).first else { return }
        throw Problem(
            .publish, ".git/config", "it names a program for \(name), which would run on files of the repository",
            advice: "git config --unset \(name); what you trust belongs into your own configuration (--global)")
    }

    // MARK: Running

    /// Runs git.
    ///
    /// - Parameters:
    ///   - arguments: The command and its arguments.
    ///   - input: What it reads.
    ///   - usesOwnIndex: Whether it works on ``index`` instead of the user's.
    ///   - isRemote: Whether it talks to the shared repository.
    /// - Returns: How it ended.
    /// - Throws: `Problem` where git cannot be started.
    func run(
        _ arguments: [RawPath], input: [UInt8] = [], usesOwnIndex: Bool = false, isRemote: Bool = false
    ) throws(Problem) -> Subprocess.Ended {
        try GitRepository.run(
            root, arguments, input: input, index: usesOwnIndex ? index : nil,
            seconds: isRemote ? GitRepository.maxNetworkSeconds : GitRepository.maxLocalSeconds)
    }

    /// Runs git and wants it to succeed; its output.
    @discardableResult
    func want(_ arguments: [RawPath], input: [UInt8] = [], usesOwnIndex: Bool = false) throws(Problem) -> [UInt8] {
        let ended = try run(arguments, input: input, usesOwnIndex: usesOwnIndex)
        guard ended.status == 0 else {
            throw GitRepository.problem("git \(arguments.first ?? "") failed", ended, place: top.description)
        }
        return ended.output
    }

    private static func run(
        _ root: RawPath, _ arguments: [RawPath], input: [UInt8] = [], index: RawPath? = nil, seconds: Double = 60
    ) throws(Problem) -> Subprocess.Ended {
        var git = Subprocess("git", settings.flatMap { ["-c", $0] } + arguments, folder: root)
        git.input = input
        git.maxSeconds = seconds
        git.removedVariables = leading
        git.variables = ["GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_EDITOR": "false"]
        if let index { git.variables["GIT_INDEX_FILE"] = index }
        do { return try git.run() } catch {
            throw Problem(
                .publish, "git", "cannot \(error.operation): \(error.reason)",
                advice: error.isMissing ? "install git" : nil)
        }
    }

    /// A failure of git in its own words, without what an address may hold of a password.
    static func problem(_ what: String, _ ended: Subprocess.Ended, place: String) -> Problem {
        Problem(.publish, place, "\(what): \(words(ended))")
    }

    /// The first lines of git's words about a failure.
    static func words(_ ended: Subprocess.Ended) -> String {
        if ended.isCutOff { return "it took too long, and was stopped" }
        let text = String(decoding: ended.errors.prefix(maxWords), as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("hint:") }
        guard !lines.isEmpty else { return "it ended with status \(ended.status)" }
        return lines.joined(separator: "; ").replacing(/:\/\/[^\/@\s]*@/, with: "://")
    }

    // MARK: Commits and objects

    /// The commit that a name stands for; `nil` where there is none.
    func commit(_ name: RawPath) throws(Problem) -> RawPath? {
        let ended = try run(["rev-parse", "-q", "--verify", RawPath(name.bytes + Array("^{commit}".utf8))])
        guard ended.status == 0 else { return nil }
        return try GitRepository.object(ended.output)
    }

    /// An object's name in an output of one line.
    static func object(_ output: [UInt8]) throws(Problem) -> RawPath {
        let name = output.last == Bytes.newline ? Array(output.dropLast()) : output
        // SHA-1 or SHA-256.
        guard name.count == 40 || name.count == 64, name.allSatisfy({ isDigit($0) }) else {
            throw Problem(.publish, "git", "it printed no object's name where one was wanted")
        }
        return RawPath(name)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    /// Whether a commit is another one or one of its ancestors.
    func contains(_ commit: RawPath, _ ancestor: RawPath) throws(Problem) -> Bool {
        let ended = try run(["merge-base", "--is-ancestor", ancestor, commit])
        guard ended.status == 0 || ended.status == 1 else {
            throw GitRepository.problem("two commits cannot be compared", ended, place: top.description)
        }
        return ended.status == 0
    }

    /// The tree without files.
    func emptyTree() throws(Problem) -> RawPath { try GitRepository.object(try want(["mktree"])) }

    /// The object that a commit has at a path of the archive; `nil` where there is none.
    func object(_ commit: RawPath, _ path: RawPath) throws(Problem) -> RawPath? {
        let name = commit.bytes + Array(":".utf8) + prefix.bytes + path.bytes
        let ended = try run(["rev-parse", "-q", "--verify", RawPath(name)])
        guard ended.status == 0 else { return nil }
        return try GitRepository.object(ended.output)
    }

    /// The bytes of a commit's file in the archive; `nil` where there is none.
    func blob(_ commit: RawPath, _ path: RawPath, limit: Int) throws(Problem) -> [UInt8]? {
        let name = commit.bytes + Array(":".utf8) + prefix.bytes + path.bytes
        let output = try want(["cat-file", "--batch"], input: name + [Bytes.newline])
        // "<name> blob <size>", the bytes, and a line feed; or "<what was asked> missing".
        guard let end = output.firstIndex(of: Bytes.newline) else {
            throw Problem(.publish, path.description, "git cat-file printed nothing")
        }
        let head = output[..<end].split(separator: UInt8(ascii: " "))
        guard head.count == 3, head[1].elementsEqual("blob".utf8),
            let size = Int(String(decoding: head[2], as: UTF8.self)), size >= 0, size < output.count,
            output.count == end + 1 + size + 1
        else {
            guard head.last?.elementsEqual("missing".utf8) ?? false else {
                throw Problem(.publish, path.description, "it is no file in commit \(commit)")
            }
            return nil
        }
        guard size <= limit else { throw Problem(.publish, path.description, "it is too long in commit \(commit)") }
        return Array(output[(end + 1)..<(end + 1 + size)])
    }

    // MARK: The shared repository

    /// Fetches the shared branch; `nil` where the shared repository has no such branch yet.
    ///
    /// - Throws: `Problem` where it cannot be reached.
    func fetch() throws(Problem) -> RawPath? {
        let from = remoteBranch.bytes
        let ended = try run(
            [
                "fetch", "-q", "--no-tags", "--no-write-fetch-head", remote,
                RawPath(Array("+".utf8) + from + Array(":".utf8) + GitRepository.fetched.bytes),
            ], isRemote: true)
        if ended.status == 0, let commit = try commit(GitRepository.fetched) { return commit }
        // A branch that is not there fails as a network does; this question tells them apart.
        let asked = try run(["ls-remote", "-q", "--exit-code", remote, remoteBranch], isRemote: true)
        guard asked.status == 2 else {
            throw GitRepository.problem("the shared repository cannot be fetched", ended, place: remote.description)
        }
        return nil
    }

    /// Pushes a commit where the shared branch still is the expected one: git's compare-and-swap.
    ///
    /// - Returns: `nil` if it was accepted. Else why not, or why that is unknown.
    func push(_ commit: RawPath, expecting expected: RawPath?) throws(Problem) -> String? {
        let lease = Array("--force-with-lease=".utf8) + remoteBranch.bytes + Array(":".utf8) + (expected?.bytes ?? [])
        let ended = try run(
            [
                "push", "--porcelain", "--no-verify", RawPath(lease), remote,
                RawPath(commit.bytes + Array(":".utf8) + remoteBranch.bytes),
            ], isRemote: true)
        guard ended.status != 0 else { return nil }
        // "!\t<from>:<to>\t<why>"
        let refused = ended.output.split(separator: Bytes.newline).first { $0.starts(with: "!\t".utf8) }
        let reason = refused?.split(separator: UInt8(ascii: "\t")).last.map { String(decoding: $0, as: UTF8.self) }
        return [reason, GitRepository.words(ended)].compactMap { $0 }.joined(separator: "; ")
    }
}
