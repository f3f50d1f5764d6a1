import CProvenanceArchive
import Glibc
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// A bundle as one zip file: written by libarchive, read strictly, within limits, into a temporary folder.
public enum ZipFile {
    /// Most files that are unpacked: a million entries with record, proof and post, and room.
    static let maxFiles = 4_000_000
    /// Most bytes that are unpacked: some eight million posts of eight kilobytes.
    static let maxBytes: UInt64 = 64 << 30
    /// Largest file that is unpacked: a manifest of a million entries is one gigabyte.
    static let largestFile: UInt64 = 2 << 30
    /// A zip that unpacks to more than this times its size is a bomb, not a bundle: text shrinks to a fifth.
    static let maxTimes: UInt64 = 100
    /// Up to this size the ratio is not checked.
    static let unasked: UInt64 = 64 << 20
    /// The folder that holds the files in a zip that is written.
    private static let top = "bundle"
    /// 1980-01-01T00:00:00Z, the earliest time that a zip can hold.
    private static let earliest: Int64 = 315_532_800
    private static let pieceSize = 1 << 18

    /// Whether a file is to be read as a zip: it has a zip's name, or begins with a local file header or, in a zip
    /// without files, with the end record.
    public static func isZip(_ path: RawPath) -> Bool {
        guard let status = try? FileStatus.of(path), status.kind == .regular, let stream = try? FileStream(path) else {
            return false
        }
        return isZipName(path) || isZip((try? stream.read(upTo: 4)) ?? [])
    }

    /// Whether the first four bytes of a file are those of a zip.
    public static func isZip(_ beginning: [UInt8]) -> Bool {
        [[0x50, 0x4b, 0x03, 0x04], [0x50, 0x4b, 0x05, 0x06]].contains(beginning)
    }

    /// Whether a name ends in the extension of zip files.
    private static func isZipName(_ path: RawPath) -> Bool {
        path.bytes.suffix(4).map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }.elementsEqual(".zip".utf8)
    }

    private static func requireLibrary(_ place: String) throws(Problem) {
        guard let reason = carchive_unavailable() else { return }
        throw Problem(
            .storage, place, "zip files need libarchive: \(String(cString: reason))",
            advice: "apt-get install libarchive13, or unpack the file and name the folder")
    }

    // MARK: Writing

    /// Packs a bundle's folder; the same files and date give the same bytes.
    ///
    /// - Parameters:
    ///   - folder: The bundle.
    ///   - path: The file to create or to replace.
    ///   - name: The path as typed.
    ///   - seconds: The time of all entries; `nil` means the earliest that a zip can hold.
    /// - Throws: `Problem`; no file is left then, except a zip whose name could not be made durable.
    public static func pack(_ folder: RawPath, to path: RawPath, name: String, seconds: Int64?) throws(Problem) {
        try requireLibrary(name)
        let files = try BundleFiles(folder)
        if let problem = files.problems.first { throw problem }
        let temporary = TemporaryPlace(TemporaryPlace.path(for: path))
        do {
            // The file is created before libarchive opens it, so that it is locked from its first byte on.
            try DurableFile.remove(temporary.path)
            _ = try NewFile(temporary.path, mode: 0o644)
            temporary.lock()
            try pack(files, folder, temporary.path, name, seconds)
            try FolderTree.sync(path.parent)
            try DurableFile.rename(temporary.path, to: path)
            // The file has its name; whether that survives a power loss depends on the file system.
            temporary.keep()
            try DurableFile.syncDirectory(path.parent)
        } catch {
            throw Problem(any: error)
        }
    }

    private static func pack(
        _ files: BundleFiles, _ folder: RawPath, _ temporary: RawPath, _ name: String, _ seconds: Int64?
    ) throws {
        guard let zip = temporary.withCString({ carchive_create($0) }) else {
            throw Problem(.storage, name, "the zip file cannot be made")
        }
        var isOpen = true
        defer { if isOpen { carchive_close(zip) } }
        func failure() -> Problem { Problem(.storage, name, String(cString: carchive_error(zip))) }
        for (path, size) in files.files {
            let mode: UInt32 = path == "verify.sh" ? 0o755 : 0o644
            let begun = carchive_begin(
                zip, "\(top)/\(path)", Int64(clamping: size), mode, max(earliest, seconds ?? earliest))
            guard begun == 0 else { throw failure() }
            let stream = try FileStream(folder.appending(RawPath(path)))
            while true {
                let piece = try stream.read(upTo: pieceSize)
                if piece.isEmpty { break }
                guard piece.withUnsafeBytes({ carchive_write(zip, $0.baseAddress, $0.count) }) == 0 else {
                    throw failure()
                }
            }
        }
        isOpen = false
        guard carchive_close(zip) == 0 else { throw Problem(.storage, name, "the zip file could not be finished") }
    }

    // MARK: Reading

    /// Unpacks a zip into a temporary folder, passes the bundle's folder to `body`, and removes everything afterwards,
    /// also when a signal that can be caught ends the process.
    ///
    /// - Throws: `Problem` with `E-BUNDLE-MALFORMED`, exit code 2, for a file that is not a zip, exceeds a limit, or
    ///   could be read in two ways.
    public static func unpacked<Result>(
        _ path: RawPath, name: String, _ body: (RawPath) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        if let reason = cinflate_unavailable() {
            throw Problem(
                .storage, name, "zip files need zlib: \(String(cString: reason))",
                advice: "apt-get install zlib1g, or unpack the file and name the folder")
        }
        let place = try makeFolder()
        try ZipUnpacking.unpack(path, name: name, into: place.path)
        return try withExtendedLifetime(place) { () throws(Problem) in try body(bundleFolder(place.path)) }
    }

    private static func makeFolder() throws(Problem) -> TemporaryPlace {
        let named = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        let parent = named.isEmpty ? "/tmp" : named
        do { return try TemporaryPlace.folder(in: RawPath(parent), prefix: "provenance-zip") } catch {
            throw Problem(.storage, parent, "a folder to unpack the zip in cannot be made: \(error.reason)")
        }
    }

    /// The folder itself, or its only subfolder if beside that there are only files that file managers leave.
    private static func bundleFolder(_ folder: RawPath) -> RawPath {
        guard let names = try? listFolder(folder) else { return folder }
        let folders = names.filter { name in
            (try? FileStatus.of(folder.appending(name)))??.kind == .directory && name.bytes != Litter.macFolder
        }
        guard folders.count == 1, let only = folders.first else { return folder }
        let isAlone = names.allSatisfy { name in
            name == only || name.bytes == Litter.macFolder || Litter.names.contains(name.bytes)
                || name.bytes == Litter.appleDouble + only.bytes
        }
        return isAlone ? folder.appending(only) : folder
    }

    /// The problem of a zip that is refused, with advice.
    static func malformed(_ name: String, _ words: String) -> Problem {
        Problem(
            .noBundle, name, words,
            advice: "get it from its maker again, or unpack it with a program you trust, and name the folder")
    }
}
