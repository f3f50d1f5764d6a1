import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceVerification

extension RulesApproval {
    /// Refuses an approval that none of some signers made.
    ///
    /// "`config approve`, with the signer's key, writes an accession@v2" (config.md): whoever has the log's key alone approves
    /// nothing. No earlier approval takes its place, since nobody knows whether one was meant to end.
    ///
    /// - Parameters:
    ///   - reader: The log.
    ///   - signers: The signers that count.
    /// - Throws: `Problem` with `E-RULES-MISSING`, or of the log.
    package func requireSignature(_ reader: LogReader, signers: [VerifierKey]) throws {
        var examiner = try EntryExaminer(signers: signers, origin: reader.checkpoint.origin)
        let examination = examiner.examine(try reader.entry(entry)[...], index: entry)
        guard examination.signature.standing != .proven else { return }
        throw Problem(
            .rulesMissing, "entry \(entry)",
            "it names rules, but no signer of this log made it: \(examination.signature.detail); nothing is recorded by them",
            advice:
                "find out who else has the log's key; what .provenance/config says comes into force with `provenance config approve`"
        )
    }
}

extension RulesInForce {
    /// Finds the rules in force of a log that is looked at.
    ///
    /// Where no signer is pinned nothing is proven, the approval included, and every verdict says so.
    ///
    /// - Throws: `Problem` as for an archive, and where none of the pinned signers made the approval.
    package static func read(_ approval: RulesApproval?, of view: LogView) throws(Problem) -> RulesInForce {
        if let approval, !view.signers.isEmpty {
            do { try approval.requireSignature(view.reader, signers: view.signers) } catch { throw Problem(any: error) }
        }
        return try read(approval, of: view.archive)
    }
}
