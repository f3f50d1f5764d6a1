import ProvenanceEncoding
import ProvenanceSystem

/// The settings of an archive, beside its origin: how its posts are read, and which files are posts.
///
/// What is not set has its default. Two configurations are equal when every setting is, however each was written.
public struct Configuration: Hashable, Sendable {
    /// The words of the settings that are not the default.
    private var values: [Setting: [SettingWord]] = [:]

    /// The defaults.
    public init() {}

    /// The words of a setting.
    public func words(_ setting: Setting) -> [SettingWord] { values[setting] ?? setting.defaults }

    /// The settings that are not the default, in the order of their names.
    public var changed: [Setting] { Setting.allCases.filter { values[$0] != nil } }

    /// Whether everything is the default.
    public var isDefault: Bool { values.isEmpty }

    /// Sets a setting; no words stand for the default.
    ///
    /// - Throws: `ConfigurationError` for a word that the setting does not take, one that stands twice, or too many; its
    ///   column is the number of the word.
    public mutating func set(_ setting: Setting, _ words: [SettingWord]) throws(ConfigurationError) {
        if let (word, error) = Configuration.fault(setting, words) {
            throw ConfigurationError(
                error, line: 0, column: word + 1, bytes: words.indices.contains(word) ? words[word].bytes : [],
                wanted: Configuration.wanted(setting, error))
        }
        values[setting] = words.isEmpty || words == setting.defaults ? nil : words
    }

    /// The first word that a setting does not take, by its number, and why.
    static func fault(_ setting: Setting, _ words: [SettingWord]) -> (word: Int, code: ConfigurationError.Code)? {
        if words.count > setting.maxWords { return (setting.maxWords, .tooLarge) }
        var seen: Set<SettingWord> = []
        for (number, word) in words.enumerated() {
            guard setting.takes(word) else { return (number, .value) }
            // The order of patterns counts, and one may stand again after another has taken it back.
            guard seen.insert(word).inserted || setting == .ignore else { return (number, .repeated) }
        }
        return nil
    }

    /// What was wanted where a fault is.
    static func wanted(_ setting: Setting, _ code: ConfigurationError.Code) -> String {
        switch code {
        case .tooLarge: "at most \(setting.maxWords) words for \(setting.rawValue)"
        case .repeated: "each word of \(setting.rawValue) once"
        default: setting.wanted
        }
    }

    // MARK: What the settings mean

    /// Which names below the archive's folder are posts, and which are left out.
    public var posts: PostFilter {
        PostFilter(endings: words(.suffix).map(\.path), patterns: words(.ignore).map(\.path))
    }

    /// Keys of front matter, first choice first; of the setting source, dated or title.
    public func keys(_ setting: Setting) -> [ExactText] { words(setting).compactMap(\.text) }

    /// Whether a file is a post although no claim is found in it.
    public var acceptsPlain: Bool { words(.accept).contains("plain") }

    /// Whether a source need not be an `http:` or `https:` address.
    public var acceptsAnySource: Bool { words(.accept).contains("any-source") }
}
