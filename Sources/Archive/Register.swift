import Files
import Merkle
import Note
import OpenSSL

/// What one `add` learned of one file: a line of its register.
public struct RegisterLine: Equatable, Sendable {
    /// What became of the file.
    public enum Fate: Equatable, Sendable {
        /// A record was made: the entry's index.
        case recorded(UInt64)
        /// The bytes were on record: the entry's index.
        case known(UInt64)
        /// It is no post: the stable code.
        case refused(String)

        /// The word in the line.
        public var word: String {
            switch self {
            case .recorded: "recorded"
            case .known: "known"
            case .refused: "refused"
            }
        }
    }

    /// Index into the register's roots.
    public let root: Int
    /// Path relative to the root, raw.
    public let path: RawPath
    /// SHA-256 of the whole file, absent when it could not be read.
    public let sha256: Digest?
    /// Bytes, absent when it could not be read.
    public let size: UInt64?
    /// What became of it.
    public let fate: Fate
    /// 16 random bytes, so that a withheld line cannot be guessed from its leaf hash.
    public let salt: [UInt8]

    /// Bytes of salt.
    public static let saltCount = 16

    /// A line from its parts.
    public init(root: Int, path: RawPath, sha256: Digest?, size: UInt64?, fate: Fate, salt: [UInt8]) {
        self.root = root
        self.path = path
        self.sha256 = sha256
        self.size = size
        self.fate = fate
        self.salt = salt
    }

    /// Appends the line's canonical JSON, without LF.
    public func append(to bytes: inout [UInt8]) {
        // Members in canonical order by construction: entry, error, fate, path, path64, root, salt, sha256, size.
        func ascii(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }
        switch fate {
        case .recorded(let entry), .known(let entry):
            ascii("{\"entry\":")
            Text.append(entry, to: &bytes)
        case .refused(let code):
            ascii("{\"error\":")
            CanonicalJSON.append(code, to: &bytes)
        }
        ascii(",\"fate\":")
        CanonicalJSON.append(fate.word, to: &bytes)
        if let text = path.text {
            ascii(",\"path\":")
            CanonicalJSON.append(text, to: &bytes)
        } else {
            ascii(",\"path64\":")
            CanonicalJSON.append(Base64.encode(path.bytes), to: &bytes)
        }
        ascii(",\"root\":")
        Text.append(root, to: &bytes)
        ascii(",\"salt\":\"")
        for byte in salt {
            bytes.append(RegisterLine.hex[Int(byte >> 4)])
            bytes.append(RegisterLine.hex[Int(byte & 15)])
        }
        ascii("\"")
        if let sha256 {
            ascii(",\"sha256\":\"")
            sha256.appendHex(to: &bytes)
            ascii("\"")
        }
        if let size {
            ascii(",\"size\":")
            Text.append(size, to: &bytes)
        }
        ascii("}")
    }

    private static let hex = Array("0123456789abcdef".utf8)

    /// Reads a line strictly.
    ///
    /// - Returns: `nil` unless it is what `append` writes.
    public init?(parsing line: some Collection<UInt8>) {
        guard let value = CanonicalJSON.decode(line), case .object(let members) = value else { return nil }
        guard let root = members["root"]?.unsigned, let salt = members["salt"]?.string,
            let saltBytes = RegisterLine.unhex(salt), saltBytes.count == RegisterLine.saltCount
        else { return nil }
        let path: RawPath
        if let text = members["path"]?.string {
            path = RawPath(text)
        } else if let text = members["path64"]?.string, let bytes = Base64.decode(Array(text.utf8)) {
            path = RawPath(bytes)
        } else {
            return nil
        }
        let fate: Fate
        switch (members["fate"]?.string, members["entry"]?.unsigned, members["error"]?.string) {
        case ("recorded", .some(let entry), nil): fate = .recorded(entry)
        case ("known", .some(let entry), nil): fate = .known(entry)
        case ("refused", nil, .some(let code)): fate = .refused(code)
        default: return nil
        }
        self.init(
            root: Int(clamping: root), path: path, sha256: members["sha256"]?.string.flatMap { Digest(hex: $0) },
            size: members["size"]?.unsigned, fate: fate, salt: saltBytes)
        var again: [UInt8] = []
        append(to: &again)
        guard again.elementsEqual(line) else { return nil }
    }

    private static func unhex(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = hex.firstIndex(of: digits[place]), let low = hex.firstIndex(of: digits[place + 1]) else {
                return nil
            }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}

/// Writes a register line by line, its Merkle root growing beside it; memory does not grow with it.
final class RegisterWriter {
    private let file: GrowingFile
    private var range = CompactRange()
    private var hasher: MerkleHasher
    private var line: [UInt8] = []
    private let folder: RawPath

    /// Starts a register in the archive's `accessions` folder.
    init(folder: RawPath, roots: [String]) throws(Problem) {
        file = try RegisterWriter.makeFile(folder)
        self.folder = folder
        hasher = try RegisterWriter.makeHasher()
        CanonicalJSON.append(.object(["roots": .array(roots.map(JSONValue.string))]), to: &line)
        try flushLine()
    }

    /// Removes what an `add` that died was writing; for the lock holder.
    static func removeLeftovers(_ folder: RawPath) throws(FileError) {
        for name in try listFolder(folder) where GrowingFile.isTemporary(name) {
            try DurableFile.remove(folder.appending(name))
        }
    }

