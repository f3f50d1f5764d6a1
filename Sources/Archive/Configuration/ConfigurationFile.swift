import ProvenanceEncoding
import ProvenanceNote
import ProvenanceSystem
import ProvenanceVerification

/// The bytes of `.provenance/config`: the origin of the log, and settings.
///
/// "version 1 is written while the origin is all"; a file with settings has version 2 in its first line, which 0.1.0 refuses as
/// another version and does not misread.
public struct ConfigurationFile: Sendable {
    /// First line of a file that holds the origin alone.
    static let version1 = "provenance/archive@v1"
    /// First line of a file with settings.
    static let version2 = "provenance/archive@v2"
    /// Maximum size, in bytes.
    package static let maxBytes = 65_536

    /// The log's origin.
    public let origin: String
    /// The settings, or why they cannot be read.
    ///
    /// Only the rules that the log approved are in force, so a fault here is told and stops no command.
    public let settings: Result<Configuration, ConfigurationError>

    /// A file from its parts.
    public init(origin: String, _ configuration: Configuration) {
        self.origin = origin
        settings = .success(configuration)
    }

    /// Reads the file.
    ///
    /// - Throws: `Problem` with `E-ARCHIVE-VERSION` for another first line, with `E-MALFORMED` where there is no origin.
    public init(parsing bytes: [UInt8], place: String) throws(Problem) {
        let lines = bytes.split(separator: Bytes.newline, omittingEmptySubsequences: false)
        let first = lines.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard first.utf8.last != 0x0D else {
            throw Problem(.malformed, place, "its lines end in CR LF, and LF is wanted", advice: "save it with LF")
        }
        guard first == ConfigurationFile.version1 || first == ConfigurationFile.version2 else {
            throw Problem(
                .archiveVersion, place,
                "the format is \"\(first)\", this version knows \"\(ConfigurationFile.version1)\" and "
                    + "\"\(ConfigurationFile.version2)\"",
                advice: "use the version of provenance that made the archive, or a newer one")
        }
        let line = lines.count > 1 ? String(decoding: lines[1], as: UTF8.self) : ""
        guard line.hasPrefix("origin "), Checkpoint.isOrigin(String(line.dropFirst(7))),
            first == ConfigurationFile.version2 || lines.count == 3 && lines[2].isEmpty
        else {
            throw Problem(
                .malformed, place,
                first == ConfigurationFile.version1
                    ? "wanted the lines \"\(first)\" and \"origin <name>\"; with settings the first line is "
                        + "\"\(ConfigurationFile.version2)\""
                    : "wanted the line \"origin <name>\" after the first")
        }
        origin = String(line.dropFirst(7))
        do throws(ConfigurationError) {
            settings = .success(try ConfigurationFile.settings(lines.dropFirst(2)))
        } catch {
            settings = .failure(error)
        }
    }

    private static func settings(_ lines: ArraySlice<ArraySlice<UInt8>>) throws(ConfigurationError) -> Configuration {
        var reader = SettingLines()
        for (number, line) in zip(3..., lines.dropLast()) { try reader.read(line, number) }
        // A file that was cut off must not read as one with fewer settings.
        guard let rest = lines.last, rest.isEmpty else {
            throw ConfigurationError(
                .line, line: lines.count + 2, bytes: lines.last ?? [], wanted: "a newline at the end of the last line")
        }
        return try reader.configuration()
    }

    /// The file's bytes.
    ///
    /// - Throws: `ConfigurationError` if the settings could not be read, or the file would be too long.
    public func encoded() throws(ConfigurationError) -> [UInt8] {
        let configuration = try settings.get()
        let version = configuration.isDefault ? ConfigurationFile.version1 : ConfigurationFile.version2
        var bytes = Array("\(version)\norigin \(origin)\n".utf8)
        for setting in configuration.changed {
            let words = configuration.words(setting).map(\.readable)
            for line in setting.isRepeatable ? words.map({ [$0] }) : [words] {
                bytes += Array(setting.rawValue.utf8)
                for word in line { bytes += [UInt8(ascii: " ")] + word }
                bytes.append(Bytes.newline)
            }
        }
        guard bytes.count <= ConfigurationFile.maxBytes else {
            throw ConfigurationError(
                .tooLarge, line: 0, found: "\(bytes.count) bytes", wanted: "at most \(ConfigurationFile.maxBytes)")
        }
        return bytes
    }
}

