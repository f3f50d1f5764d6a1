import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceVerification

extension ArchiveRepair {
    /// The result of a repair.
    public struct Report: Sendable {
        /// The checkpoint that everything was compared with.
        public let checkpoint: Checkpoint
        /// Whether writing was disabled.
        public let isDryRun: Bool
        /// The source of the bytes.
        public let source: String
        /// Number of files examined, the checkpoint included.
        public internal(set) var files: UInt64 = 0
        /// Files restored, or to be restored in a dry run, and what was wrong with each.
        public internal(set) var restored: [LogRepair.Item] = []
        /// Files that could not be restored, and checkpoints that contradict the log's.
        public internal(set) var problems: [Problem] = []
        /// Remarks that do not affect the status.
        public internal(set) var remarks: [String] = []
        /// Whether another checkpoint of the archive could not be compared with the log's.
        public internal(set) var isUndecided = false

        /// The exit status: 0 only if no damage remains, a file was examined, and no checkpoint of the archive
        /// contradicts or may contradict the log's.
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

        /// Adds the results for the files.
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
