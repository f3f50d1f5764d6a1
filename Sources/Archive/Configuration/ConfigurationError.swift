import ProvenanceEncoding
import ProvenanceVerification

/// Why a configuration, or the canonical text of rules, cannot be read: what was found where, and what was wanted.
///
/// Two errors are equal when their codes are. `found` is text from the file, so code that prints it must escape it.
public struct ConfigurationError: Error, Sendable {
    /// What is wrong, stable from release to release.
    public enum Code: String, Sendable, CaseIterable {
        /// A line does not have the form of a setting.
        case line = "E-CONFIG-LINE"
        /// A setting that this version does not have.
        case key = "E-CONFIG-KEY"
        /// A setting stands twice, or a value of it.
        case repeated = "E-CONFIG-REPEATED"
        /// A value that the setting does not take.
        case value = "E-CONFIG-VALUE"
        /// It is longer than the limit.
        case tooLarge = "E-CONFIG-TOO-LARGE"
    }

    /// What is wrong.
    public let code: Code
    /// The line, from 1; 0 for a setting that was typed.
    public let line: Int
    /// The byte in the line, from 1.
    public let column: Int
    /// What stands there.
    public let found: String
    /// What was wanted there.
    public let wanted: String

    /// Maximum bytes of a file that are shown.
    private static let maxShown = 80

    init(_ code: Code, line: Int, column: Int = 1, found: String, wanted: String) {
        (self.code, self.line, self.column, self.found, self.wanted) = (code, line, column, found, wanted)
    }

    init(_ code: Code, line: Int, column: Int = 1, bytes: some Collection<UInt8>, wanted: String) {
        let shown = String(decoding: bytes.prefix(ConfigurationError.maxShown), as: UTF8.self)
        self.init(
            code, line: line, column: column,
            found: bytes.isEmpty ? "nothing" : "`\(shown)\(bytes.count > ConfigurationError.maxShown ? "…" : "")`",
            wanted: wanted)
    }

    /// The error as a problem of a file, or of a setting that was typed.
    public func problem(_ place: String) -> Problem {
        Problem(
            code: code.rawValue, place: line > 0 ? "\(place):\(line):\(column)" : place,
            reason: "found \(found), wanted \(wanted)", advice: "`provenance config --help` lists the settings",
            status: .environment)
    }
}

extension ConfigurationError: Equatable {
    /// Equality of codes.
    public static func == (left: ConfigurationError, right: ConfigurationError) -> Bool { left.code == right.code }
}
