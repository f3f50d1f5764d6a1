import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// A file that differs between two trees.
struct GitChange {
    /// Its path below the root of the working tree, or below the archive's where it was asked for so.
    let path: RawPath
    /// Whether the first tree has it.
    let isBefore: Bool
    /// Whether the second one has it.
    let isAfter: Bool
    /// Its object in the second one.
    let object: RawPath
    /// Whether it is a file there, and no link.
    let isFile: Bool

    /// Reads the records of `diff-tree -z` and its like: ":<mode> <mode> <object> <object> <letter>", NUL, path, NUL.
    static func list(_ output: [UInt8]) throws(Problem) -> [GitChange] {
        var changes: [GitChange] = []
        var fields = output.split(separator: 0)[...]
        while let head = fields.popFirst() {
            let words = head.split(separator: UInt8(ascii: " "))
            guard let path = fields.popFirst(), words.count == 5, words[0].first == UInt8(ascii: ":"),
                let letter = words[4].first
            else {
                throw Problem(.publish, "git", "it printed a list of changes that cannot be read")
            }
            // Another repository inside this one has files of its own.
            let module = Array("160000".utf8)
            guard !words[0].dropFirst().elementsEqual(module), !words[1].elementsEqual(module) else { continue }
            changes.append(
                GitChange(
                    path: RawPath(path), isBefore: letter != UInt8(ascii: "A"),
                    isAfter: letter != UInt8(ascii: "D"), object: RawPath(words[3]),
                    isFile: words[1].starts(with: "100".utf8)))
        }
        return changes
    }
}

extension GitRepository {
    /// Paths, each ended by NUL.
    static func paths(_ output: [UInt8]) -> [RawPath] { output.split(separator: 0).map { RawPath($0) } }

    /// The archive's own folders whose files belong to one log, below the archive's root.
    static let logFolders: [RawPath] = ["log", "accessions"]

    /// Whether a path below the root of the working tree belongs to the log.
    func isOfLog(_ path: RawPath) -> Bool {
        GitRepository.logFolders.contains { path.bytes.starts(with: prefix.bytes + $0.bytes + Array("/".utf8)) }
    }

    /// Puts a tree into the own index.
    ///
    /// It knows the times of no file, so git compares bytes. Times from the user's index would do harm: git takes a file
    /// of the same size and second for unchanged where it trusts the time of the index, and a copy of that is later.
    func load(_ tree: RawPath?) throws(Problem) {
        do throws(FileError) {
            try DurableFile.remove(RawPath(index.bytes + Array(".lock".utf8)))
            try DurableFile.remove(index)
        } catch {
            throw Problem(error)
        }
        try want(["read-tree", tree ?? "--empty"], usesOwnIndex: true)
    }

    /// Replaces the log's files in the own index by those of a commit.
    func loadLog(of commit: RawPath) throws(Problem) {
        try want(
            ["rm", "-r", "-f", "-q", "--cached", "--ignore-unmatch", "--"]
                + GitRepository.logFolders.map { RawPath(":(literal)\($0)") }, usesOwnIndex: true)
        for folder in GitRepository.logFolders {
            guard let tree = try object(commit, folder) else { continue }
            let place = Array("--prefix=".utf8) + prefix.bytes + folder.bytes + Array("/".utf8)
            try want(["read-tree", RawPath(place), tree], usesOwnIndex: true)
        }
    }

    /// What the own index changes of a tree.
    func changes(from tree: RawPath) throws(Problem) -> [GitChange] {
        try GitChange.list(
            try want(["diff-index", "--cached", "-z", "--no-relative", "--no-renames", tree], usesOwnIndex: true))
    }

    /// The paths in the own index whose files are others, or not there.
    func differing() throws(Problem) -> Set<RawPath> {
        // Compares the bytes of files whose times have changed; its status says whether any differ.
        _ = try run(["update-index", "-q", "--refresh"], usesOwnIndex: true)
        let output = try want(["diff-files", "-z", "--no-relative", "--name-only"], usesOwnIndex: true)
        return Set(GitRepository.paths(output))
    }

    /// Makes a commit of the own index.
    func commitIndex(parents: [RawPath], message: String) throws(Problem) -> RawPath {
        let tree = try GitRepository.object(try want(["write-tree"], usesOwnIndex: true))
        if parents.count == 1, let parent = parents.first, try object(parent) == tree { return parent }
        var line: [RawPath] = []
        for name in ["GIT_COMMITTER_IDENT", "GIT_AUTHOR_IDENT"] as [RawPath] where line.isEmpty {
            guard try run(["var", name]).status != 0 else { continue }
            // A runner often has no name; git wants one.
            line = ["-c", "user.name=provenance", "-c", "user.email=provenance@localhost"]
        }
        line += ["commit-tree", "--no-gpg-sign", tree] + parents.flatMap { ["-p", $0] }
        return try GitRepository.object(try want(line, input: Array(message.utf8)))
    }

