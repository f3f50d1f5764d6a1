import ProvenanceEncoding

/// An inconsistency in a post that does not prevent recording it.
public struct PostWarning: Sendable {
    /// The kind of inconsistency, stable from release to release.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The code as it is printed, such as `W-EPOCH-DATE`.
        public let rawValue: String

        /// A code by its printed form; it need not be one of `all`.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        private init(_ rawValue: String) {
            self.rawValue = rawValue
        }

        /// The epoch comment and `date` are different instants.
        public static let epochDate = Code("W-EPOCH-DATE")
        /// The epoch comment is `NaN`: the post counts as one without an epoch.
        public static let epochNaN = Code("W-EPOCH-NAN")
        /// The epoch comment does not have 13 digits, so its unit may not be milliseconds.
        public static let epochDigits = Code("W-EPOCH-DIGITS")
        /// `from` and the link line's URL differ, also after percent-decoding.
        public static let sourceLink = Code("W-SOURCE-LINK")
        /// `title` and the link line's text differ.
        public static let titleLinkText = Code("W-TITLE-LINK-TEXT")
        /// The body holds a NUL byte.
        public static let bodyNUL = Code("W-BODY-NUL")
        /// The body is not valid UTF-8.
        public static let bodyUTF8 = Code("W-BODY-UTF8")

        /// Another key of the front matter holds an address, or it is `from`.
        public static let sourceOther = Code("W-SOURCE-OTHER")
        /// The stated source is no `http://` or `https://` address.
        public static let sourceNoAddress = Code("W-SOURCE-NO-ADDRESS")
        /// The post holds what its record does not state: a form, or a `date`.
        public static let notStated = Code("W-NOT-STATED")
        /// The front matter has the key `<<`, which is not applied.
        public static let yamlMerge = Code("W-YAML-MERGE")
        /// The record states a form of a later version.
        public static let formUnknown = Code("W-FORM-UNKNOWN")
        /// A key that the rules prefer holds nothing that can be stated.
        public static let keyPassedOver = Code("W-KEY-PASSED-OVER")

        /// Every code.
        public static let all: [Code] = [
            .epochDate, .epochNaN, .epochDigits, .sourceLink, .titleLinkText, .bodyNUL, .bodyUTF8, .sourceOther,
            .sourceNoAddress, .notStated, .yamlMerge, .formUnknown, .keyPassedOver,
        ]
    }

    /// What is odd.
    public let code: Code
    /// Line from 1, counted by LF.
    public let line: Int
    /// What was found, in a sentence; it contains text from the file and is not escaped.
    public let message: String
    /// The key or the form that it speaks of, from the file and not escaped; runs count such warnings by it.
    public let subject: ExactText?

    init(_ code: Code, line: Int, _ message: String, of subject: ExactText? = nil) {
        self.code = code
        self.subject = subject
        self.line = line
        self.message = message
    }
}

extension PostWarning: Equatable {
    /// Equality on the code alone.
    public static func == (left: PostWarning, right: PostWarning) -> Bool {
        left.code == right.code
    }
}

extension PostWarning: CustomStringConvertible {
    /// `line: W-CODE: message`.
    public var description: String { "\(line): \(code.rawValue): \(message)" }
}
