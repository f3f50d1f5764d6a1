import ProvenanceEncoding
import ProvenanceOpenSSL

/// The canonical text of rules, `provenance/rules@v1`: what an approval in the log names by its digest.
///
/// "first line `provenance/rules@v1`, then one line a setting that is not the default, `<key> <value>…` with one space between
/// words, keys in byte order, a repeatable key (`ignore`) one line a value in the order of the file, …; then `file <path>
/// <sha256>`, by path; LF after each; ≤ 64 KiB." (config.md)
public struct RulesText: Hashable, Sendable {
    /// The first line.
    public static let kind = "provenance/rules@v1"
    /// Maximum size, in bytes.
    public static let maxBytes = 65_536
    /// The word of lines that name a file.
    private static let fileWord = "file"

    /// The settings.
    public let configuration: Configuration
    /// The digests of the files that are approved with them, by path; a file that is not here is approved to be absent.
    public let files: [RawPath: Digest]
    /// Lines of later versions: of a setting that this version does not have, or with a value that it does not know.
    private let others: [Line]

    /// A line of a setting.
    private struct Line: Hashable, Sendable {
        let key: String
        let words: [SettingWord]
    }

    /// The rules that a configuration and files make.
    public init(_ configuration: Configuration, files: [RawPath: Digest]) {
        self.configuration = configuration
        self.files = files
        others = []
    }

    /// The settings that this version does not understand and so does not apply.
    ///
    /// "A reader that meets a key it does not know says so and applies the others."
    public var notUnderstood: [String] {
        var names: [String] = []
        for line in others where names.last != line.key { names.append(line.key) }
        return names
    }

    /// SHA-256 of the text.
    public var digest: Digest { SHA256.hash(encoded()) }

    /// The bytes of the text.
    public func encoded() -> [UInt8] {
        var lines = others
        for setting in configuration.changed {
            let words = configuration.words(setting)
            lines += (setting.isRepeatable ? words.map { [$0] } : [words]).map {
                Line(key: setting.rawValue, words: $0)
            }
        }
        // Lines of one key keep their order: Swift's sort is stable.
        lines.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        var bytes = Array((RulesText.kind + "\n").utf8)
        for line in lines { RulesText.append([Array(line.key.utf8)] + line.words.map(\.canonical), to: &bytes) }
        for (path, digest) in files.sorted(by: { $0.key < $1.key }) {
            RulesText.append(
                [Array(RulesText.fileWord.utf8), SettingWord(path.bytes).canonical, Array(digest.hex.utf8)],
                to: &bytes)
        }
        return bytes
    }

    private static func append(_ words: [[UInt8]], to bytes: inout [UInt8]) {
        bytes += words.joined(separator: [UInt8(ascii: " ")])
        bytes.append(Bytes.newline)
    }

    /// Reads a text strictly: `RulesText(parsing: x).encoded() == x` for every accepted text.
    public init(parsing bytes: [UInt8]) throws(ConfigurationError) {
        guard bytes.count <= RulesText.maxBytes else {
            throw ConfigurationError(
                .tooLarge, line: 1, found: "\(bytes.count) bytes", wanted: "at most \(RulesText.maxBytes)")
        }
        let lines = bytes.split(separator: Bytes.newline, omittingEmptySubsequences: false)
        guard let first = lines.first, first.elementsEqual(RulesText.kind.utf8), lines.count > 1 else {
            throw ConfigurationError(.line, line: 1, bytes: lines.first ?? [], wanted: "`\(RulesText.kind)`")
        }
        var settings: [Setting: [SettingWord]] = [:]
        var others: [Line] = []
        var files: [RawPath: Digest] = [:]
        for (number, line) in zip(2..., lines.dropFirst().dropLast()) {
            let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            let words = parts.compactMap { SettingWord(spelled: $0) }
            guard words.count == parts.count, words.count > 1, RulesText.isKey(parts[0]) else {
                throw ConfigurationError(.line, line: number, bytes: line, wanted: "`<key> <value>…`")
            }
            let key = String(decoding: parts[0], as: UTF8.self)
            if key == RulesText.fileWord {
                guard parts.count == 3, let digest = Digest(hex: parts[2]) else {
                    throw ConfigurationError(.line, line: number, bytes: line, wanted: "`file <path> <sha256>`")
                }
                files[words[1].path] = digest
            } else if let setting = Setting(rawValue: key) {
                settings[setting, default: []] += words.dropFirst()
            } else {
                others.append(Line(key: key, words: Array(words.dropFirst())))
            }
        }
        var configuration = Configuration()
        for (setting, words) in settings {
            do throws(ConfigurationError) {
                try configuration.set(setting, words)
            } catch {
                // A later version may take words that this one does not.
                others += (setting.isRepeatable ? words.map { [$0] } : [words]).map {
                    Line(key: setting.rawValue, words: $0)
                }
            }
        }
        self.configuration = configuration
        self.files = files
        self.others = others
        let again = encoded()
        guard again == bytes else {
            let line = zip(again, bytes).prefix { $0 == $1 }.count { $0.0 == Bytes.newline } + 1
            throw ConfigurationError(
                .line, line: line, bytes: lines.indices.contains(line - 1) ? lines[line - 1] : [],
                wanted:
                    "the canonical order and spelling: no setting with its default, none twice, keys and paths by their bytes"
            )
        }
    }

    /// A key is a lower-case letter, then lower-case letters, digits and hyphens.
    private static func isKey(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, (0x61...0x7A).contains(first) else { return false }
        return bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }
}
