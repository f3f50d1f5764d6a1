import ProvenanceEncoding
import ProvenanceNote
import ProvenanceVerification

/// The result of verifying a bundle.
public struct BundleReport: Sendable {
    /// The folder or zip file, as it was named.
    public let place: String
    /// The tree against which everything was verified; `nil` when the checkpoint is malformed.
    public let checkpoint: Checkpoint?
    /// How the entries were chosen, according to `bag-info.txt`.
    public let selection: String?
    /// How many entries of each kind.
    public let entries: EntryCounts
    /// How often each claim was proven, asserted, unknown or failed.
    public let counts: ClaimCounts
    /// The number of posts compared; `nil` when posts are withheld.
    public let posts: UInt64?
    /// Whether a pinned key's signature over the lists was verified.
    public let areViewsProven: Bool
    /// The bundle's own public keys, as vkeys, for display only; they were not used.
    public let keysShown: [String]
    /// The number of problems reported.
    public let problems: UInt64

    /// What the exit code should be.
    public var status: ExitStatus { counts.status }

    /// The finding in one sentence, without the verdict.
    public var sentence: String {
        let origin = checkpoint.map { " of \($0.origin)" } ?? ""
        let size = checkpoint.map { ", as of size \($0.size)" } ?? ""
        let isRange = selection.map { $0 != "filter" } ?? false
        let which = isRange ? ", the range \(selection ?? "")" : ", chosen by a filter"
        let what = "\(count(entries.all, "entry", "entries"))\(origin)\(which)\(size)"
        let compared = posts.map { "; \(count($0, "post", "posts")) compared" } ?? "; no post was compared"
        switch status {
        case .verified:
            let whole = isRange ? ", nothing between its ends left out" : "; it is not shown that there are no others"
            return "\(what): signed by pinned keys and logged\(whole)\(compared)."
        case .failed, .environment: return "\(what): \(count(problems, "problem", "problems"))\(compared)."
        case .inconclusive: return "\(what): nothing was found wrong, not everything could be checked\(compared)."
        }
    }

    private func count(_ number: UInt64, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }

    /// What the verdict does not establish, in one line.
    public var limits: String {
        var words = "It does not say that a source site served these bytes, nor that a stated time is true."
        if posts == nil { words += " Sources and times are asserted by the records." }
        if !areViewsProven {
            words += " No pinned key signed the lists: the other files may have been put together by anybody."
        }
        return words
    }

    /// The form in `--json`.
    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "bundle": .string(place), "status": .string(status.word), "sentence": .string(sentence),
            "limits": .string(limits), "claims": counts.json, "problems": .number(problems),
            "keysShown": .array(keysShown.map(JSONValue.string)),
            "entries": entries.json,
            "postsCompared": posts.map { .number($0) } ?? .null, "selection": .optional(selection),
        ]
        if let checkpoint {
            members["checkpoint"] = .object([
                "origin": .string(checkpoint.origin), "size": .number(checkpoint.size),
                "root": .string(checkpoint.root.hex),
            ])
        }
        return .object(members)
    }
}
