import ProvenanceArchive
import ProvenanceVerification

extension Recorder {
    /// Rules that would accept a file which those in force refuse.
    public enum Acceptance: String, Sendable, CaseIterable {
        /// Any approved rules: a post need not make every claim then.
        case approving = "approve"
        /// Rules that accept a file by its bytes alone.
        case plain

        /// The command lines that bring them into force, or say which those are.
        public var commands: String {
            switch self {
            // Approved as they are, the defaults would record posts without the source that another key holds, for good.
            case .approving: "provenance config propose"
            case .plain: "provenance config accept plain && provenance config approve"
            }
        }

        /// What is recorded of the file then.
        public var meaning: String {
            switch self {
            case .approving: "once rules for such posts are approved"
            case .plain: "as plain bytes, without source and date"
            }
        }
    }
}

extension Recorder.Outcome {
    /// The claims that were lost, as problems.
    public var lost: [Problem] {
        claimsLost.sorted { $0.key < $1.key }.map { claim, posts in
            Problem(
                .claimsLost, posts.example,
                posts.count == 1
                    ? "it was recorded without `\(claim)`, which the rules require"
                    : "\(posts.count) posts such as this one were recorded without `\(claim)`, which the rules require",
                advice: "has a field been renamed? `provenance config` says which ones are read")
        }
    }
}
