import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceVerification

extension ArchiveRepair {
    /// What a repair came to.
    public struct Report: Sendable {
        /// The checkpoint that everything was compared with.
        public let checkpoint: Checkpoint
        /// Whether anything was to be written.
        public let isDryRun: Bool
        /// Where bytes were taken from.
        public let source: String
        /// Files looked at, the checkpoint among them.
        public internal(set) var files: UInt64 = 0
        /// Files restored, or to be restored, and what was wrong with each.
        public internal(set) var restored: [LogRepair.Item] = []
        /// Files that could not be, and checkpoints that say something else than the log's.
        public internal(set) var problems: [Problem] = []
        /// Remarks that make nothing fail.
        public internal(set) var remarks: [String] = []
        /// Whether another checkpoint that the archive keeps could not be compared with the log's.
        public internal(set) var isUndecided = false

        /// The exit code: 0 only when nothing is damaged any more, something was looked at, and no checkpoint that the
        /// archive keeps says, or may say, otherwise.
        public var status: ExitStatus {
            let worst = problems.map(\.status).max() ?? .verified
            let isEmpty = checkpoint.size == 0 && restored.isEmpty
            return max(worst, isEmpty || isUndecided ? .inconclusive : .verified)
        }

        /// The form in `--json`.
        public var json: JSONValue {
            .object([
                "status": .string(status.word), "origin": .string(checkpoint.origin), "size": .number(checkpoint.size),
                "root": .string(checkpoint.root.hex), "from": .string(source), "dryRun": .bool(isDryRun),
                "files": .number(files),
                "restored": .array(
                    restored.map { item in
                        .object([
                            "path": .string("log/" + item.path), "found": .string(item.found),
                            "first": .number(item.entries.lowerBound), "end": .number(item.entries.upperBound),
                        ])
                    }),
                "problems": .array(problems.map(\.json)), "remarks": .array(remarks.map(JSONValue.string)),
            ])
        }

        /// Notes what became of the files.
        mutating func add(_ result: LogRepair.Result) {
            files += result.files
            for item in result.items {
                guard let failure = item.failure else {
                    restored.append(item)
                    continue
                }
                let last = item.entries.last.map { " (entries \(item.entries.lowerBound) to \($0))" } ?? ""
                problems.append(
                    Problem(
                        .notRestored, "log/" + item.path, "\(item.found); \(failure)\(last)",
                        advice: "name another copy, or a manifest that holds these entries"))
            }
        }
    }
}
