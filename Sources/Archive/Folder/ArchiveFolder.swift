import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceLog
import ProvenanceNote
import ProvenanceSQLiteIndex
import ProvenanceSystem
import ProvenanceVerification

/// An archive on disk: its paths, and the origin of its log.
///
/// ```swift
/// let environment = Environment.ofProcess()
/// let archive = try ArchiveFolder.find(given: nil, environment)
/// let view = try LogView(archive, trust: try Trust.folder(archive.keys))
/// print("\(archive.root): \(view.size) entries of \(archive.origin)")
/// ```
///
/// The example trusts the keys inside the archive, which only its operator may do.
public struct ArchiveFolder: Sendable {
    /// The archive's root, absolute and without links.
    public let root: RawPath
    /// The root, resolved, for comparison with paths in any spelling.
    private let place: RealPlace
    /// The log's origin.
    public var origin: String { configuration.origin }
    /// The folder of the private keys if it is not `keys/`. Chosen by the user, never read from the archive.
    public var privateKeys: RawPath?
    /// Other places for published data and the index; `nil` for the files of this folder.
    public var engines: ArchiveEngines?

    /// What `.provenance/config` holds. Only the rules that the log approved are in force (``RulesInForce``).
    public var configuration: ConfigurationFile
    /// The archive's own folders, which a walk for posts skips.
    package static let ownFolders: [RawPath] = ["keys", "log", "accessions", "Manifests"]

    /// The local folder.
    public static let localFolder: RawPath = ".provenance"

    var local: RawPath { root.appending(ArchiveFolder.localFolder) }
    package var config: RawPath { local.appending("config") }
    /// The lock file.
    public var lock: RawPath { local.appending("lock") }
    /// What `maintain` remembers between runs.
    package var maintenance: RawPath { local.appending("maintain") }
    package var lastSigned: RawPath { local.appending("last-signed") }
    /// The newest checkpoint that a shared repository is known to hold.
    package var published: RawPath { local.appending("published") }
    /// Stands here while the log may end in entries that no push has brought to the shared repository.
    package var unpublished: RawPath { local.appending("unpublished") }
    /// The lock of a run that publishes, from its first look at the shared repository to its last.
    package var publishLock: RawPath { local.appending("publish") }
    /// Which commit the files here are being brought to.
    package var publishMove: RawPath { local.appending("publish-move") }
    /// The index of git in which a commit is put together.
    package var publishIndex: RawPath { local.appending("publish-index") }
    /// Files that version 0.1.0 wrote and this version does not read.
    var formerNotes: [RawPath] { [local.appending("digests"), local.appending("manifests-seen")] }
    /// The derived index.
    public var index: RawPath { local.appending("index.sqlite") }
    /// Public keys, and by default the private ones.
    public var keys: RawPath { root.appending("keys") }
    /// The key files: public ones in `keys/`, private ones there or elsewhere.
    public var keyFiles: KeyFiles { KeyFiles(keys, privateKeys: privateKeys) }
    /// The log's static files.
    public var log: RawPath { root.appending("log") }
    /// The registers.
    public var accessions: RawPath { root.appending("accessions") }
    /// Rules that the log approved, and the files approved with them.
    public var rules: RawPath { root.appending("rules") }
    /// Exported manifests.
    public var manifests: RawPath { root.appending("Manifests") }
    /// Where the derived index is kept.
    public var indexLocation: any IndexLocation { engines?.index ?? SQLiteIndexFile(index) }
    /// The store of the log's files.
    public var storage: any ArchiveStore { engines?.log ?? FolderStore(log) }
    /// The store of the registers. Separate from the log's, since its paths and permissions differ.
    public var registers: any ArchiveStore { engines?.registers ?? FolderStore(flat: accessions, pending: "register") }

    /// The name of the first signer.
    public static func signerName(_ origin: String) -> String { origin + "/signer" }

    init(root: RawPath, _ configuration: ConfigurationFile) {
        place = RealPlace(of: root, followsLast: true)
        self.root = place.path
        self.configuration = configuration
    }

    /// Finds the archive as git does: the folder given, else `PROVENANCE_ARCHIVE`, else the nearest parent that holds
    /// `.provenance/`.
    ///
    /// - Throws: `Problem` with `E-NO-ARCHIVE` or `E-ARCHIVE-VERSION`.
    public static func find(given: RawPath?, _ environment: Environment) throws(Problem) -> ArchiveFolder {
        var archive = try locate(given, environment)
        archive.privateKeys = environment.privateKeys.map { environment.absolute($0) }
        return archive
    }

