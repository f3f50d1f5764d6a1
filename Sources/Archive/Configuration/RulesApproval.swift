import ProvenanceEncoding
import ProvenanceLog
import ProvenanceRecord

/// An approval in the log: an accession that names rules by their digest.
public struct RulesApproval: Hashable, Sendable {
    /// The accession's entry.
    public let entry: UInt64
    /// SHA-256 of the rules' canonical text.
    public let digest: Digest

    /// An approval from its parts.
    public init(entry: UInt64, digest: Digest) {
        self.entry = entry
        self.digest = digest
    }

    /// The approval that is in force after some accessions, which are in the order of the log.
    ///
    /// Every accession names the rules that it was made under. One that names none was made under the defaults, or by a
    /// program that knows no rules: it takes no approval back.
    package init?(after accessions: [LoggedAccession]) {
        guard let last = accessions.last(where: { $0.record.rules != nil }), let digest = last.record.rules else {
            return nil
        }
        self.init(entry: last.index, digest: digest)
    }

    /// Entries read at a time, from the end of the log: the last accession is one of the last entries.
    private static let window: UInt64 = 256 * 256

    /// The approval in force in a log, from its entries, the newest first.
    ///
    /// - Throws: `Problem` of the log.
    public static func find(_ reader: LogReader, in archive: ArchiveFolder) throws(LogError) -> RulesApproval? {
        var end = reader.size
        while end > 0 {
            let start = end - min(end, window)
            let accessions = try EntryScan.run(
                archive.storage, reader.checkpoint, in: start..<end, start: [LoggedAccession]()
            ) { entry, index, found in
                if case .accession = EntryBeginning(entry), let record = AccessionRecord(entry: entry),
                    record.rules != nil
                {
                    found.append(LoggedAccession(index: index, record: record))
                }
            }
            if let approval = RulesApproval(after: accessions.flatMap { $0 }) { return approval }
            end = start
        }
        return nil
    }
}
