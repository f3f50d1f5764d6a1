import ProvenanceIndex
import ProvenanceVerification

extension IndexError: ProblemConvertible {
    /// `E-IO` for an error of the system, else `E-INDEX`.
    package var problem: Problem {
        let place = ".provenance/index.sqlite"
        return switch kind {
        case .full: Problem(.storage, place, reason, advice: Problem.freeSpace)
        case .unavailable:
            Problem(
                .storage, place, reason,
                advice: "look at the disk, its free space, and this user's rights and limits, then run it again")
        case .damaged, .changed, .failed:
            Problem(
                .index, place, reason,
                advice: "delete the file, or run `provenance reindex`: it is built again from the log")
        }
    }

    /// The problem for an error of the index or of its sources.
    package init(any error: any Error) {
        self = error as? IndexError ?? IndexError(.failed, Problem(any: error).reason)
    }
}