    private static func locate(_ given: RawPath?, _ environment: Environment) throws(Problem) -> ArchiveFolder {
        if let given = given ?? environment.archiveVariable {
            return try open(environment.absolute(given))
        }
        // Parents are those of the resolved folder: the parent of a link may lie in another archive.
        var folder = RealPlace(of: environment.currentFolder, followsLast: true).path
        while true {
            if try exists(folder.appending(localFolder).appending("config")) { return try open(folder) }
            if folder == "/" || folder == "." { break }
            folder = folder.parent
        }
        throw Problem(
            .noArchive, environment.currentFolder.description,
            "neither this folder nor one above it holds an archive (.provenance/config)",
            advice: "run `provenance init --origin NAME` in the archive's folder, or give --archive DIR")
    }

    /// The root of the archive that contains a path. The path is resolved first, links included.
    ///
    /// - Returns: `nil` if no folder above the path is an archive.
    public static func enclosing(_ path: RawPath) throws(Problem) -> RawPath? {
        var folder = path.real ?? path
        while true {
            if try exists(folder.appending(localFolder).appending("config")) { return folder }
            guard folder.parent != folder else { return nil }
            folder = folder.parent
        }
    }

    private static func exists(_ path: RawPath) throws(Problem) -> Bool {
        do { return try FileStatus.of(path) != nil } catch { throw Problem(error) }
    }

    static func open(_ root: RawPath) throws(Problem) -> ArchiveFolder {
        let path = root.appending(localFolder).appending("config")
        let bytes: [UInt8]
        do {
            guard let found = try readFileIfPresent(path, limit: ConfigurationFile.maxBytes) else {
                throw Problem(
                    .noArchive, root.description, "no archive here (.provenance/config is missing)",
                    advice: "name the folder that holds .provenance, or make an archive: "
                        + "`provenance init --origin NAME`")
            }
            bytes = found
        } catch let error as FileError {
            throw Problem(error)
        } catch let error as Problem {
            throw error
        } catch {
            throw Problem(.storage, path.description, "\(error)")
        }
        return ArchiveFolder(root: root, try ConfigurationFile(parsing: bytes, place: path.description))
    }

    /// Replaces the config, and opens the archive as the new one states.
    package func replacingConfig(_ bytes: [UInt8]) throws(Problem) -> ArchiveFolder {
        _ = try ConfigurationFile(parsing: bytes, place: config.description)
        do { try DurableFile.replace(config, with: bytes) } catch { throw Problem(error) }
        var archive = try ArchiveFolder.open(root)
        (archive.privateKeys, archive.engines) = (privateKeys, engines)
        return archive
    }

    /// Takes the archive's lock for a writing command.
    public func takeLock(
        timeout: Double, shouldStop: @Sendable () -> Bool = { false }
    ) throws(Problem) -> FileLock {
        do { return try FileLock(lock, timeout: timeout, shouldStop: shouldStop) } catch { throw Problem(error) }
    }

    /// A path relative to the archive, or `nil` outside it.
    ///
    /// Links, `..` and bind mounts in its spelling are resolved; a link in the last element stands for itself.
    public func relative(_ absolute: RawPath) -> RawPath? {
        let lies = RealPlace(of: absolute, followsLast: false)
        if let path = lies.relative(to: place) { return path }
        // A link to the root is the root.
        return RealPlace(of: absolute, followsLast: true).relative(to: place) == "." ? "." : nil
    }

    /// A place as registers name it: relative to the archive, or absolute and resolved if it lies elsewhere.
    public func registeredPlace(_ absolute: RawPath) -> RawPath {
        relative(absolute) ?? RealPlace(of: absolute, followsLast: false).path
    }

    /// The path below the root as it was spelled, if a link in it leads elsewhere; else `nil`.
    public func named(_ absolute: RawPath) -> RawPath? {
        guard let path = absolute.below(root), path != relative(absolute) else { return nil }
        return path
    }

    /// The archive's root relative to a folder that contains it or equals it; `nil` for any other folder.
    public func rootBelow(_ folder: RawPath) -> RawPath? {
        place.relative(to: RealPlace(of: folder, followsLast: true))
    }
}
