import ProvenanceLog
import ProvenanceNote
import ProvenanceSystem
import ProvenanceVerification

/// Compares a log with the checkpoints that its key is known to have signed: `last-signed`, here and beside the key, and
/// the newest in Manifests/. For commands that only read; `add` does the same before it signs.
package enum RollbackCheck {
    /// What is wrong.
    ///
    /// - Parameters:
    ///   - view: The log.
    ///   - hasOthers: Whether the log's files have been found wrong already; what cannot be read of them is not said again.
    /// - Returns: One problem for each checkpoint that the log does not extend, or that cannot be compared.
    package static func problems(_ view: LogView, hasOthers: Bool) -> [Problem] {
        let files = view.archive.keyFiles
        guard let key = try? files.publishedKey(.log) else { return [] }
        var problems: [Problem] = []
        func check(_ body: () throws -> Problem?) {
            do {
                if let problem = try body() { problems.append(problem) }
            } catch let error as LogError where hasOthers || !problems.isEmpty {
                // What is wrong with the log's files has been said.
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
        // An `add` may have gone on since this log was opened; the checkpoint is written before anything else says so.
        if relation == .shorter, try LogView(view.archive, trust: .nothing).size >= earlier.size { return nil }
        return error(relation, view.size, signed: earlier.size, place).map { Problem($0) }
    }

    /// What is wrong with a log that stands so to a checkpoint which its own key signed; `nil` where nothing is.
    ///
    /// - Parameters:
    ///   - relation: How the log stands to the checkpoint.
    ///   - size: The log's size.
    ///   - signed: The checkpoint's size.
    ///   - place: Where the checkpoint was found, for the message.
    /// - Returns: The error, `E-LOG-ROLLED-BACK`.
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
