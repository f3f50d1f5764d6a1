import ProvenanceLog
import ProvenanceNote
import ProvenanceSystem
import ProvenanceVerification

/// Detects a log that was rolled back, for reading commands; `add` makes the same comparison before it signs.
///
/// It compares the log with the checkpoints that its key signed: both copies of `last-signed`, and those in
/// `Manifests/`.
package enum RollbackCheck {
    /// The problems found.
    ///
    /// - Parameters:
    ///   - view: The log.
    ///   - hasOthers: Whether damage to the log's files was reported already; it is not reported again.
    /// - Returns: One problem for each checkpoint that the log does not extend or cannot be compared with.
    package static func problems(_ view: LogView, hasOthers: Bool) -> [Problem] {
        let files = view.archive.keyFiles
        guard let key = try? files.publishedKey(.log) else { return [] }
        var problems: [Problem] = []
        func check(_ body: () throws -> Problem?) {
            do {
                if let problem = try body() { problems.append(problem) }
            } catch let error as LogError where hasOthers || !problems.isEmpty {
                // Damage to the log's files was reported already.
                _ = error
            } catch {
                problems.append(Problem(any: error))
            }
        }
        for path in [view.archive.lastSigned, files.lastSigned] {
            let place = view.archive.relative(path)?.description ?? path.description
            check {
                guard let bytes = try readFileIfPresent(path, limit: Trust.maxKeyFileBytes), bytes != view.note else {
                    return nil
                }
                return try problem(try SignedLog.own(bytes, key, place: place), place, view)
            }
        }
        do {
            for (place, checkpoint) in try ExportedCheckpoints(view.archive).all(signedBy: key) {
                check { try problem(checkpoint, place, view) }
            }
        } catch {
            problems.append(error)
        }
        return problems
    }

    private static func problem(_ earlier: Checkpoint, _ place: String, _ view: LogView) throws -> Problem? {
        let relation = try view.reader.relation(to: earlier)
        // An `add` may have finished since this log was opened: it replaces the checkpoint before `last-signed`.
        if relation == .shorter, try LogView(view.archive, trust: .nothing).size >= earlier.size { return nil }
        return error(relation, view.size, signed: earlier.size, place).map { Problem($0) }
    }

    /// The problem of a log, given its relation to a checkpoint that its key signed.
    ///
    /// - Parameters:
    ///   - relation: The log's relation to the checkpoint.
    ///   - size: The log's size.
    ///   - signed: The checkpoint's size.
    ///   - place: Where the checkpoint was found, for the message.
    /// - Returns: The problem; `nil` if the log extends the checkpoint, or the checkpoint is of another log.
    package static func error(
        _ relation: LogRelation, _ size: UInt64, signed: UInt64, _ place: String
    ) -> LogError? {
        switch relation {
        case .extends, .otherLog: nil
        case .shorter:
            LogError(
                .rolledBack, path: "checkpoint",
                "the log has \(size) entries; \(place) shows that it signed \(signed) already")
        case .diverged:
            LogError(
                .rolledBack, path: "checkpoint",
                "the log is another one than it was at size \(signed), which \(place) shows that it signed")
        }
    }
}
