import ProvenanceEncoding
import ProvenanceNote

/// The result of verifying a manifest.
public struct ManifestReport: Sendable {
    /// How the maker chose the entries.
    public enum Selection: Sendable, Equatable {
        /// Every entry from `from` to `to - 1`.
        case range(from: UInt64, to: UInt64)
        /// Some entries; the description is the maker's and is not checked.
        case filter([String: JSONValue])
    }

    /// The result of comparing a folder of posts with the manifest.
    public struct Posts: Sendable, Equatable {
        /// The folder.
        public let folder: String
        /// Files that were read and hashed.
        public let files: UInt64
        /// Files whose bytes no record of the manifest has.
        public let unmatched: UInt64
    }

    /// The manifest's file, as it was named.
    public let place: String
    /// The tree against which everything was verified.
    public let checkpoint: Checkpoint
    /// The earlier tree that the manifest claims to continue.
    public let since: Checkpoint?
    /// How the maker chose the entries.
    public let selection: Selection
    /// How many entries of each kind.
    public let entries: EntryCounts
    /// How often each claim was proven, asserted, unknown or failed.
    public let counts: ClaimCounts
    /// The folder of posts that was compared, when one was given.
    public let posts: Posts?
    /// The manifest's own keys, as vkeys, for display only; they were not used.
    public let keysShown: [String]
    /// The number of problems reported.
    public let problems: UInt64
    /// What the exit code should be.
    public let status: ExitStatus
    /// The largest number of bytes of the file held at once.
    package let maxHeld: Int

    /// The finding in one sentence, beginning with the verdict.
    public var sentence: String {
        let verdict =
            switch status {
            case .verified: "Verified"
            case .failed: "FAILED"
            case .environment: "Not verified"
            case .inconclusive: "Inconclusive"
            }
        return "\(verdict): \(finding)"
    }

    /// The finding without the verdict.
    public var finding: String {
        let tree = "\(checkpoint.origin), as of size \(checkpoint.size)"
        let compared =
            entries.posts == 0
            ? "; none records a post"
            : posts.map { ", compared with the posts in \($0.folder == "." ? "this folder" : $0.folder)" }
                ?? "; no post was compared"
        switch status {
        case .verified:
            return "\(what) of \(tree): signed by pinned keys and logged\(whole)\(compared)."
        case .failed, .environment: return "\(what) of \(tree): \(problemWords)\(compared)."
        case .inconclusive:
            return
                "\(what) of \(tree): nothing was found wrong, not everything could be checked\(compared)."
        }
    }

    private var problemWords: String { problems == 1 ? "1 problem" : "\(problems) problems" }

    private var what: String {
        let count = entries.all == 1 ? "1 entry" : "\(entries.all) entries"
        switch selection {
        case .range(let from, let to) where from < to:
            return "\(count), the range \(from) to \(to - 1)"
        case .range(let from, _): return "\(count), the empty range at \(from)"
        case .filter: return "\(count), chosen by a filter"
        }
    }

    private var whole: String {
        switch selection {
        case .range:
            let chain = since.map { ", and the log extends that of size \($0.size)" } ?? ""
            return ", nothing between them left out" + chain
        case .filter: return "; it is not shown that there are no others"
        }
    }

    /// What the verdict does not establish, in one line.
    public var limits: String {
        var words = "It does not say that a source site served these bytes, nor that a stated time is true."
        if posts == nil { words += " Sources and times are asserted by the records." }
        if case .filter = selection { words += " The filter's description is the maker's; entries may be left out." }
        words += " Key-life entries outside the manifest are not seen; placements, titles and keys in it are labels."
        return words
    }

    /// The form in `--json`; Documentation/formats/manifest.md, "The report", describes each member.
    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "manifest": .string(place), "checkpoint": ManifestReport.json(checkpoint),
            "entries": entries.json,
            "claims": counts.json, "keysShown": .array(keysShown.map(JSONValue.string)),
            "problems": .number(problems), "status": .string(status.word), "sentence": .string(sentence),
            "limits": .string(limits),
        ]
        switch selection {
        case .range(let from, let to):
            members["selection"] = .object(["kind": .string("range"), "from": .number(from), "to": .number(to)])
        case .filter(let description):
            members["selection"] = .object(["kind": .string("filter"), "filter": .object(description)])
        }
        if let since { members["since"] = ManifestReport.json(since) }
        if let posts {
            members["posts"] = .object([
                "folder": .string(posts.folder), "files": .number(posts.files), "unmatched": .number(posts.unmatched),
            ])
        }
        return .object(members)
    }

    private static func json(_ checkpoint: Checkpoint) -> JSONValue {
        .object([
            "origin": .string(checkpoint.origin), "size": .number(checkpoint.size),
            "root": .string(checkpoint.root.hex),
        ])
    }
}
