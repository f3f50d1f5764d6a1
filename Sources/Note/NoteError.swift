/// Why bytes are not what a C2SP format allows, or why a note does not verify.
///
/// Two errors are equal when their codes are: a caller decides on the code, people read the rest.
public struct NoteError: Error, Sendable, CustomStringConvertible {
    /// A stable name of the failure.
    public struct Code: Hashable, Sendable {
        /// The name as it is printed, for example `E-NOTE-MALFORMED`.
        public let name: String
        /// The bytes are no signed note.
        public static let noteMalformed = Code(name: "E-NOTE-MALFORMED")
        /// A vkey is malformed, its key ID is not the one of its key, or its key is refused.
        public static let keyMalformed = Code(name: "E-KEY-MALFORMED")
        /// A note's text is no checkpoint.
        public static let checkpointMalformed = Code(name: "E-CHECKPOINT-MALFORMED")
        /// A file is no tlog-proof.
        public static let proofMalformed = Code(name: "E-PROOF-MALFORMED")
        /// A file is no tlog-policy.
        public static let policyMalformed = Code(name: "E-POLICY-MALFORMED")
        /// A policy gives one public key two roles.
        public static let keyRole = Code(name: "E-KEY-ROLE")
        /// A signature of a known key does not verify.
        public static let signatureInvalid = Code(name: "E-SIGNATURE-INVALID")
        /// No known key signed.
        public static let keyUnknown = Code(name: "E-KEY-UNKNOWN")
        /// libcrypto failed.
        public static let crypto = Code(name: "E-CRYPTO")

        /// Every code of this target, for the documentation's test.
        public static let all: [Code] = [
            .noteMalformed, .keyMalformed, .checkpointMalformed, .proofMalformed, .policyMalformed, .keyRole,
            .signatureInvalid, .keyUnknown, .crypto,
        ]
    }

    /// The stable code.
    public let code: Code
    /// What was found and what was wanted, in words.
    public let reason: String
    /// 1-based line the failure is at, where there is one.
    public let line: Int?

    /// An error with its code, its words and its line.
    public init(_ code: Code, _ reason: String, line: Int? = nil) {
        self.code = code
        self.reason = reason
        self.line = line
    }

    /// The reason, after its line where there is one.
    public var description: String {
        line.map { "line \($0): \(reason)" } ?? reason
    }
}

extension NoteError: Equatable {
    /// Whether the codes are the same, whatever the words.
    public static func == (left: NoteError, right: NoteError) -> Bool { left.code == right.code }
}
