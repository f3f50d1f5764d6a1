import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceNote
import ProvenanceSystem
import ProvenanceVerification

/// Exports manifests from an archive: looks up labels, and writes the file durably or not at all.
public struct ManifestExport {
    /// Writes a manifest.
    ///
    /// - Returns: The number of entries.
    public static func write(
        _ view: LogView, labels: ExportLabels, selection: ManifestSelection, since: [UInt8]?, to path: RawPath,
        progress: (UInt64) -> Void = { _ in }
    ) throws(Problem) -> UInt64 {
        let keys = view.archive.keyFiles
        let shown = KeyFiles.Role.allCases.compactMap { try? keys.publishedKey($0) }
        TemporaryPlace.removeAbandoned(of: path)
        return try view.wrapped {
            let file = try GrowingFile(for: path)
            do {
                let count = try ManifestWriter.write(
                    to: file, reader: view.reader, checkpoint: view.note, selection: selection, since: since,
                    keys: shown,
                    labels: { (entry, record) throws(Problem) in
                        record.map { labels.labels(entry, $0) } ?? ManifestLabels()
                    },
                    progress: progress)
                try file.finish(as: path)
                return count
            } catch {
                file.abandon()
                throw error
            }
        }
    }

    /// The range from an earlier checkpoint of this log to the log's end.
    ///
    /// - Throws: `Problem` if the checkpoint is of another log, or this log does not extend it.
    public static func rangeSince(_ note: [UInt8], _ view: LogView, place: String) throws(Problem) -> ManifestSelection
    {
        let checkpoint: Checkpoint
        do { checkpoint = try Checkpoint(parsing: try SignedNote(parsing: note).text) } catch {
            throw Problem(error, place: place)
        }
        guard checkpoint.origin.utf8.elementsEqual(view.archive.origin.utf8) else {
            throw Problem(.usage, place, "it is of the log \(checkpoint.origin), not \(view.archive.origin)")
        }
        return try view.wrapped {
            guard try view.reader.relation(to: checkpoint) == .extends else {
                throw Problem(
                    .consistency, place, "this log does not extend the checkpoint of size \(checkpoint.size)",
                    advice: "see Documentation/when-things-go-wrong.md, \"restored backup\" and \"diverged clones\"")
            }
            guard checkpoint.size > 0 else {
                throw Problem(.usage, place, "a checkpoint of size 0 has nothing to continue; export without --since")
            }
            return .range(from: checkpoint.size, to: view.size)
        }
    }
}