    private static func makeHasher() throws(Problem) -> MerkleHasher {
        do { return try MerkleHasher() } catch { throw Problem(error) }
    }

    private static func makeFile(_ folder: RawPath) throws(Problem) -> GrowingFile {
        do {
            try DurableFile.createDirectories(folder)
            return try GrowingFile(for: folder.appending("register"))
        } catch {
            throw Problem(error)
        }
    }

    func append(_ entry: RegisterLine) throws(Problem) {
        entry.append(to: &line)
        try flushLine()
    }

    private func flushLine() throws(Problem) {
        do { try range.append(try hasher.leaf(line), &hasher) } catch { throw Problem(error) }
        line.append(Text.newline)
        do { try file.write(line) } catch { throw Problem(error) }
        line.removeAll(keepingCapacity: true)
    }

    /// Lines so far, the roots line included.
    var lines: Int { Int(clamping: range.size) }

    /// Gives the file its name, durably.
    func finish() throws(Problem) -> Digest {
        let root: Digest
        do { root = try range.root(&hasher) } catch { throw Problem(error) }
        do { try file.finish(as: folder.appending(root.hex + ".jsonl")) } catch { throw Problem(error) }
        return root
    }

    func abandon() { file.abandon() }
}

/// Reads registers against the root and number of lines that an accession entry vouches for.
public struct RegisterReader {
    /// What reading a register came to.
    public enum Outcome: Sendable, Equatable {
        /// The lines are those that were logged; some may be withheld.
        case authentic(withheld: Int)
        /// There is no file.
        case absent
        /// The file is not the one that was logged.
        case forged(String)
        /// Something is there that cannot be read, for this reason: a folder, a link, no permission, a bad disk.
        case unreadable(String)
    }

    /// What to do about a register that is missing, unreadable or another one than was logged.
    static let restoreAdvice = "restore the file from a backup or a clone; any copy will do, its root is logged"

    /// Longest line that is read: a path of 4,096 bytes, escaped sixfold.
    static let longestLine = 65_536
    private static let pieceSize = 1 << 18

    /// The register's place below `accessions`.
    public static func name(_ root: Digest) -> String { root.hex + ".jsonl" }

    /// Reads a register to the end, then says whether it is the one that was logged.
    ///
    /// - Parameters:
    ///   - folder: The archive's `accessions` folder.
    ///   - root: The root that the accession entry states.
    ///   - count: The number of lines that it states.
    ///   - roots: Receives the roots line, once.
    ///   - each: Receives each line that is not withheld. They are authentic only if the outcome says so: a caller that
    ///     acts on them does so after the return, or reads twice.
    /// - Returns: Whether the lines are those that were logged; a file that cannot be read is an outcome too, for one
    ///   register says nothing about the rest of the log.
    /// - Throws: what `each` throws, and libcrypto's errors.
    public static func read(
        folder: RawPath, root: Digest, count: Int, roots: ([String]) -> Void = { _ in },
        line each: (RegisterLine) throws -> Void
    ) throws -> Outcome {
        let stream: FileStream
        do { stream = try FileStream(folder.appending(name(root))) } catch {
            return error.isMissing ? .absent : .unreadable("cannot \(error.operation): \(error.reason)")
        }
        var hasher = try MerkleHasher()
        var range = CompactRange()
        var withheld = 0
        var pending: [UInt8] = []
        while true {
            let piece: [UInt8]
            do { piece = try stream.read(upTo: pieceSize) } catch {
                return .unreadable("cannot \(error.operation): \(error.reason)")
            }
            if piece.isEmpty { break }
            pending += piece
            var start = 0
            while let end = pending[start...].firstIndex(of: Text.newline) {
                let line = pending[start..<end]
                start = end + 1
                if range.size == 0 {
                    guard let value = CanonicalJSON.decode(line), let list = value["roots"]?.array,
                        value.members?.count == 1
                    else { return .forged("line 1 is no roots line") }
                    roots(list.compactMap(\.string))
                    try range.append(try hasher.leaf(line), &hasher)
                } else if line.first == UInt8(ascii: "\"") {
                    // "A line may be withheld later by putting its leaf hash in its place."
                    guard line.count == 66, line.last == UInt8(ascii: "\""),
                        let hash = Digest(hex: line.dropFirst().dropLast())
                    else { return .forged("line \(range.size + 1) is no leaf hash") }
                    withheld += 1
                    try range.append(hash, &hasher)
                } else {
                    guard let entry = RegisterLine(parsing: line) else {
                        return .forged("line \(range.size + 1) is no register line")
                    }
                    try range.append(try hasher.leaf(line), &hasher)
                    try each(entry)
                }
            }
            pending.removeFirst(start)
            guard pending.count <= longestLine else { return .forged("line \(range.size + 1) is too long") }
        }
        guard pending.isEmpty else { return .forged("the last line does not end in a newline") }
        guard range.size == UInt64(clamping: count) else {
            return .forged("\(range.size) lines; the accession states \(count)")
        }
        guard try range.root(&hasher) == root else { return .forged("its root is not the one that was logged") }
        return .authentic(withheld: withheld)
    }
}
