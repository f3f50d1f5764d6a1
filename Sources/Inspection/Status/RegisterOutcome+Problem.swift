import ProvenanceArchive
import ProvenanceRecord
import ProvenanceVerification

extension RegisterReader.Outcome {
    /// Why it is not known where the posts of an accession stood; `nil` for a register that is here in full.
    func problem(of record: AccessionRecord, at index: UInt64) -> Problem? {
        let place = "accessions/\(RegisterReader.name(record.register))"
        let posts = record.posts == 1 ? "its post" : "its \(record.posts) posts"
        switch self {
        case .authentic(withheld: 0): return nil
        case .authentic(let count):
            return Problem(
                .registerMissing, place,
                "\(count) of the lines of the register of accession \(index) \(count == 1 ? "is" : "are") withheld: what "
                    + "stood at their places is unknown",
                advice: "restore the file from a backup, if the lines are not withheld on purpose")
        case .absent:
            return Problem(
                .registerMissing, place,
                "the register of accession \(index) is not here: where \(posts) stood is unknown",
                advice: "restore the file from a backup; any copy will do, its root is logged")
        case .unreadable(let reason):
            return Problem(
                .registerMissing, place, "where \(posts) of accession \(index) stood is unknown: \(reason)",
                advice: RegisterReader.restoreAdvice)
        case .forged(let reason):
            return Problem(
                .register, place, "not the register of accession \(index): \(reason)",
                advice: RegisterReader.restoreAdvice)
        }
    }
}
