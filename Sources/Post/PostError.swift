/// Why a file cannot be recorded as a post: what was found where, and what was expected there.
///
/// Two errors are equal when their codes are: callers decide by the code and show the rest. Nothing here is escaped:
/// `found` is text from the file, so code that prints it on a terminal must escape it.
public struct PostError: Error, Sendable {
    /// What is wrong, stable from release to release and explained in the documentation.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The code as it is printed, such as `E-DATE`.
        public let rawValue: String

        /// A code by its printed form; it need not be one of `all`.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        private init(_ rawValue: String) {
            self.rawValue = rawValue
        }

        /// The file is larger than ``Post/maxSize``.
        public static let tooLarge = Code("E-TOO-LARGE")
        /// The bytes begin like no form of a post.
        public static let noForm = Code("E-NO-FORM")
        /// A byte order mark precedes the front matter.
        public static let byteOrderMark = Code("E-BOM")
        /// Line 1 is not `---`, or the file is empty.
        public static let noFrontMatter = Code("E-NO-FRONT-MATTER")
        /// No later line is exactly `---`.
        public static let frontMatterUnclosed = Code("E-FRONT-MATTER-UNCLOSED")
        /// The front matter is larger than ``FrontMatter/maxSize``.
        public static let frontMatterTooLarge = Code("E-FRONT-MATTER-TOO-LARGE")
        /// Front matter or head are not valid UTF-8.
        public static let invalidUTF8 = Code("E-UTF8")
        /// A NUL byte in the front matter or the head.
        public static let nul = Code("E-NUL")
        /// The front matter is not YAML.
        public static let yaml = Code("E-YAML")
        /// A YAML anchor (`&a`) or alias (`*a`).
        public static let yamlAlias = Code("E-YAML-ALIAS")
        /// An explicit YAML tag (`!!str`).
        public static let yamlTag = Code("E-YAML-TAG")
        /// The front matter is a list or a scalar, or nothing at all.
        public static let notAMapping = Code("E-NOT-A-MAPPING")
        /// A key occurs twice.
        public static let duplicateKey = Code("E-DUPLICATE-KEY")
        /// `title`, `date` or `from` is missing.
        public static let keyMissing = Code("E-KEY-MISSING")
        /// A key, or the value of `title`, `date` or `from`, is a list or a mapping.
        public static let valueNotScalar = Code("E-VALUE-NOT-SCALAR")
        /// A mapping as a value, or a list or a mapping in a list.
        public static let nested = Code("E-NESTED")
        /// `date` is empty, too long, holds forbidden characters, is not a date, or is a time without a zone.
        public static let date = Code("E-DATE")
        /// `from` is empty, too long, or holds white space at an end or forbidden characters.
        public static let source = Code("E-SOURCE")
        /// The comment after the front matter is neither `NaN` nor an integer of at most 16 digits.
        public static let epoch = Code("E-EPOCH")
        /// The line after the epoch comment is not `[text](url)`.
        public static let linkLine = Code("E-LINK-LINE")
        /// The line after the link line is not `------`.
        public static let rule = Code("E-RULE")
        /// The line after `------` is not empty.
        public static let headBlankLine = Code("E-HEAD-BLANK-LINE")

        /// Every code, in the order in which a file is checked.
        public static let all: [Code] = [
            .tooLarge, .noForm, .byteOrderMark, .noFrontMatter, .frontMatterUnclosed, .frontMatterTooLarge, .invalidUTF8, .nul,
            .yaml, .yamlAlias, .yamlTag, .notAMapping, .duplicateKey, .keyMissing, .valueNotScalar, .nested, .date,
            .source, .epoch, .linkLine, .rule, .headBlankLine,
        ]
    }

    /// What is wrong.
    public let code: Code
    /// The path that the caller gave, used only as a label.
    public let path: String?
    /// Line from 1, counted by LF; 0 when the fault has no line (the file is too large).
    public let line: Int
    /// Column from 1, counted in Unicode scalars; 0 when the fault has no column.
    public let column: Int
    /// The text found there, shortened; it is from the file.
    public let found: String
    /// What was expected there.
    public let wanted: String
    /// What to do about it, if anything.
    public let advice: String?
    /// The reason in words that fit every file of the kind, such as "lack `from`; they have `url`".
    public let cause: String

    init(
        _ code: Code, path: String? = nil, line: Int, column: Int, found: String, wanted: String,
        advice: String? = nil, cause: String? = nil
    ) {
        self.cause = cause ?? "want \(wanted)"
        self.code = code
        self.path = path
        self.line = line
        self.column = column
        self.found = found
        self.wanted = wanted
        self.advice = advice
    }

    func at(path: String?) -> PostError {
        guard let path else { return self }
        return PostError(
            code, path: path, line: line, column: column, found: found, wanted: wanted, advice: advice, cause: cause)
    }
}

extension PostError: Equatable {
    /// Equality on the code alone.
    public static func == (left: PostError, right: PostError) -> Bool {
        left.code == right.code
    }
}

extension PostError: CustomStringConvertible {
    /// `path:line:column: E-CODE: found …, wanted …`, followed by the advice.
    public var description: String {
        var text = ""
        if let path { text += path + ":" }
        if line > 0 { text += "\(line):" }
        if column > 0 { text += "\(column):" }
        if !text.isEmpty { text += " " }
        text += "\(code.rawValue): found \(found), wanted \(wanted)"
        if let advice { text += " (\(advice))" }
        return text
    }
}
