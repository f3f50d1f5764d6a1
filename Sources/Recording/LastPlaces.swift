import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceRecord
import ProvenanceSystem

/// The places inside the archive at which some entries are registered, from another reading of the registers: their
/// paths take more memory than all else about them.
struct LastPlaces {
    /// A place and the accession that registered it.
    struct Place: Sendable {
        let path: RawPath
        let accession: UInt64
    }

    /// The places of each entry, in the order of the log.
    private let places: [UInt64: [Place]]

    init(of entries: Set<UInt64>, _ reader: LogReader, _ archive: ArchiveFolder) throws {
        let registered = RegisteredPlaces(archive)
        var places: [UInt64: [Place]] = [:]
        try RegisterScan.run(try LoggedAccession.all(reader, archive), in: archive.registers) {
            (line, root, accession) -> (entry: UInt64, place: Place)? in
            guard let entry = line.entry, entries.contains(entry) else { return nil }
            let path = registered.place(root, line.path)
            guard root == ".", path.isPlainRelative else { return nil }
            return (entry, Place(path: path, accession: accession.index))
        } each: { register in
            for (entry, place) in register.found { places[entry, default: []].append(place) }
        }
        self.places = places
    }

    /// All places of an entry, in the order of the log.
    func all(of entry: UInt64) -> [Place] { places[entry] ?? [] }

    /// Whether a post may stand at a place: a file of its size is there, or nobody can tell.
    static func mayHold(_ place: RawPath, _ record: PostRecord) -> Bool {
        do {
            guard let status = try FileStatus.of(place) else { return false }
            return status.kind == .regular && status.size == UInt64(clamping: record.size)
        } catch {
            return true
        }
    }

    /// The first element of the place where an entry was registered last, `.` for one in the archive's own folder: the
    /// folder to which `status` counts the post too, so that both print the same token. `nil` for an entry without place.
    func folder(of entry: UInt64) -> RawPath? {
        places[entry]?.last?.path.topFolder
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