    private func object(_ commit: RawPath) throws(Problem) -> RawPath {
        let name = RawPath(commit.bytes + Array("^{tree}".utf8))
        return try GitRepository.object(try want(["rev-parse", "-q", "--verify", name]))
    }

    /// Merges two branches without touching a file. The log's files are the upstream's.
    ///
    /// - Throws: `Problem` where other files were changed on both.
    func merge(_ head: RawPath, upstream: RawPath) throws(Problem) -> RawPath {
        let ended = try run(["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", upstream, head])
        let fields = GitRepository.paths(ended.output)
        guard ended.status == 0 || ended.status == 1, let first = fields.first else {
            throw GitRepository.problem(
                "the branch and the shared one cannot be merged", ended, place: branch.description)
        }
        if let conflict = fields.dropFirst().first(where: { !isOfLog($0) }) {
            throw Problem(
                .publish, conflict.description, "it was changed here and in the shared repository, in commits of both",
                advice: "git pull, resolve the conflict, then run it again")
        }
        try load(try GitRepository.object(first.bytes))
        try loadLog(of: upstream)
        return try commitIndex(parents: [head, upstream], message: "Merge the shared branch\n")
    }

    /// Lets the branch and the user's index stand at a commit whose files are in the working tree.
    ///
    /// What the user had staged stays so where it can.
    func stand(at commit: RawPath, from head: RawPath?) throws(Problem) {
        if commit != head {
            // Fails where somebody committed meanwhile; the next run merges.
            let ended = try run(
                ["update-ref", "-m", "provenance maintain --publish git", "HEAD", commit, head ?? ""])
            guard ended.status == 0 else {
                throw GitRepository.problem("the branch was moved meanwhile", ended, place: branch.description)
            }
        }
        var isKept = false
        if let head { isKept = try run(["read-tree", "-i", "-m", head, commit]).status == 0 }
        if !isKept { try want(["read-tree", "-i", "-m", commit]) }
        _ = try run(["update-index", "-q", "--refresh"])
    }

    /// Whoever can push could otherwise say in a commit what this clone remembers.
    ///
    /// - Throws: `Problem` where a commit has local files of the archive, which `.gitignore` leaves out.
    func requireNoLocalFiles(_ commit: RawPath) throws(Problem) {
        for folder in [ArchiveFolder.localFolder, "keys"] as [RawPath] {
            guard let tree = try object(commit, folder) else { continue }
            let names = GitRepository.paths(try want(["ls-tree", "-z", "--name-only", "--full-tree", tree]))
            let isLocal = { (name: RawPath) in
                folder == "keys" ? GitRepository.isPrivate(name) : name != "config"
            }
            guard let other = names.first(where: isLocal) else { continue }
            throw Problem(
                .publish, folder.appending(other).description, "commit \(commit) has this local file",
                advice: "git rm --cached it, commit and push that; then look who committed it")
        }
    }

    /// Whether a file is named like a private key or a memory of what was signed.
    static func isPrivate(_ path: RawPath) -> Bool {
        let name = path.lastElement.bytes
        return name.suffix(8).elementsEqual(".key.pem".utf8) || name.suffix(11).elementsEqual("last-signed".utf8)
    }

    /// A push brings all commits that the shared branch has not, and what a later one removed again.
    ///
    /// - Throws: `Problem` where one of them has a private file.
    func requireNothingPrivate(in commit: RawPath, beyond upstream: RawPath?) throws(Problem) {
        let range = [commit] + (upstream.map { ["--not", $0] } ?? [])
        // "<object> <path>", one a line.
        let output = try want(["rev-list", "--objects"] + range)
        for line in output.split(separator: Bytes.newline) {
            guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { continue }
            let path = RawPath(line[(space + 1)...])
            guard GitRepository.isPrivate(path) else { continue }
            throw Problem(
                .publish, path.description, "a commit that is not pushed yet has this private file; nothing was pushed",
                advice: "take it out of the history (git rebase, git filter-repo); if it was ever pushed, the key is "
                    + "known to others")
        }
    }

    /// - Throws: `Problem` while a merge is not finished.
    func requireNoMerge() throws(Problem) {
        guard try want(["ls-files", "-z", "-u"]).isEmpty, try commit("MERGE_HEAD") == nil else {
            throw Problem(
                .publish, top.description, "a merge is not finished",
                advice: "git merge --abort, or resolve it and commit")
        }
    }
}
