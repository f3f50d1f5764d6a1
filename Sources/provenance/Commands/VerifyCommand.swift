import ArgumentParser
import ProvenanceArchive
import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// `provenance verify`.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verify posts, a manifest, a bundle, or a proof.",
        discussion: """
            A bundle, a folder or a zip file, is verified offline with everything in it. A post is compared with its \
            record in the archive's log. A manifest is verified offline, with pinned keys and no log at hand; --posts \
            compares the posts in a folder with it. --proof verifies a post, or an entry alone, against a .tlog-proof; a \
            proof that does not carry its entry wants it with --entry. A lone '-' is a manifest on standard input; --files-from - is a list of posts there.

            Examples:
              provenance verify _posts
              provenance verify Manifests/1.json --keys trusted --posts _posts
              provenance verify --proof bridge.tlog-proof _posts/2022-02-10-bridge.md
            """)

    /// What must be proven beyond the default.
    enum Requirement: String, ExpressibleByArgument, CaseIterable {
        case content
    }

    @OptionGroup var paths: PathOptions

    @Option(name: .long, help: "Compare a manifest with the posts in this folder.")
    var posts: PathArgument?

    @Option(name: .long, help: "Verify against this .tlog-proof; no log is needed; '-' is standard input.")
    var proof: PathArgument?

    @Option(
        name: .long,
        help: "The proof's entry, a signed note, where the proof does not carry it; '-' is standard input.")
    var entry: PathArgument?

    @Option(name: .long, help: "Exit 3 unless this was proven; content: posts were compared.")
    var require: Requirement?

    @Flag(
        name: .long, help: "Print a JSON object for each post, or each problem of a manifest, then one for the whole.")
    var jsonl = false

    @OptionGroup var trust: TrustOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !paths.isEmpty || proof != nil else {
            throw ValidationError(
                "provenance verify",
                "found nothing to verify; wanted a post, a folder of posts, a manifest, a bundle, or --proof FILE",
                advice: "name it; `provenance verify --help` has examples")
        }
        try refuseEmpty(posts, "--posts")
        try refuseEmpty(proof, "--proof")
        try refuseEmpty(entry, "--entry")
        guard entry == nil || proof != nil else {
            throw ValidationError(
                "--entry", "found no proof beside it; wanted the proof of this entry",
                advice: "add --proof FILE, or leave out --entry")
        }
        try refuseSecondDash(paths.inputs + [proof, entry])
    }

    func run() throws {
        do { try runChecks() } catch let problem as Problem where !common.json && !jsonl {
            // Every run ends with a verdict, even if none could be reached. That is no result, so it goes to standard
            // error, and has no limits: nothing was shown.
            let console = common.console
            console.problem(problem)
            console.diagnostic("\(console.verdict(problem.status)): the check was not made, or not all of it.")
            throw Finished(status: problem.status)
        }
    }

    private func runChecks() throws {
        let environment = Environment.ofProcess()
        if let proof {
            let trust = try trust(testing: [proof.path] + paths.paths.map(\.path), environment)
            return try verifyProof(proof, trust, environment)
        }
        if paths.paths.count == 1, paths.paths.allSatisfy(\.isDash), paths.filesFrom == nil {
            let stream = FileStream(standardInput: ())
            if case .zipInPipe = Artifact.detect(in: stream) { throw zipInPipe("-") }
            // A file that the shell opened as standard input has a folder too.
            let trust = try trust(testing: ["/proc/self/fd/0"], environment)
            return try verifyManifest(stream, "-", trust, environment)
        }
        let list = try paths.all()
        if let first = list.first {
            let named = environment.absolute(first)
            // A path on the command line may be a link; a path from a list is never followed.
            let place = paths.isFirstNamed ? namedPlace(named) : named
            let bundle = BundleVerifier.isBundle(place) ? place : nil
            let trust = try trust(testing: [first], bundle: bundle, environment)
            if let check = try whole(first, place, trust, environment) {
                guard list.count == 1 else { throw Problem(.usage, first.description, check.alone) }
                return try check.run()
            }
        }
        guard posts == nil else {
            throw Problem(
                .usage, "--posts", "found posts to verify beside it; wanted a manifest to compare its folder with",
                advice:
                    "name a manifest, or leave out --posts: `provenance verify FOLDER` compares with the archive's log")
        }
        try verifyPosts(list, environment)
    }

    /// The keys to trust for the named files.
    ///
    /// Pinned keys inside the files' archives, the current archive or a bundle are ignored.
    private func trust(
        testing names: [RawPath], bundle: RawPath? = nil, _ environment: Environment
    ) throws -> Trust {
        var folders = bundle.map { [$0] } ?? []
        let places = (names + [posts?.path].compactMap { $0 }).map { environment.absolute($0) } + folders
        for place in places {
            if let archive = try ArchiveFolder.enclosing(place) { folders.append(archive) }
        }
        if let archive = try? common.folder(environment) { folders.append(archive.root) }
        return try trust.trust(environment, testing: folders)
    }

    /// The check of a bundle or a manifest, which is verified alone.
    private struct Whole {
        /// Why no other file may be named beside it.
        let alone: String
        let run: () throws -> Void
    }

    /// The check for the first path, if it is not a post.
    private func whole(
        _ path: RawPath, _ place: RawPath, _ trust: Trust, _ environment: Environment
    ) throws -> Whole? {
        if !paths.isFirstNamed, (try? FileStatus.of(place))?.kind == .link { return nil }
        let name = path.description
        let alone = "a bundle is verified by itself, with the posts it holds"
        func requireNoPosts() throws(Problem) {
            guard posts == nil else { throw Problem(.usage, name, alone) }
        }
        switch Artifact.detect(at: place, named: path, open: { stream(path, place) }) {
        case .bundle:
            return Whole(alone: alone) {
                try requireNoPosts()
                try verifyBundle(place, name, trust)
            }
        case .zip:
            return Whole(alone: alone) {
                try requireNoPosts()
                let result = try ZipFile.unpacked(place, name: name) { folder throws(Problem) in
                    Result { try verifyBundle(folder, name, trust) }
                }
                try result.get()
            }
        case .zipInPipe: throw zipInPipe(name)
        case .proof:
            throw Problem(
                .usage, name, "found a proof; wanted a post, a manifest or a bundle, or the proof with --proof",
                advice: "provenance verify --proof \(Console.word(name)) [POST]")
        case .manifest(let stream):
            return Whole(alone: "a manifest is verified by itself: name one at a time") {
                try verifyManifest(stream, name, trust, environment)
            }
        case .other: return nil
        }
    }

    /// Opens the file at the first path to detect its kind; a link or pipe only if it was given on the command line.
    ///
    /// - Returns: `nil` if it is no such file; the post's verdict reports why.
    private func stream(_ path: RawPath, _ place: RawPath) -> FileStream? {
        guard paths.isFirstNamed else { return try? FileStream(place) }
        guard let status = try? FileStatus.following(path), status.kind == .regular || status.isPipe else { return nil }
        return try? FileStream(named: path)
    }

    private func zipInPipe(_ name: String) -> Problem {
        Problem(
            .usage, name, "a zip file is read from several places, and a pipe can be read once",
            advice: "write it to a file first, and name that")
    }

    // MARK: Manifests

    private func verifyManifest(
        _ stream: FileStream, _ name: String, _ trust: Trust, _ environment: Environment
    ) throws {
        let console = common.console
        let progress = Progress("bytes", total: stream.size, quiet: common.quiet || common.json || jsonl)
        var problems: [JSONValue] = []
        let report: ManifestReport
        do throws(Problem) {
            report = try ManifestVerifier.verify(
                source: stream, place: name, trust: trust, posts: posts.map { namedPlace($0.path) },
                requiresContent: require == .content,
                report: { show($0, &problems) },
                progress: { progress.update($0) })
        } catch {
            progress.finish()
            guard !problems.isEmpty else { throw error }
            // The file turned out malformed on the way; the JSON object still has the findings before that.
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

    /// Prints a problem at once, or keeps it for the JSON object.
    private func show(_ problem: Problem, _ problems: inout [JSONValue]) {
        if jsonl {
            common.print(json: problem.json)
        } else if common.json {
            problems.append(problem.json)
        } else {
            common.console.problem(problem, toOutput: true)
        }
    }

    /// Prints the last or only object: a report, with the problems unless they were printed line by line.
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

    private func verifyProof(_ proof: PathArgument, _ trust: Trust, _ environment: Environment) throws {
        let list = try paths.all()
        guard list.count <= 1 else {
            throw Problem(
                .usage, "--proof", "found \(list.count) posts; a proof is of one entry",
                advice: "name one post, or none")
        }
        func read(_ file: PathArgument, _ kind: String, limit: Int) throws(Problem) -> [UInt8] {
            do { return try file.read(limit: limit) } catch {
                throw Problem(
                    .unreadable, file.description, "cannot be read as \(kind): \(error.reason)",
                    advice: "check the name and its permissions")
            }
        }
        let bytes = try read(proof, "a proof", limit: Limits.maxProofBytes)
        let given = try entry.map { (file) throws(Problem) in try read(file, "an entry", limit: Limits.maxEntryBytes) }
        var post: (bytes: [UInt8], name: String)?
        if let path = list.first {
            do {
                post = (try readFile(environment.absolute(path), limit: Limits.largestPost).bytes, path.description)
            } catch {
                throw Problem(
                    .unreadable, path.description, "cannot be read as a post: \(error.reason)",
                    advice: "check the name and its permissions")
            }
        }
        let verdict = try ProofVerifier.verify(
            bytes, name: proof.description, entry: given, post: post, trust: trust)
        var tally = PostsTally(isSingle: true, keepsAll: true)
        tally.take([verdict]) { show($0, $1, true) }
        try finish(tally, compared: post != nil, pinned: !trust.sets.isEmpty)
    }

    // MARK: Verdicts on posts

    /// Prints a verdict at once: an object, or the problems of one of several posts.
    func show(_ verdict: PostVerdict, _ news: [Problem], _ isSingle: Bool) {
        if jsonl {
            common.print(json: verdict.json)
        } else if !common.json, !isSingle {
            Rendering.offences(verdict, news, common.console)
        }
    }

    func finish(
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
