import Archive
import ArgumentParser
import Bundle
import Files

/// `provenance verify`.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verify posts, a manifest, a bundle, or a proof.",
        discussion: """
            A bundle, a folder or a zip file, is verified offline with everything in it. A post is compared with its \
            record in the archive's log. A manifest is verified offline, with pinned keys and no log at hand; --posts \
            compares the posts in a folder with it. --proof verifies a post, or a record alone, against a .tlog-proof. A \
            lone '-' is a manifest on standard input; --files-from - is a list of posts there.
            """)

    /// What must be proven although nothing asked for it.
    enum Requirement: String, ExpressibleByArgument, CaseIterable {
        case content
    }

    @OptionGroup var paths: PathOptions

    @Option(name: .long, help: "Compare a manifest with the posts in this folder.")
    var posts: String?

    @Option(name: .long, help: "Verify against this .tlog-proof; no log is needed.")
    var proof: String?

    @Option(name: .long, help: "Exit 3 unless this was proven; content: posts were compared.")
    var require: Requirement?

    @Flag(
        name: .long, help: "Print a JSON object for each post, or each problem of a manifest, then one for the whole.")
    var jsonl = false

    @OptionGroup var trust: TrustOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !paths.isEmpty || proof != nil else {
            throw ValidationError("Name a post, a folder of posts, a manifest or a bundle (or give --proof FILE).")
        }
        try refuseEmpty(posts, "--posts")
        try refuseEmpty(proof, "--proof")
    }

    func run() throws {
        do { try runChecks() } catch let problem as Problem where !common.json && !jsonl {
            // A verdict ends every run, also one that could not be made; it is no result, so not on standard output.
            let console = common.console
            console.problem(problem)
            console.diagnostic("\(console.verdict(problem.status)): the check was not made, or not all of it.")
            console.diagnostic(Rendering.limits)
            throw Finished(status: problem.status)
        }
    }

    private func runChecks() throws {
        let surroundings = Surroundings.ofProcess()
        if let proof {
            let trust = try trust(testing: [proof] + paths.paths, surroundings)
            return try verifyProof(RawPath(proof), trust, surroundings)
        }
        if paths.paths == ["-"], paths.filesFrom == nil {
            // A file that the shell opened lies somewhere too.
            let trust = try trust(testing: ["/proc/self/fd/0"], surroundings)
            return try verifyManifest(FileStream(standardInput: ()), "-", trust, surroundings)
        }
        let list = try paths.all()
        if let bundle = list.first, BundleVerifier.isBundle(surroundings.absolute(bundle)) {
            guard list.count == 1, posts == nil else {
                throw Problem(.usage, bundle.description, "a bundle is verified by itself, with the posts it holds")
            }
            let folder = surroundings.absolute(bundle)
            let trust = try trust(testing: [], bundle: folder, surroundings)
            return try verifyBundle(folder, bundle.description, trust)
        }
        if let zip = list.first, ZipFile.isZip(surroundings.absolute(zip)) {
            guard list.count == 1, posts == nil else {
                throw Problem(.usage, zip.description, "a bundle is verified by itself, with the posts it holds")
            }
            let trust = try trust(testing: [zip.description], surroundings)
            let result = try ZipFile.unpacked(surroundings.absolute(zip), name: zip.description) {
                folder throws(Problem) in
                Result { try verifyBundle(folder, zip.description, trust) }
            }
            return try result.get()
        }
        if let manifest = list.first, try isManifest(manifest) {
            guard list.count == 1 else {
                throw Problem(.usage, manifest.description, "a manifest is verified by itself: name one at a time")
            }
            let stream: FileStream
            do { stream = try FileStream(surroundings.absolute(manifest)) } catch {
                throw Problem(.unreadable, manifest.description, error.reason)
            }
            let trust = try trust(testing: [manifest.description], surroundings)
            return try verifyManifest(stream, manifest.description, trust, surroundings)
        }
        guard posts == nil else { throw Problem(.usage, "--posts", "--posts belongs to a manifest; name one") }
        if let proof = list.first, isProof(surroundings.absolute(proof)) {
            throw Problem(
                .usage, proof.description, "it is a proof, not a post",
                advice: "provenance verify --proof \(Console.word(proof.description)) [POST]")
        }
        try verifyPosts(list, surroundings)
    }

    /// The keys to trust for files that were named: for all that lies in the archives that hold them, in the archive that
    /// the command stands in, and in a bundle.
    private func trust(
        testing names: [String], bundle: RawPath? = nil, _ surroundings: Surroundings
    ) throws -> Trust {
        var folders = bundle.map { [$0] } ?? []
        let places = (names + [posts].compactMap { $0 }).map { surroundings.absolute(RawPath($0)) } + folders
        for place in places {
            if let archive = try ArchiveFolder.enclosing(place) { folders.append(archive) }
        }
        if let archive = try? common.folder(surroundings) { folders.append(archive.root) }
        return try trust.trust(surroundings, testing: folders)
    }

    /// A manifest starts with a brace, a post never does.
    private func isManifest(_ path: RawPath) throws -> Bool {
        do {
            guard let status = try FileStatus.of(path), status.kind == .regular else { return false }
            return try FileStream(path).read(upTo: 1) == [UInt8(ascii: "{")]
                || path.bytes.suffix(5).elementsEqual(Array(".json".utf8))
        } catch {
            return false
        }
    }

    /// Whether a file begins as a tlog-proof does; no post does.
    private func isProof(_ path: RawPath) -> Bool {
        guard let status = try? FileStatus.of(path), status.kind == .regular, let file = try? FileStream(path) else {
            return false
        }
        let beginning = Array("c2sp.org/tlog-proof@".utf8)
        return (try? file.read(upTo: beginning.count)) == beginning
    }

    // MARK: Manifests

    private func verifyManifest(
        _ stream: FileStream, _ name: String, _ trust: Trust, _ surroundings: Surroundings
    ) throws {
        let console = common.console
        let progress = Progress("bytes", total: stream.size, quiet: common.quiet || common.json || jsonl)
        var problems: [JSONValue] = []
        let report: ManifestReport
        do throws(Problem) {
            report = try ManifestVerifier.verify(
                source: stream, place: name, trust: trust, posts: posts.map { RawPath($0) },
                requiresContent: require == .content,
                report: { show($0, &problems) },
                progress: { progress.update($0) })
        } catch {
            progress.finish()
            guard !problems.isEmpty else { throw error }
            // The form broke on the way: what was found before it stands in the one object too.
            common.print(
                json: .object(["status": error.status.word.json, "problems": .array(problems + [error.json])]))
            console.problem(error)
            throw Finished(status: error.status)
        }
        progress.finish()
        let status = report.status
        if common.json || jsonl {
            print(report.json, status, problems)
        } else {
            Rendering.manifest(report, status, console, hint: pinHint(trust, report.keysShown))
        }
        if status != .verified { throw Finished(status: status) }
    }

    /// Shows what is wrong as it is found, or keeps it for the one object.
    private func show(_ problem: Problem, _ problems: inout [JSONValue]) {
        if jsonl {
            common.print(json: problem.json)
        } else if common.json {
            problems.append(problem.json)
        } else {
            common.console.problem(problem, toOutput: true)
        }
    }

    /// Prints the last or only object: a report, with what is wrong where that was not printed line by line.
    private func print(_ report: JSONValue, _ status: ExitStatus, _ problems: [JSONValue]) {
        var members = report.members ?? [:]
        if !jsonl { members["problems"] = .array(problems) }
        members["status"] = status.word.json
        common.print(json: .object(members))
    }

    private func pinHint(_ trust: Trust, _ keys: [String]) -> [String] {
        guard trust.sets.isEmpty else { return [] }
        return Rendering.pinHint(keys)
    }

    // MARK: Bundles

    private func verifyBundle(_ folder: RawPath, _ name: String, _ trust: Trust) throws {
        let console = common.console
        let progress = Progress("files", total: nil, quiet: common.quiet || common.json || jsonl)
        var problems: [JSONValue] = []
        let report = try BundleVerifier.verify(
            folder, name: name, trust: trust,
            report: { show($0, &problems) },
            progress: { progress.update($0) })
        progress.finish()
        var status = report.status
        if require == .content, (report.posts ?? 0) == 0 { status = max(status, .inconclusive) }
        if common.json || jsonl {
            print(report.json, status, problems)
        } else {
            Rendering.bundle(report, status, console, hint: pinHint(trust, report.keysShown))
        }
        if status != .verified { throw Finished(status: status) }
    }

    // MARK: Proofs

    private func verifyProof(_ proof: RawPath, _ trust: Trust, _ surroundings: Surroundings) throws {
        let list = try paths.all()
        guard list.count <= 1 else { throw Problem(.usage, "--proof", "a proof is of one post; name one") }
        let bytes: [UInt8]
        do { bytes = try readFile(surroundings.absolute(proof), limit: Limits.longestProof).bytes } catch {
            throw Problem(.unreadable, proof.description, error.reason)
        }
        var post: (bytes: [UInt8], name: String)?
        if let path = list.first {
            do {
                post = (try readFile(surroundings.absolute(path), limit: Limits.largestPost).bytes, path.description)
            } catch {
                throw Problem(.unreadable, path.description, error.reason)
            }
        }
        let verdict = try ProofFiles.verify(bytes, name: proof.description, post: post, trust: trust)
        var tally = PostsTally(isSingle: true, keepsAll: true)
        tally.take([verdict]) { show($0, true) }
        try finish(tally, compared: post != nil, pinned: !trust.sets.isEmpty)
    }

    // MARK: Posts

    private func verifyPosts(_ list: [RawPath], _ surroundings: Surroundings) throws {
        let archive = try find(list, surroundings)
        let trust = try trust.trust(surroundings, testing: [archive.root])
        let view = try LogView(archive, trust: trust)
        var posts: [(place: RawPath, name: String, path: RawPath?)] = []
        // What cannot be read is a finding of its own and hides no other.
        var unreadable: [PostVerdict] = []
        for path in list {
            let place = surroundings.absolute(path)
            // Whether a file that is not there was recorded is for the verifier to say.
            guard let status = try? FileStatus.of(place), status.kind == .directory else {
                posts.append((place, path.description, archive.relative(place)))
                continue
            }
            do {
                for found in try Walk(place) {
                    if let failure = found.failure {
                        unreadable.append(PostVerdict(unreadable: path.appending(found.path), failure))
                        continue
                    }
                    let file = place.appending(found.path)
                    posts.append((file, path.appending(found.path).description, archive.relative(file)))
                }
            } catch {
                unreadable.append(PostVerdict(unreadable: path, error))
            }
        }
        guard !posts.isEmpty || !unreadable.isEmpty else {
            throw Problem(
                .nothing, list.first?.description ?? paths.filesFrom ?? "-",
                "there is no post here: nothing was checked")
        }
        let progress = Progress("posts", total: UInt64(posts.count), quiet: common.quiet || common.json || jsonl)
        let isSingle = posts.count + unreadable.count == 1
        var tally = PostsTally(isSingle: isSingle, keepsAll: common.json && !jsonl)
        tally.take(unreadable) { show($0, isSingle) }
        let verifier = PostVerifier(view)
        var done = 0
        while done < posts.count {
            let batch = Array(posts[done..<min(done + VerifyCommand.postsAtOnce, posts.count)])
            let verdicts = try verifier.verify(batch) { progress.update(UInt64(done + $0)) }
            done += batch.count
            progress.finish()
            tally.take(verdicts) { show($0, isSingle) }
        }
        try finish(tally, compared: true, pinned: !trust.sets(for: archive.origin).isEmpty, view)
    }

    /// Shows a verdict as it comes: an object, or what is wrong with one of several posts.
    private func show(_ verdict: PostVerdict, _ isSingle: Bool) {
        if jsonl {
            common.print(json: verdict.json)
        } else if !common.json, !isSingle {
            Rendering.offences(verdict, common.console)
        }
    }

    /// Posts whose verdicts are held at once. What no hint of the index led to is sought in the whole log once for each
    /// of these, so it is no small number.
    private static let postsAtOnce = 16_384

    /// The archive of the current folder, else of the first post's.
    private func find(_ list: [RawPath], _ surroundings: Surroundings) throws -> ArchiveFolder {
        do { return try common.folder(surroundings) } catch let problem as Problem {
            guard common.archive == nil, problem.code == Problem.Code.noArchive.name, let first = list.first else {
                throw problem
            }
            var nearby = surroundings
            nearby.currentFolder = surroundings.absolute(first).parent
            do { return try ArchiveFolder.find(given: nil, nearby) } catch {
                guard error.code == Problem.Code.noArchive.name else { throw error }
                if try isMissing(surroundings.absolute(first)) {
                    throw Problem(.unreadable, first.description, "there is no such file or folder, and no archive")
                }
                throw Problem(
                    .noArchive, first.description,
                    "no bundle, no manifest, and in no archive: there is no .provenance/config beside or above it",
                    advice:
                        "name a bundle (a folder with tagmanifest-sha256.txt, or a zip), a manifest, or posts of an archive"
                        + " (`provenance init --origin NAME` makes one), or give --archive DIR")
            }
        }
    }

    private func isMissing(_ path: RawPath) throws -> Bool {
        do { return try FileStatus.of(path) == nil } catch {
            throw Problem(.unreadable, path.description, error.reason)
        }
    }

    private func finish(
        _ tally: PostsTally, compared: Bool, pinned: Bool, _ view: LogView? = nil
    ) throws {
        var status = tally.counts.status
        if tally.count == 0 { status = max(status, .inconclusive) }
        if require == .content, !compared { status = max(status, .inconclusive) }
        if common.json || jsonl {
            var members: [String: JSONValue] = [
                "status": status.word.json, "checked": .number(tally.count),
                "problems": .array(tally.problems.map(\.json)),
            ]
            if let view {
                members["size"] = .number(view.size)
                members["origin"] = view.archive.origin.json
            }
            if !jsonl { members["posts"] = .array(tally.verdicts.map(\.json)) }
            common.print(json: .object(members))
        } else {
            let console = common.console
            Rendering.posts(tally, status, console, compared: compared)
            if !pinned, status == .inconclusive {
                for line in Rendering.pinHint(view.map { Rendering.publishedKeys($0.archive) } ?? []) {
                    console.diagnostic(line)
                }
            }
        }
        if status != .verified { throw Finished(status: status) }
    }
}
