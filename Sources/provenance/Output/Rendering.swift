import ProvenanceArchive
import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceNote
import ProvenancePost
import ProvenanceVerification

/// Maximum sizes of files that commands read in full.
enum Limits {
    /// A tlog-proof with its record.
    static let maxProofBytes = TlogProof.maxBytes
    /// An entry.
    static let maxEntryBytes = ProofVerifier.maxEntryBytes
    /// A post.
    static let largestPost = Post.maxSize
    /// A checkpoint or a key file.
    static let maxNoteBytes = SignedNote.maxNoteBytes
}

/// Formats verdicts for people.
enum Rendering {
    static let limits =
        "Limits: this shows what the keys signed and the log holds, not that a source served these bytes or that a "
        + "stated time is true."

    // MARK: Posts

    static func posts(_ tally: PostsTally, _ status: ExitStatus, _ console: Console, compared: Bool) {
        // Where nothing could be read there is no claim, and so nothing that a verdict could be limited to.
        let hasClaims = !tally.claims.subjects.isEmpty
        if tally.isSingle, let verdict = tally.verdicts.first {
            one(verdict, console)
        } else if hasClaims {
            console.table(tally.claims)
        }
        console.line()
        console.conclude(status, sentence(tally, status, compared: compared), limits: hasClaims ? limits : nil)
    }

    private static func one(_ verdict: PostVerdict, _ console: Console) {
        console.line(console.paint(Console.escape(verdict.path), .bold))
        console.line()
        for claim in verdict.claims {
            let code = claim.code.map { "  [\($0)]" } ?? ""
            let text =
                "  \(Console.pad(claim.subject.rawValue, 13))\(console.standing(claim.standing))  "
                + Console.escape(claim.detail) + code
            if claim.standing == .failed { console.failure(text) } else { console.line(text) }
        }
        for warning in verdict.warnings {
            console.line("  \(warning.code.rawValue)  line \(warning.line): \(Console.escape(warning.message))")
        }
        // A problem that a claim has stated already is repeated only if it adds advice.
        for problem in verdict.problems
        where problem.advice != nil || !verdict.claims.contains(where: { $0.code == problem.code }) {
            console.problem(problem, toOutput: true)
        }
        earlier(verdict, console)
    }

    private static func earlier(_ verdict: PostVerdict, _ console: Console) {
        guard !verdict.earlier.isEmpty else { return }
        console.line()
        console.line("  Other records of this address or place:")
        for other in verdict.earlier {
            console.line(
                "  entry \(Console.pad(String(other.index), 8)) \(Console.pad(other.reason, 13)) recorded "
                    + "\(UTCTime.text(other.recorded))  sha256 \(other.sha256.hex.prefix(16))…")
        }
        let more = verdict.earlierCount - verdict.earlier.count
        if more > 0 { console.line("  and \(more) more") }
    }

    /// Prints the new problems of one of several posts.
    static func offences(_ verdict: PostVerdict, _ news: [Problem], _ console: Console) {
        for problem in news { console.problem(problem, toOutput: true) }
        guard verdict.problems.isEmpty else { return }
        for claim in verdict.claims where claim.status != .verified {
            console.failure("\(claim.code ?? "")  \(Console.escape(verdict.path)): \(Console.escape(claim.detail))")
        }
    }

    private static func sentence(_ tally: PostsTally, _ status: ExitStatus, compared: Bool) -> String {
        let bad = tally.count(of: status)
        let size = tally.checkpoint ?? "no checkpoint"
        switch status {
        case .verified where !compared:
            return "the entry is signed and in the log (\(size)); no post was compared."
        case .verified:
            return "\(Console.count(tally.count, "post is", "posts are")) what was recorded (as of \(size))."
        case .failed:
            return "\(bad) of \(Console.count(tally.count, "post")) \(bad == 1 ? "is" : "are") not what was recorded."
        case .environment: return "\(bad) of \(Console.count(tally.count, "post")) could not be read."
        case .inconclusive:
            return "nothing was found wrong, but \(bad) of \(Console.count(tally.count, "post")) could not be proven."
        }
    }

    // MARK: Manifests

    static func manifest(_ report: ManifestReport, _ status: ExitStatus, _ console: Console, hint: [String]) {
        console.line("manifest     \(Console.escape(report.place))")
        console.line("log          \(Console.escape(report.checkpoint.origin)), size \(report.checkpoint.size)")
        switch report.selection {
        case .range(let from, let to):
            console.line("selection    every entry from \(from) to \(to > 0 ? to - 1 : 0): \(report.entries.all)")
        case .filter: console.line("selection    a filter's choice: \(report.entries.all); there may be others")
        }
        if let since = report.since { console.line("continues    the log of size \(since.size)") }
        console.line(
            "entries      \(Console.count(report.entries.posts, "post")), "
                + "\(Console.count(report.entries.accessions, "accession")), \(report.entries.unknown) of unknown kind")
        if let posts = report.posts {
            console.line(
                "posts        \(Console.escape(posts.folder)): \(Console.count(posts.files, "file")) read, "
                    + "\(posts.unmatched) on no record of this manifest")
        }
        console.line()
        console.table(report.counts)
        console.line()
        console.conclude(status, report.finding, limits: "Limits: " + report.limits)
        for line in hint { console.diagnostic(line) }
    }

    // MARK: Bundles

    static func bundle(_ report: BundleReport, _ status: ExitStatus, _ console: Console, hint: [String]) {
        console.line("bundle       \(Console.escape(report.place))")
        if let checkpoint = report.checkpoint {
            console.line("log          \(Console.escape(checkpoint.origin)), size \(checkpoint.size)")
        }
        switch report.selection {
        case nil: break
        case "filter": console.line("selection    a filter's choice: \(report.entries.all); there may be others")
        case let range?: console.line("selection    every entry of \(range): \(report.entries.all)")
        }
        console.line(
            "entries      \(Console.count(report.entries.posts, "post")), "
                + "\(Console.count(report.entries.accessions, "accession")), \(report.entries.unknown) of unknown kind")
        console.line(
            "posts        " + (report.posts.map { "\(Console.count($0, "post")) compared" } ?? "withheld"))
        console.line()
        console.table(report.counts)
        console.line()
        console.conclude(status, report.sentence, limits: "Limits: " + report.limits)
        for line in hint { console.diagnostic(line) }
    }

    // MARK: Keys

    /// The command that pins keys, with their fingerprints, for a verdict without pinned keys.
    static func pinHint(_ keys: [String]) -> [String] {
        guard !keys.isEmpty else {
            return [
                "Nothing is pinned. Get the public keys from somewhere else than this archive, then: provenance key pin FOLDER"
            ]
        }
        var lines = [
            "No key is pinned for this log. These are the keys that it shows; compare them with what the operator publishes:"
        ]
        for text in keys {
            guard let key = try? VerifierKey(parsing: text) else { continue }
            let fingerprint = key.fingerprint()
            lines.append("  \(Console.escape(key.name))  \(fingerprint)")
        }
        lines.append(
            "Compare the fingerprints with what the operator published elsewhere, then: provenance key pin FOLDER")
        return lines
    }

    /// The keys that an archive publishes.
    static func publishedKeys(_ archive: ArchiveFolder) -> [String] {
        let files = archive.keyFiles
        return KeyFiles.Role.allCases.compactMap { try? files.publishedKey($0).description }
    }
}
