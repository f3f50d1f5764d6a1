import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenancePost
import ProvenanceRecord
import ProvenanceVerification

/// The contents of the log and the registers in log order, the source for index and status.
///
/// Every entry is authenticated against the checkpoint; a register counts only if its root is the one that its
/// accession entry states.
public struct LogEvents {
    /// One event of a scan.
    public enum Event {
        /// A post's record.
        case post(UInt64, PostRecord)
        /// An accession, and the result of reading its register.
        case accession(UInt64, AccessionRecord, RegisterReader.Outcome)
        /// A line of the preceding accession's register, with its root's name.
        case line(accession: UInt64, root: String, RegisterLine)
        /// Any other entry: of an unknown kind, or malformed.
        case other(UInt64, EntryKind)
    }

    /// Reports the entries from `first` on.
    ///
    /// - Parameters:
    ///   - reader: The log as of its checkpoint.
    ///   - registers: The store of registers.
    ///   - first: The first entry wanted.
    ///   - lines: Whether to read the registers.
    ///   - each: Receives the events. An error it throws ends the scan.
    /// - Throws: An error of the log, or what `each` throws.
    public static func scan(
        _ reader: LogReader, registers: any ArchiveStore, from first: UInt64 = 0, lines: Bool = true,
        _ each: (Event) throws -> Void
    ) throws {
        let width = UInt64(Tile.fullWidth)
        var bundle = first / width
        while bundle * width < reader.size {
            let start = bundle * width
            for (offset, entry) in try reader.entries(bundle: bundle).enumerated() {
                let index = start + UInt64(offset)
                if index < first { continue }
                try visit(entry, index, registers, lines, each)
            }
            bundle += 1
        }
    }

    private static func visit(
        _ entry: ArraySlice<UInt8>, _ index: UInt64, _ registers: any ArchiveStore, _ lines: Bool,
        _ each: (Event) throws -> Void
    ) throws {
        let kind = EntryKind(of: entry)
        switch kind {
        case .post:
            guard let text = noteText(entry), let record = try? PostRecord(parsing: text) else {
                return try each(.other(index, kind))
            }
            try each(.post(index, record))
        case .accession:
            guard let text = noteText(entry), let record = try? AccessionRecord(parsing: text) else {
                return try each(.other(index, kind))
            }
            guard lines else { return try each(.accession(index, record, .absent)) }
            // Read twice: only the end shows whether the lines are authentic, and holding them would take unbounded
            // memory.
            var roots: [String] = []
            let outcome = try RegisterReader.read(
                from: registers, root: record.register, count: record.lines, isVersion2: record.isVersion2,
                roots: { roots = $0 }, line: { _ in })
            try each(.accession(index, record, outcome))
            guard case .authentic = outcome else { return }
            let again = try RegisterReader.read(
                from: registers, root: record.register, count: record.lines, isVersion2: record.isVersion2
            ) { line in
                try each(.line(accession: index, root: line.root < roots.count ? roots[line.root] : "?", line))
            }
            guard again == outcome else {
                let place = "accessions/\(RegisterReader.name(record.register))"
                if case .unreadable(let reason) = again { throw Problem(.storage, place, reason) }
                throw Problem(
                    .register, place, "it changed while it was read", advice: RegisterReader.restoreAdvice)
            }
        case .critical, .unknown: try each(.other(index, kind))
        }
    }

    /// The text of an entry that is a note; its signatures are not verified.
    package static func noteText(_ entry: ArraySlice<UInt8>) -> [UInt8]? {
        (try? SignedNote(parsing: entry))?.text
    }
}
