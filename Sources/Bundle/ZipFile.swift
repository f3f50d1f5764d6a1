import Archive
import CArchive
import Files
import Glibc

/// A bundle as one zip file, written and read by libarchive; what is read is bounded, and stays in its folder.
public enum ZipFile {
    /// Most files that are unpacked: a million entries with record, proof and post, and room.
    static let mostFiles = 4_000_000
    /// Most bytes that are unpacked: some eight million posts of eight kilobytes.
    static let mostBytes: UInt64 = 64 << 30
    /// Largest file that is unpacked: a manifest of a million entries is one gigabyte.
    static let largestFile: UInt64 = 2 << 30
    /// A zip that unpacks to more than this times its size is a bomb, not a bundle: text shrinks to a fifth.
    static let mostTimes: UInt64 = 100
    /// Below this nobody asks for the ratio.
    static let unasked: UInt64 = 64 << 20
    /// The folder that holds the files in a zip that is written.
    private static let top = "bundle"
    /// 1980-01-01T00:00:00Z, the earliest time that a zip can hold.
    private static let earliest: Int64 = 315_532_800
    private static let pieceSize = 1 << 18

    /// Whether a file begins as a zip does: with a local file header, or, without files, with the end of the directory.
    public static func isZip(_ path: RawPath) -> Bool {
        guard let status = try? FileStatus.of(path), status.kind == .regular, let stream = try? FileStream(path) else {
            return false
        }
        return isZip((try? stream.read(upTo: 4)) ?? [])
    }

    /// Whether the first four bytes of a file are those of a zip.
    public static func isZip(_ beginning: [UInt8]) -> Bool {
        [[0x50, 0x4b, 0x03, 0x04], [0x50, 0x4b, 0x05, 0x06]].contains(beginning)
    }

    private static func requireLibrary(_ place: String) throws(Problem) {
        guard let reason = carchive_unavailable() else { return }
        throw Problem(
            .storage, place, "zip files need libarchive: \(String(cString: reason))",
            advice: "apt-get install libarchive13, or unpack the file and name the folder")
    }

    // MARK: Writing

    /// Packs a bundle's folder; the same files and day give the same bytes.
    ///
    /// - Parameters:
    ///   - folder: The bundle.
    ///   - path: The file to make, or to replace.
    ///   - name: The path as typed.
    ///   - seconds: The time of all entries; `nil` is the earliest that a zip can hold.
    /// - Throws: `Problem`; nothing is left behind then.
    public static func pack(_ folder: RawPath, to path: RawPath, name: String, seconds: Int64?) throws(Problem) {
        try requireLibrary(name)
        let files = try BundleFiles(folder)
        if let problem = files.problems.first { throw problem }
        let temporary = GrowingFile.temporaryPath(for: path)
        do {
            try pack(files, folder, temporary, name, seconds)
            try FolderTree.sync(path.parent)
            try DurableFile.move(temporary, to: path)
        } catch {
            try? DurableFile.remove(temporary)
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

    /// Unpacks a zip into a folder of its own, gives the bundle's folder to `body`, and removes everything again.
    ///
    /// - Throws: `Problem` with `E-BUNDLE-MALFORMED`, exit code 2, for what is no zip or breaks a limit.
    public static func unpacked<Result>(
        _ path: RawPath, name: String, _ body: (RawPath) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try requireLibrary(name)
        let folder = try makeFolder()
        defer { try? FolderTree.remove(folder) }
        try unpack(path, name, into: folder)
        return try body(bundleFolder(folder))
    }

    private static func makeFolder() throws(Problem) -> RawPath {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/provenance-zip.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Problem(
                .storage, parent, "a folder to unpack the zip in cannot be made: \(String(cString: strerror(errno)))")
        }
        return RawPath(template.dropLast().map { UInt8(bitPattern: $0) })
    }

    /// The folder itself, or the one folder in it that holds everything.
    private static func bundleFolder(_ folder: RawPath) -> RawPath {
        guard let names = try? listFolder(folder), names.count == 1, let only = names.first,
            let status = try? FileStatus.of(folder.appending(only)), status.kind == .directory
        else { return folder }
        return folder.appending(only)
    }

    private static func unpack(_ path: RawPath, _ name: String, into folder: RawPath) throws(Problem) {
        func malformed(_ words: String) -> Problem {
            Problem(.noBundle, name, words, advice: "unpack it with a program you trust, and name the folder")
        }
        let size: UInt64
        do { size = try FileStatus.of(path)?.size ?? 0 } catch { throw Problem(.unreadable, name, error.reason) }
        guard let zip = path.withCString({ carchive_open($0) }) else { throw malformed("it cannot be opened") }
        defer { carchive_close(zip) }
        var files = 0
        var total: UInt64 = 0
        let most = min(mostBytes, max(unasked, size.multipliedReportingOverflow(by: mostTimes).partialValue))
        var entry = carchive_entry()
        while true {
            let status = carchive_next(zip, &entry)
            if status == 0 { break }
            guard status == 1 else {
                throw malformed("no zip file, or a broken one: \(String(cString: carchive_error(zip)))")
            }
            guard let text = entry.path else { throw malformed("an entry has no name") }
            let raw = RawPath(UnsafeRawBufferPointer(start: text, count: strlen(text)))
            if entry.kind == 1 { continue }
            files += 1
            guard files <= mostFiles else { throw malformed("over \(mostFiles) files") }
            guard entry.kind == 0 else { throw malformed("\(raw) is a link or a special file") }
            guard raw.isPlainRelative else { throw malformed("\(raw) leads out of the folder") }
            let file = folder.appending(raw)
            do {
                try DurableFile.createDirectories(file.parent)
            } catch {
                throw malformed("\(raw): \(error.reason)")
            }
            total += try unpack(zip, to: file, raw, most: min(largestFile, most - total), malformed)
        }
        guard files > 0 else { throw malformed("it holds no file") }
    }

    /// Unpacks one file.
    ///
    /// - Returns: its bytes.
    private static func unpack(
        _ zip: OpaquePointer, to file: RawPath, _ name: RawPath, most: UInt64, _ malformed: (String) -> Problem
    ) throws(Problem) -> UInt64 {
        let output: NewFile
        do { output = try NewFile(file) } catch { throw malformed("\(name) stands in it twice: \(error.reason)") }
        var size: UInt64 = 0
        while true {
            var failed = false
            let piece = [UInt8](unsafeUninitializedCapacity: pieceSize) { buffer, count in
                let read = carchive_read(zip, buffer.baseAddress, buffer.count)
                failed = read < 0
                count = max(0, read)
            }
            guard !failed else { throw malformed("\(name): \(String(cString: carchive_error(zip)))") }
            if piece.isEmpty { break }
            size += UInt64(piece.count)
            guard size <= most else {
                throw malformed(
                    "\(name): it unpacks to more than \(mostTimes) times the zip's size, or over \(largestFile) bytes")
            }
            do { try output.write(piece) } catch { throw Problem(error) }
        }
        return size
    }
}
