import Glibc
import ProvenanceArchive
import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceExport
import ProvenanceSystem
import ProvenanceVerification

/// A file named with `-o`; it replaces only an earlier output of its kind.
struct OutputFile {
    /// The kind of output.
    enum Kind {
        case manifest, proof
        case part(SingleFormat)
        /// What `maintain` writes for a monitoring system.
        case report, metrics

        /// The first bytes of such a file; `nil` if the kind has no characteristic beginning.
        fileprivate var beginning: [UInt8]? {
            switch self {
            case .manifest: Array("{\"$format\":\"provenance/manifest".utf8)
            case .proof: Array("c2sp.org/tlog-proof@v1".utf8)
            case .part(let format): format.beginning
            case .report: Array("{\"accession\":".utf8)
            case .metrics: Array("# HELP provenance_".utf8)
            }
        }

        fileprivate var words: String {
            switch self {
            case .manifest: "a manifest"
            case .proof: "a proof"
            case .part(let format): "an earlier \(format.rawValue)"
            case .report: "a report of maintain"
            case .metrics: "figures of maintain"
            }
        }
    }

    /// The absolute path.
    let path: RawPath
    /// Whether it replaces an earlier output of its kind.
    private(set) var isReplaced = false

    /// Refuses a path among the archive's own files, or of a file of another kind, so that nothing is destroyed.
    ///
    /// An empty file may be replaced.
    ///
    /// - Throws: `Problem` with `E-OUTPUT-EXISTS`.
    init(_ output: PathArgument, _ kind: Kind, in archive: ArchiveFolder, _ environment: Environment) throws(Problem) {
        path = environment.absolute(output.path)
        let name = output.description
        try OutputFile.refuseOverlong(path, name)
        try OutputFile.refuseOwn(path, name, archive)
        do {
            guard let status = try FileStatus.of(path) else {
                // git keeps no empty folders, so a clone made before the first export lacks the one for manifests.
                if path.parent == archive.manifests { try DurableFile.createDirectories(path.parent) }
                return
            }
            if status.kind == .regular {
                let present = try FileStream(path)
                guard present.size > 0 else { return }
                if let beginning = kind.beginning, try present.read(upTo: beginning.count) == beginning {
                    isReplaced = true
                    return
                }
            }
        } catch {
            throw Problem(.unreadable, name, error.reason)
        }
        throw Problem(
            .outputExists, name, "there is something else than \(kind.words) already; it was left as it is",
            advice: "give another name, or remove it first")
    }

    /// A folder to make: it must not exist, nor lie among the archive's own files.
    ///
    /// - Throws: `Problem` with `E-OUTPUT-EXISTS`.
    init(newFolder output: PathArgument, in archive: ArchiveFolder, _ environment: Environment) throws(Problem) {
        path = environment.absolute(output.path)
        let name = output.description
        try OutputFile.refuseOverlong(path, name)
        try OutputFile.refuseOwn(path, name, archive)
        do { guard try FileStatus.of(path) != nil else { return } } catch {
            throw Problem(.unreadable, name, error.reason)
        }
        throw Problem(
            .outputExists, name, "there is something already; it was left as it is",
            advice: "give another name, or remove it first")
    }

    /// Refuses a path too long for any system call, before its folders are examined one by one.
    private static func refuseOverlong(_ path: RawPath, _ name: String) throws(Problem) {
        guard path.bytes.count < Int(PATH_MAX) else {
            throw Problem(.unreadable, name, String(cString: strerror(ENAMETOOLONG)))
        }
    }

    private static func refuseOwn(_ path: RawPath, _ name: String, _ archive: ArchiveFolder) throws(Problem) {
        guard let place = archive.relative(path), let first = place.elements.first.map({ RawPath($0) }) else { return }
        let own: [RawPath] = ["keys", "log", "accessions", ArchiveFolder.localFolder]
        guard own.contains(first) else { return }
        throw Problem(
            .outputExists, name, "it lies in \(first)/, which is the archive's own",
            advice: "write it elsewhere, such as to Manifests/")
    }
}
