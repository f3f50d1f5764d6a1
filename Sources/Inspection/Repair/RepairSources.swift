import ProvenanceEncoding
import ProvenanceLog
import ProvenanceSystem
import ProvenanceVerification

/// Detects the kind of a repair's source by the files at its path.
enum RepairSources {
    /// The kind of a source.
    enum Kind {
        /// A log's folder, or an archive that contains one.
        case copy(LogCopy)
        /// A bundle's folder, whose records are entries.
        case bundle(RawPath)
        /// An exported manifest.
        case manifest(RawPath)
    }

    /// The kind of source at a path.
    ///
    /// - Throws: `Problem` with `E-UNREADABLE` if it cannot be read, `E-USAGE` for any other kind of file.
    static func kind(_ path: RawPath, name: String) throws(Problem) -> Kind {
        func isThere(_ below: String, _ kind: FileStatus.Kind) -> Bool {
            ((try? FileStatus.of(path.appending(RawPath(below)))) ?? nil)?.kind == kind
        }
        let status: FileStatus?
        do { status = try FileStatus.of(path) } catch { throw Problem(.unreadable, name, error.reason) }
        switch status?.kind {
        case nil: throw Problem(.unreadable, name, "there is nothing here")
        case .regular: return .manifest(path)
        case .special: throw Problem(.usage, name, "neither a file nor a folder")
        case .directory, .link:
            if isThere("bagit.txt", .regular) { return .bundle(path) }
            if isThere("tile", .directory) || isThere("checkpoint", .regular) { return .copy(LogCopy(path)) }
            if isThere("log", .directory) { return .copy(LogCopy(path.appending("log"))) }
            throw Problem(
                .usage, name, "neither a copy of a log or an archive, nor a manifest or a bundle",
                advice:
                    "name the folder that holds checkpoint and tile/, or one with log/ in it; unpack a zip file first")
        }
    }
}

/// The records of a bundle as entries: `records/<index>.note`.
struct BundleEntries: RepairSource {
    let folder: RawPath

    func file(_ path: String, limit: Int) -> [UInt8]? { nil }

    func entry(_ index: UInt64) -> [UInt8]? {
        try? readFile(below: folder, RawPath("records/\(index).note"), limit: EntryBundle.maxEntryBytes).bytes
    }

    var place: String { folder.description }
}
