import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceSystem

/// An error type of a higher module, which states its own problem.
package protocol ProblemConvertible: Error {
    /// The error as a problem.
    var problem: Problem { get }
}

extension Problem {
    /// Any error as a problem: the one conversion from the errors of the modules below.
    public init(any error: any Error) {
        switch error {
        case let error as Problem: self = error
        case let error as LogError: self.init(error)
        case let error as StoreError: self.init(error)
        case let error as FileError: self.init(error)
        case let error as OpenSSLError: self.init(error)
        case let error as NoteError: self.init(error, place: "note")
        case let error as PostError: self.init(error, place: error.path ?? "")
        case let error as any ProblemConvertible: self = error.problem
        default:
            self.init(
                .internalError, "provenance", "\(error)",
                advice: "this must not be: please report it with the command line; the archive was left as it is")
        }
    }
}
