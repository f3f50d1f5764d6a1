/// Why the text of an entry is not a record.
///
/// Two errors are equal when their codes are.
public struct RecordError: Error, Sendable {
    /// What is wrong, stable from release to release.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The code as it is printed, such as `E-RECORD-KIND`.
        public let rawValue: String

        /// A code by its printed form; it need not be one of `all`.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        private init(_ rawValue: String) {
            self.rawValue = rawValue
        }

        /// The text is longer than any record.
        public static let tooLarge = Code("E-RECORD-TOO-LARGE")
        /// The first line is not the expected kind.
        public static let kind = Code("E-RECORD-KIND")
        /// A line is missing, in the wrong place, unknown, or does not end in LF.
        public static let line = Code("E-RECORD-LINE")
        /// The text is not valid UTF-8.
        public static let invalidUTF8 = Code("E-RECORD-UTF8")
        /// The signer's or the log's name is not a valid key name.
        public static let name = Code("E-RECORD-NAME")
        /// A digest is not 64 lowercase hexadecimal digits.
        public static let digest = Code("E-RECORD-DIGEST")
        /// A number has leading zeros, a sign that is not allowed, other characters, or too many digits.
        public static let integer = Code("E-RECORD-INTEGER")
        /// The source breaks the rules for sources.
        public static let source = Code("E-RECORD-SOURCE")
        /// The date breaks the rules for dates.
        public static let dated = Code("E-RECORD-DATED")
        /// The form is not a word of letters and digits.
        public static let form = Code("E-RECORD-FORM")
        /// The key of a source or a date breaks the rules for keys.
        public static let key = Code("E-RECORD-KEY")
        /// The tool is not `provenance/<version>`.
        public static let tool = Code("E-RECORD-TOOL")
        /// Bytes follow the last line.
        public static let trailing = Code("E-RECORD-TRAILING")

        /// Every code.
        public static let all: [Code] = [
            .tooLarge, .kind, .line, .invalidUTF8, .name, .digest, .integer, .source, .dated, .form, .key,
            .tool, .trailing,
        ]
    }

    /// What is wrong.
    public let code: Code
    /// Line of the text from 1.
    public let line: Int
    /// The text found there, shortened, not escaped.
    public let found: String
    /// The text expected there.
    public let wanted: String

    init(_ code: Code, line: Int, found: String, wanted: String) {
        self.code = code
        self.line = line
        self.found = found
        self.wanted = wanted
    }
}

extension RecordError: Equatable {
    /// Equality on the code alone.
    public static func == (left: RecordError, right: RecordError) -> Bool {
        left.code == right.code
    }
}

extension RecordError: CustomStringConvertible {
    /// `line N: E-CODE: found …, wanted …`.
    public var description: String { "line \(line): \(code.rawValue): found \(found), wanted \(wanted)" }
}
