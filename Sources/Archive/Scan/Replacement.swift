import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// Other bytes at a registered place: a finding that stays open until resolved.
public struct Replacement: Sendable {
    /// The place, as messages name it.
    public let path: String
    /// The entry registered here before.
    public let before: UInt64
    /// The entry of the current bytes; `nil` for a refused file.
    public let now: UInt64?
    /// The parts that changed; empty if they cannot be determined.
    public let parts: [PostRecord.Part]
    /// A further remark: that the file is no longer a post, or that its size and time are unchanged.
    public let remark: String?

    /// The finding as a problem, `E-REPLACED`, exit code 1.
    public var problem: Problem {
        let here = now.map { "the bytes of entry \($0) stand here now" } ?? "other bytes stand here now"
        let changed = parts.isEmpty ? "" : ": \(parts.map(\.rawValue).joined(separator: ", ")) changed"
        let more = remark.map { "; \($0)" } ?? ""
        return Problem(.replaced, path, "entry \(before) stood here before, \(here)\(changed)\(more)")
    }

    /// The form in `--json`.
    public var json: JSONValue {
        .object([
            "path": .string(path), "before": .number(before), "now": now.map { .number($0) } ?? .null,
            "parts": .array(parts.map { .string($0.rawValue) }), "codes": .array(parts.map { .string($0.code) }),
            "remark": .optional(remark),
        ])
    }

    /// Whether a replacement that some version's `add` recorded is a finding.
    ///
    /// Version 0.1.0 treated every replacement as an ordinary update and did not report it, so its users could not
    /// resolve one.
    package static func isFinding(recordedBy version: ExactText) -> Bool { version != "0.1.0" }
}

/// A post as compared with an earlier record of its place.
package struct PostInHand {
    /// Its record, made from the bytes or read from the log; `nil` if the file is no longer a post.
    package let record: PostRecord?
    /// The file's status, if the file is at hand.
    package let status: FileStatus?

    /// A post in hand.
    package init(record: PostRecord?, status: FileStatus?) {
        self.record = record
        self.status = status
    }
}

extension Replacement {
    /// The replacement at a place whose file differs from what was registered there.
    ///
    /// - Parameters:
    ///   - path: The place, for messages.
    ///   - before: The entry registered last, and its record; `nil` for an entry that is not a post's record.
    ///   - now: The entry of the bytes in hand.
    ///   - found: The bytes in hand.
    package init(_ path: String, before: (entry: UInt64, record: PostRecord?), now: UInt64?, found: PostInHand) {
        var remarks: [String] = []
        if found.record == nil { remarks.append("it is no post any more") }
        // Editors and scrapers change the time of what they write; a concealed change or a failing disk does not.
        if let record = before.record, let status = found.status, record.size == Int(clamping: status.size),
            status.modified / 1_000_000 < record.recorded
        {
            remarks.append(
                "its size is as before and its time older than the record: a program that copies may leave it so, an "
                    + "editor does not")
        }
        self.init(
            path: path, before: before.entry, now: now,
            parts: before.record.flatMap { record in found.record.map { record.changedParts(from: $0) } } ?? [],
            remark: remarks.isEmpty ? nil : remarks.joined(separator: "; "))
    }
}
