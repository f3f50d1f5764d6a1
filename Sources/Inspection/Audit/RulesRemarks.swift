import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceVerification

extension ArchiveAudit.Report {
    /// Lists what the approved rules leave out or ask less of, and says where their text is not here.
    ///
    /// "What weakens … is listed as such at approval, by `audit`"; "verdicts do not need it" (config.md)
    public mutating func listRules(_ view: LogView) {
        // Where entries cannot be read the audit has said so.
        guard let approval = try? RulesApproval.find(view.reader, in: view.archive) else { return }
        let folder = RulesFolder(view.archive)
        let text: RulesText
        do throws(Problem) { text = try RulesInForce.text(approval, folder) } catch {
            remarks.append("\(error.place): \(error.reason)")
            return
        }
        for (path, digest) in text.files.sorted(by: { $0.key < $1.key }) where folder.bytes(digest) == nil {
            remarks.append("rules/\(digest.hex), the approved bytes of \(path), is not here, or altered")
        }
        for change in RulesChange.weakenings(in: text, bytes: { folder.bytes($0) }) {
            remarks.append("the rules that entry \(approval.entry) approved weaken what is recorded: \(change.text)")
        }
    }
}
