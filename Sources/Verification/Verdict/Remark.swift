import ProvenanceEncoding

/// Something to be known beside the posts, which makes no exit code: a stable code and words.
public struct Remark: Sendable, Equatable {
    /// A stable code; `Documentation/errors.md` explains each.
    public enum Code: String, Sendable, CaseIterable {
        /// A clock was wrong, then or now.
        case clock = "W-CLOCK"
        /// The index could not be brought up to date.
        case index = "W-INDEX"
        /// A register is not here as it was logged.
        case register = "W-REGISTER"
        /// A folder of which nothing is on record cannot be read.
        case folder = "W-FOLDER"
    }

    /// What kind of remark it is.
    public let code: Code
    /// What was found.
    public let text: String

    package init(_ code: Code, _ text: String) {
        self.code = code
        self.text = text
    }

    /// The form in `--json`.
    public var json: JSONValue { .object(["code": .string(code.rawValue), "text": .string(text)]) }
}
