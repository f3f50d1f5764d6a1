import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

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

    /// What differs between two trees.
    func changes(from tree: RawPath, to other: RawPath) throws(Problem) -> [GitChange] {
        try GitChange.list(try want(["diff-tree", "-r", "-z", "--no-relative", "--no-renames", tree, other]))
    }

    /// The other repositories that the own index has.
    func modules() throws(Problem) -> Set<RawPath> {
        // "<mode> <object> <stage>", a tabulator, the path, NUL.
        var modules: Set<RawPath> = []
        for line in try want(["ls-files", "-s", "-z", "--full-name"], usesOwnIndex: true).split(separator: 0)
        where line.starts(with: GitChange.Entry.module.bytes) {
            guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else { continue }
            modules.insert(RawPath(line[(tab + 1)...]))
        }
        return modules
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
    /// What the user had staged stays so, but for files that differ between the two commits.
    ///
    /// - Parameters:
    ///   - commit: The commit.
    ///   - head: Where the branch is.
    ///   - base: The commit that the user's index came from; another than `head` where a run was killed in between.
    /// - Throws: `Problem` where the branch was moved meanwhile, or the index cannot be written.
    func stand(at commit: RawPath, from head: RawPath?, index base: RawPath?) throws(Problem) {
        if commit != head {
            // Fails where somebody committed meanwhile; the next run merges.
            let ended = try run(
                ["update-ref", "-m", "provenance maintain --publish git", "HEAD", commit, head ?? ""])
            guard ended.status == 0 else {
                throw GitRepository.problem("the branch was moved meanwhile", ended, place: branch.description)
            }
        }
        if let base, base != commit {
            let move: [RawPath] = ["read-tree", "-i", "-m", base, commit]
            var isDone = try run(move).status == 0
            if !isDone {
                try unstage(meeting: Set(try changes(from: base, to: commit).map(\.path)), base)
                isDone = try run(move).status == 0
            }
            if !isDone { try want(["read-tree", "-i", "-m", commit]) }
        } else if base == nil {
            try want(["read-tree", "-i", "-m", commit])
        }
        _ = try run(["update-index", "-q", "--refresh"])
    }

    /// Puts entries of the user's index back to what a commit has: those at, above or below some paths.
    private func unstage(meeting paths: Set<RawPath>, _ commit: RawPath) throws(Problem) {
        // A file may be staged where the other commit has a folder, and the other way round.
        var folders: Set<RawPath> = []
        for path in paths {
            var folder = path.parent
            while folder != ".", folders.insert(folder).inserted { folder = folder.parent }
        }
        let staged = try GitChange.list(
            try want(["diff-index", "--cached", "-z", "--no-relative", "--no-renames", commit]))
        try put(
            back: staged.filter { change in
                var path = change.path
                if folders.contains(path) { return true }
                while path != "." {
                    if paths.contains(path) { return true }
                    path = path.parent
                }
                return false
            })
    }

    /// Takes back what is staged of the log: nobody but a run that publishes changes it, so an index which has another
    /// one was left behind the branch, and the next commit by hand would roll the log back.
    func unstageLog(_ head: RawPath) throws(Problem) {
        let output = try want(
            ["diff-index", "--cached", "-z", "--no-relative", "--no-renames", head, "--"]
                + GitRepository.logFolders.map { RawPath(":(literal)\($0)") })
        try put(back: try GitChange.list(output))
    }

    private func put(back changes: [GitChange]) throws(Problem) {
        guard !changes.isEmpty else { return }
        try want(["update-index", "-z", "--index-info"], input: GitChange.undoing(changes))
    }

    /// - Throws: `Problem` where a commit has something else at the place of one of the archive's own folders.
    func requireFolders(_ commit: RawPath) throws(Problem) {
        let folders = ([ArchiveFolder.localFolder] + ["keys"] + GitRepository.logFolders)
            .map { RawPath(prefix.bytes + $0.bytes) }
        // "<mode> <kind> <object>", a tabulator, the path, NUL.
        let output = try want(["ls-tree", "-z", "--full-tree", commit, "--"] + folders)
        for line in GitRepository.paths(output) {
            guard !line.bytes.starts(with: "040000".utf8), let tab = line.bytes.firstIndex(of: UInt8(ascii: "\t"))
            else {
                continue
            }
            let kind =
                line.bytes.starts(with: "12".utf8) ? "link" : line.bytes.starts(with: "16".utf8) ? "submodule" : "file"
            throw Problem(
                .publish, RawPath(line.bytes[(tab + 1)...]).description,
                "commit \(commit) has a \(kind) at the place of this folder of the archive; nothing was taken from it",
                advice: "restore the folder in the shared repository, then look who committed the \(kind)")
        }
    }

    /// Whoever can push could otherwise make every clone one of another log, whose runs then fail.
    ///
    /// - Throws: `Problem` where a commit has a config with another origin than the archive's.
    func requireOrigin(_ commit: RawPath, _ origin: String) throws(Problem) {
        let path = ArchiveFolder.localFolder.appending("config")
        guard let bytes = try blob(commit, path, limit: ConfigurationFile.maxBytes) else { return }
        let place = "\(path) of commit \(commit)"
        let other = try ConfigurationFile(parsing: bytes, place: place).origin
        guard !Bytes.isSame(other, origin) else { return }
        throw Problem(
            .publish, place,
            "it states the origin \(other), and this archive's is \(origin); nothing was taken from it",
            advice: "restore the file in the shared repository, then look who committed it")
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
