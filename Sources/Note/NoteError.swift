/// Why bytes do not follow a C2SP format, or why a note does not verify.
///
/// Two errors are equal when their codes are: callers decide by the code, and the rest is for people.
public struct NoteError: Error, Sendable, CustomStringConvertible {
    /// A stable name of the failure.
    public struct Code: Hashable, Sendable {
        /// The name as it is printed, for example `E-NOTE-MALFORMED`.
        public let name: String
        /// The bytes are not a signed note.
        public static let noteMalformed = Code(name: "E-NOTE-MALFORMED")
        /// A vkey is malformed, its key ID is not the one of its key, or its key is refused.
        public static let keyMalformed = Code(name: "E-KEY-MALFORMED")
        /// A note's text is not a checkpoint.
        public static let checkpointMalformed = Code(name: "E-CHECKPOINT-MALFORMED")
        /// A file is not a tlog-proof.
        public static let proofMalformed = Code(name: "E-PROOF-MALFORMED")
        /// A file is not a tlog-policy.
        public static let policyMalformed = Code(name: "E-POLICY-MALFORMED")
        /// A policy gives one public key two roles.
        public static let keyRole = Code(name: "E-KEY-ROLE")
        /// A signature of a known key does not verify.
        public static let signatureInvalid = Code(name: "E-SIGNATURE-INVALID")
        /// No known key signed.
        public static let keyUnknown = Code(name: "E-KEY-UNKNOWN")
        /// libcrypto failed.
        public static let crypto = Code(name: "E-CRYPTO")

        /// Every code of this target; a test compares them with the documentation.
        public static let all: [Code] = [
            .noteMalformed, .keyMalformed, .checkpointMalformed, .proofMalformed, .policyMalformed, .keyRole,
            .signatureInvalid, .keyUnknown, .crypto,
        ]
    }

    /// The stable code.
    public let code: Code
    /// What was found and what was wanted, in words.
    public let reason: String
    /// The 1-based line of the failure, if it has one.
    public let line: Int?

    /// An error with its code, reason and line.
    public init(_ code: Code, _ reason: String, line: Int? = nil) {
        self.code = code
        self.reason = reason
        self.line = line
    }

    /// The reason, preceded by the line if there is one.
    public var description: String {
        line.map { "line \($0): \(reason)" } ?? reason
    }
}

extension NoteError: Equatable {
    /// Whether the codes are the same; reasons are not compared.
    public static func == (left: NoteError, right: NoteError) -> Bool { left.code == right.code }
}
