import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceSystem

/// The result of checking one entry by itself; what depends on other entries is added by `ManifestTally`, in order.
struct CheckedManifestEntry: Sendable {
    /// The entry's index as the manifest states it; reliable only with a proven inclusion.
    let index: UInt64
    /// The label that names it for people.
    let name: RawPath?
    /// What it is.
    let kind: EntryExamination.Kind
    /// Inclusion, signature, and what the record states.
    let claims: [Claim]
    /// The result of comparing the folder of posts with it: for a post's record, when there is a folder.
    let content: ManifestContent?

    /// The entry's name in messages: `entry 17 (_posts/…)`.
    var place: String { CheckedManifestEntry.place(index, name) }

    static func place(_ index: UInt64, _ name: RawPath?) -> String {
        name.map { "entry \(index) (\($0))" } ?? "entry \(index)"
    }
}

/// Checks entries of a manifest independently of each other, against the checkpoint, the pinned signers and the posts.
struct ManifestCheck: Sendable {
    let checkpoint: Checkpoint
    /// Whether a pinned log key signed the checkpoint; otherwise nothing in the tree is proven.
    let isCheckpointProven: Bool
    let signers: [VerifierKey]
    let posts: ManifestPosts?

    /// Checks a window of entries on all cores.
    ///
    /// - Returns: A result for each, in order; a fault for an element that is not in the format.
    func check(_ elements: [[UInt8]]) throws(Problem) -> [Result<CheckedManifestEntry, ManifestEntry.Fault>] {
        let work: @Sendable (Int, Range<Int>) throws(Problem) -> [Result<CheckedManifestEntry, ManifestEntry.Fault>] = {
            (_, range) throws(Problem) in
            var examiner = try EntryExaminer(signers: signers, origin: checkpoint.origin)
            var results: [Result<CheckedManifestEntry, ManifestEntry.Fault>] = []
            results.reserveCapacity(range.count)
            for place in range {
                let entry: ManifestEntry
                do throws(ManifestEntry.Fault) { entry = try ManifestEntry(parsing: elements[place]) } catch {
                    results.append(.failure(error))
                    continue
                }
                results.append(.success(check(entry, &examiner)))
            }
            return results
        }
        return try concurrentMap(elements.count, work).flatMap { $0 }
    }

    private func check(_ entry: ManifestEntry, _ examiner: inout EntryExaminer) -> CheckedManifestEntry {
        let inclusion = EntryCheck.inclusion(
            of: entry.bytes, at: entry.index, by: entry.proof, in: checkpoint, isCheckpointProven: isCheckpointProven)
        let examination = examiner.examine(entry.bytes[...], index: entry.index)
        var claims = [inclusion, examination.signature]
        var content: ManifestContent?
        switch examination.kind {
        case .post(let record):
            if let posts { content = posts.find(record, labels: entry.labels) }
            let isRebuilt = if case .same = content { true } else { false }
            claims += PostComparison.stated(record, isRebuilt: isRebuilt)
            claims.append(Claim(.recorded, .asserted, "by the operator's clock"))
        case .accession:
            claims.append(Claim(.recorded, .asserted, "by the operator's clock"))
            claims.append(Claim(.registers, .unknown, "no register goes with a manifest", code: .registerMissing))
        case .unknown, .critical, .malformed: break
        }
        return CheckedManifestEntry(
            index: entry.index, name: entry.labels.name, kind: examination.kind, claims: claims, content: content)
    }
}