extension ArchiveFolder {
    /// What the file holds now, which may be other than when the archive was found.
    package func configurationNow() throws(Problem) -> (file: ConfigurationFile, bytes: [UInt8]) {
        let bytes: [UInt8]
        do { bytes = try readFile(config, limit: ConfigurationFile.maxBytes).bytes } catch { throw Problem(error) }
        return (try ConfigurationFile(parsing: bytes, place: config.description), bytes)
    }

    /// Writes a setting to `.provenance/config`; no words stand for the default. The caller holds the lock.
    ///
    /// - Returns: Whether the file was changed. After a failure the file is what it was.
    /// - Throws: `ConfigurationError` for a fault in the file, with its line, or in the words, without; `FileError`.
    public func set(_ setting: Setting, _ words: [SettingWord]) throws -> Bool {
        let (file, bytes) = try configurationNow()
        var configuration = try file.settings.get()
        try configuration.set(setting, words)
        let written = try ConfigurationFile(origin: file.origin, configuration).encoded()
        guard written != bytes else { return false }
        try DurableFile.replace(config, with: written)
        return true
    }
}

/// Reads the lines of settings, in any order: `<key> <word>…`, one space between words.
struct SettingLines {
    private var values: [Setting: [SettingWord]] = [:]
    private var lines: [Setting: Int] = [:]

    private static let space = UInt8(ascii: " ")

    /// What the lines set.
    func configuration() throws(ConfigurationError) -> Configuration {
        var configuration = Configuration()
        for (setting, words) in values { try configuration.set(setting, words) }
        return configuration
    }

    /// Reads a line, without its line feed.
    mutating func read(_ line: ArraySlice<UInt8>, _ number: Int) throws(ConfigurationError) {
        let parts = line.split(separator: SettingLines.space, omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty else {
            throw ConfigurationError(.line, line: number, bytes: line, wanted: "a setting and its words")
        }
        guard let setting = Setting(rawValue: String(decoding: name, as: UTF8.self)) else {
            throw ConfigurationError(
                .key, line: number, bytes: name,
                wanted: Setting.allCases.map(\.rawValue).joined(separator: ", "))
        }
        if let first = lines[setting], !setting.isRepeatable {
            throw ConfigurationError(
                .repeated, line: number, bytes: name, wanted: "it once; it stands in line \(first) already")
        }
        lines[setting] = lines[setting] ?? number
        var words: [SettingWord] = []
        for part in parts.dropFirst() {
            guard let word = SettingWord(spelled: part), Bytes.isUTF8(part) else {
                throw ConfigurationError(
                    .line, line: number, column: part.startIndex - line.startIndex + 1, bytes: part,
                    wanted: "a word in UTF-8 after one space; white space, control characters and % as %XX")
            }
            words.append(word)
        }
        guard setting.isRepeatable ? words.count == 1 : !words.isEmpty else {
            throw ConfigurationError(
                .value, line: number, column: name.count + 1, bytes: line.dropFirst(name.count),
                wanted: setting.isRepeatable ? "one word: a line for each" : "a word: " + setting.wanted)
        }
        // Only this line's words: the ones before were looked at with theirs.
        var fault = Configuration.fault(setting, words)
        if fault == nil, (values[setting]?.count ?? 0) + words.count > setting.maxWords { fault = (0, .tooLarge) }
        if let (word, code) = fault {
            let part = parts[min(word + 1, parts.count - 1)]
            throw ConfigurationError(
                code, line: number, column: part.startIndex - line.startIndex + 1, bytes: part,
                wanted: Configuration.wanted(setting, code))
        }
        values[setting, default: []] += words
    }
}
