import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceRecord

/// The places inside the archive at which some entries are registered, from another reading of the registers: their
/// paths take more memory than all else about them.
struct LastPlaces {
    /// The paths of each entry, in the order of the log.
    private let paths: [UInt64: [RawPath]]

    init(of entries: Set<UInt64>, _ reader: LogReader, _ archive: ArchiveFolder) throws {
        let registered = RegisteredPlaces(archive)
        var paths: [UInt64: [RawPath]] = [:]
        try RegisterScan.run(try LoggedAccession.all(reader, archive), in: archive.registers) {
            (line, root, _) -> (entry: UInt64, path: RawPath)? in
            guard let entry = line.entry, entries.contains(entry) else { return nil }
            let path = registered.place(root, line.path)
            return root == "." && path.isPlainRelative ? (entry, path) : nil
        } each: { register in
            for (entry, path) in register.found { paths[entry, default: []].append(path) }
        }
        self.paths = paths
    }

    /// All places of an entry.
    func all(of entry: UInt64) -> [RawPath] { paths[entry] ?? [] }

    /// The first element of the place where an entry was registered last, `.` for one in the archive's own folder: the
    /// folder to which `status` counts the post too, so that both print the same token. `nil` for an entry without place.
    func folder(of entry: UInt64) -> RawPath? {
        guard let last = paths[entry]?.last else { return nil }
        guard last.elements.count > 1, let first = last.elements.first else { return "." }
        return RawPath(first)
    }
}

extension LoggedAccession {
    /// All accessions of a log, in its order.
    static func all(_ reader: LogReader, _ archive: ArchiveFolder) throws -> [LoggedAccession] {
        try EntryScan.run(archive.storage, reader.checkpoint, start: [LoggedAccession]()) { entry, index, found in
            if case .accession = EntryBeginning(entry), let record = AccessionRecord(entry: entry) {
                found.append(LoggedAccession(index: index, record: record))
            }
        }.flatMap { $0 }
    }
}
