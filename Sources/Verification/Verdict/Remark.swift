import ProvenanceEncoding

/// A finding that does not affect the exit code: a stable code and a text.
public struct Remark: Sendable, Equatable {
    /// A stable code; `Documentation/errors.md` explains each.
    public enum Code: String, Sendable, CaseIterable {
        /// The clock was wrong, now or at an earlier time.
        case clock = "W-CLOCK"
        /// The index could not be brought up to date.
        case index = "W-INDEX"
        /// A register differs from the logged one.
        case register = "W-REGISTER"
        /// A folder without recorded posts cannot be read.
        case folder = "W-FOLDER"
        /// What was recorded is not published, in a clone that publishes.
        case publish = "W-NOT-PUBLISHED"
        /// A monitoring service could not be told.
        case ping = "W-PING"
    }

    /// The kind of remark.
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
