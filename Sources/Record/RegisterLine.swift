import ProvenanceEncoding

/// One line of a register: the outcome of an `add` for one file.
public struct RegisterLine: Equatable, Sendable {
    /// The outcome for a file.
    public enum Fate: Equatable, Sendable {
        /// A record was made: the entry's index.
        case recorded(UInt64)
        /// The bytes were already recorded: the entry's index.
        case known(UInt64)
        /// The file is not a post: the stable code.
        case refused(String)

        /// The word for it in the line.
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
    /// SHA-256 of the whole file, absent when the file could not be read.
    public let sha256: Digest?
    /// The size in bytes, absent when the file could not be read.
    public let size: UInt64?
    /// The outcome for the file.
    public let fate: Fate
    /// 16 random bytes, so that a withheld line cannot be guessed from its leaf hash.
    public let salt: [UInt8]
    /// The record last seen at this place, which this line replaces; only in registers of `provenance/accession@v2`.
    public let replaces: UInt64?
    /// The name of the rule in force that resolved the replacement; only with ``replaces``.
    public let accepted: String?

    /// Bytes of salt.
    public static let saltCount = 16

    /// A line from its parts.
    public init(
        root: Int, path: RawPath, sha256: Digest?, size: UInt64?, fate: Fate, salt: [UInt8], replaces: UInt64? = nil,
        accepted: String? = nil
    ) {
        self.replaces = replaces
        self.accepted = accepted
        self.root = root
        self.path = path
        self.sha256 = sha256
        self.size = size
        self.fate = fate
        self.salt = salt
    }

    /// Appends the line's canonical JSON, without LF.
    public func append(to bytes: inout [UInt8]) {
        // The members are appended in canonical order: accepted, entry, error, fate, path, path64, replaces, root, salt,
        // sha256, size.
        func ascii(_ text: StaticString) { text.withUTF8Buffer { bytes.append(contentsOf: $0) } }
        ascii("{")
        if let accepted {
            ascii("\"accepted\":")
            CanonicalJSON.append(accepted, to: &bytes)
            ascii(",")
        }
        switch fate {
        case .recorded(let entry), .known(let entry):
            ascii("\"entry\":")
            Bytes.append(entry, to: &bytes)
        case .refused(let code):
            ascii("\"error\":")
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
        if let replaces {
            ascii(",\"replaces\":")
            Bytes.append(replaces, to: &bytes)
        }
        ascii(",\"root\":")
        Bytes.append(root, to: &bytes)
        ascii(",\"salt\":\"")
        salt.withUnsafeBytes { Hexadecimal.append($0, to: &bytes) }
        ascii("\"")
        if let sha256 {
            ascii(",\"sha256\":\"")
            sha256.appendHex(to: &bytes)
            ascii("\"")
        }
        if let size {
            ascii(",\"size\":")
            Bytes.append(size, to: &bytes)
        }
        ascii("}")
    }

    /// Parses a line strictly.
    ///
    /// - Returns: `nil` unless `append` writes exactly this line.
    public init?(parsing line: some Collection<UInt8>) {
        if let plain = line.withContiguousStorageIfAvailable({ RegisterLine.plain($0.span) }), let plain,
            plain.isWritten(as: line)
        {
            self = plain
            return
        }
        guard let value = CanonicalJSON.decode(line), case .object(let members) = value else { return nil }
        guard let root = members["root"]?.unsigned, let salt = members["salt"]?.string,
            let saltBytes = Array(salt.utf8).withUnsafeBytes({ RegisterLine.salt(hex: $0) })
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
        let replaces = members["replaces"]?.unsigned
        let accepted = members["accepted"]?.string
        // "lines may have `replaces` … and, with it, `accepted`": a resolution is one of a recorded file.
        guard accepted == nil || (replaces != nil && members["entry"] != nil) else { return nil }
        self.init(
            root: Int(clamping: root), path: path, sha256: members["sha256"]?.string.flatMap { Digest(hex: $0) },
            size: members["size"]?.unsigned, fate: fate, salt: saltBytes, replaces: replaces, accepted: accepted)
        guard isWritten(as: line) else { return nil }
    }

    /// Whether `append` writes exactly this line.
    private func isWritten(as line: some Collection<UInt8>) -> Bool {
        var again: [UInt8] = []
        again.reserveCapacity(line.count)
        append(to: &again)
        return again.withUnsafeBytes { again in
            line.withContiguousStorageIfAvailable { Bytes.isSame(again, UnsafeRawBufferPointer($0)) }
                ?? again.elementsEqual(line)
        }
    }

    /// The salt from its 32 lowercase digits; `nil` for anything else.
    static func salt(hex digits: UnsafeRawBufferPointer) -> [UInt8]? {
        var isHex = false
        let salt = [UInt8](unsafeUninitializedCapacity: saltCount) { bytes, count in
            isHex = Hexadecimal.decode(digits, into: UnsafeMutableRawBufferPointer(bytes))
            count = isHex ? saltCount : 0
        }
        return isHex ? salt : nil
    }
}
