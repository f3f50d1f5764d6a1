import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceSystem
import ProvenanceVerification

extension VerifyCommand {
    /// Verifies posts, and those in folders, against the log of their archive.
    func verifyPosts(_ list: [RawPath], _ environment: Environment) throws {
        let archive = try find(list, environment)
        let trust = try trust.trust(environment, testing: [archive.root])
        let view = try LogView(archive, trust: trust)
        // The log is asked for the rules only where a folder is walked.
        lazy var rules = view.postNames
        var posts: [PostVerifier.Subject] = []
        // Files whose names are no posts' by the rules: they count where they are, or were, on record.
        var others: Set<Int> = []
        // An unreadable file is a finding of its own and does not affect the others.
        var unreadable: [PostVerdict] = []
        for path in list {
            let place = environment.absolute(path)
            // For a missing file, the verifier decides whether it was recorded.
            guard let status = try? FileStatus.of(place), status.kind == .directory else {
                posts.append((place, path.description, archive.registeredPlace(place), archive.named(place)))
                continue
            }
            do {
                // A walk never follows links, so each file's place follows from the folder's.
                let folder = archive.registeredPlace(place)
                let named = archive.named(place)
                let root = folder.isAbsolute ? archive.rootBelow(place) : nil
                for found in try Walk(place, posts: rules.searched) {
                    let isPost = rules.posts.isPost(found.path)
                    if !isPost, found.kind != .regular { continue }
                    if let failure = found.failure {
                        unreadable.append(PostVerdict(unreadable: path.appending(found.path), failure))
                        continue
                    }
                    if !isPost { others.insert(posts.count) }
                    let inside = root.flatMap { found.path.below($0) } ?? folder.appending(found.path)
                    posts.append(
                        (
                            place.appending(found.path), path.appending(found.path).description, inside,
                            named?.appending(found.path)
                        ))
                }
            } catch {
                unreadable.append(PostVerdict(unreadable: path, error))
            }
        }
        guard !posts.isEmpty || !unreadable.isEmpty else {
            throw Problem(
                .nothing, list.first?.description ?? paths.filesFrom?.description ?? "-",
                "there is no post here: nothing was checked")
        }
        let progress = Progress("posts", total: UInt64(posts.count), quiet: common.quiet || common.json || jsonl)
        let isSingle = posts.count + unreadable.count == 1
        var tally = PostsTally(isSingle: isSingle, keepsAll: common.json && !jsonl)
        tally.take(unreadable) { show($0, $1, isSingle) }
        let verifier = PostVerifier(view)
        var done = 0
        while done < posts.count {
            let batch = Array(posts[done..<min(done + VerifyCommand.postsAtOnce, posts.count)])
            // Other records are sought only if they will be shown.
            let earlier = isSingle || common.json || jsonl ? PostVerifier.maxEarlier : 0
            let all = try verifier.verify(batch, earlier: earlier) { progress.update(UInt64(done + $0)) }
            let first = done
            let verdicts = all.enumerated().filter { !others.contains(first + $0) || VerifyCommand.isOnRecord($1) }.map(
                \.element)
            done += batch.count
            progress.finish()
            tally.take(verdicts) { show($0, $1, isSingle) }
        }
        guard tally.count > 0 else {
            throw Problem(
                .nothing, list.first?.description ?? "-", "there is no post here: nothing was checked")
        }
        try finish(tally, compared: true, pinned: !trust.sets(for: archive.origin).isEmpty, view)
    }

    /// Whether the log says anything of a file whose name is no post's by the rules.
    private static func isOnRecord(_ verdict: PostVerdict) -> Bool {
        verdict.index != nil || verdict.status == .failed
            || verdict.problems.contains { $0.code == Problem.Code.moved.name }
    }

    /// Posts verified at a time. Large, since the log is read once for each group.
    private static let postsAtOnce = 16_384

    /// The archive of the current folder, else of the first post.
    private func find(_ list: [RawPath], _ environment: Environment) throws -> ArchiveFolder {
        do { return try common.folder(environment) } catch let problem as Problem {
            guard common.archive == nil, problem.code == Problem.Code.noArchive.name, let first = list.first else {
                throw problem
            }
            var nearby = environment
            nearby.currentFolder = RealPlace(of: environment.absolute(first), followsLast: false).path.parent
            do { return try ArchiveFolder.find(given: nil, nearby) } catch {
                guard error.code == Problem.Code.noArchive.name else { throw error }
                if try isMissing(environment.absolute(first)) {
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
}
