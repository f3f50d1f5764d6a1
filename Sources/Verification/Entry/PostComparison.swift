import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord

/// Compares posts with records: every digest is rebuilt from the bytes, none is taken from the record.
package enum PostComparison {
    /// The record that these bytes would have. Every digest is computed from them; only the signer and the time of
    /// recording, which a post does not state, are taken from the record that they are compared with.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - record: The record to compare with.
    ///   - path: The file's name, for messages.
    ///   - whole: The digest of the whole file, if the caller has just computed it from these bytes.
    /// - Returns: The rebuilt record.
    /// - Throws: `PostError` when the bytes are no post.
    package static func rebuild(
        _ bytes: [UInt8], for record: PostRecord, path: String? = nil, whole: Digest? = nil
    ) throws(PostError) -> PostRecord {
        try record.rebuilt(from: bytes, path: path, whole: whole)
    }

    /// Differences between a record and the one rebuilt from the recorded bytes, for a message.
    package static func words(_ differences: [PostRecord.Difference]) -> String {
        differences.map { "\($0.field.rawValue): recorded \($0.recorded), found \($0.found)" }
            .joined(separator: "; ")
    }

    /// The claims about content, address and time that follow from a post and the record of the same digest.
    package static func claims(
        _ bytes: [UInt8], _ record: PostRecord, path: String
    ) -> (claims: [Claim], problems: [Problem]) {
        let rebuilt: PostRecord
        do { rebuilt = try rebuild(bytes, for: record, path: path) } catch {
            // The bytes are the recorded ones, but this reader cannot read a post from them.
            let problem = Problem(
                .recordMismatch, path, "the bytes are the recorded ones, yet no post is read from them: \(error)")
            return ([Claim(.content, .failed, problem: problem)], [problem])
        }
        let differences = record.differences(from: rebuilt)
        guard differences.isEmpty else {
            let problem = Problem(.recordMismatch, path, words(differences))
            return ([Claim(.content, .failed, problem: problem)], [problem])
        }
        return (
            [
                content(record), source(record, .proven), published(record, .proven),
                Claim(.recorded, .asserted, "\(UTCTime.text(record.recorded)), the operator's clock"),
            ], []
        )
    }

    /// What changed between a record and the bytes that are now at its place.
    package static func changes(_ bytes: [UInt8], from record: PostRecord, place: String, entry: UInt64) -> [Problem] {
        guard let rebuilt = try? rebuild(bytes, for: record, path: place) else {
            return [
                Problem(.altered, place, "not the bytes of entry \(entry), and no longer a post")
            ]
        }
        let parts = record.changedParts(from: rebuilt)
        let words = parts.map(\.rawValue).joined(separator: ", ")
        var problems = [
            Problem(
                .altered, place,
                "not the bytes of entry \(entry)" + (words.isEmpty ? "" : ": \(words) changed"))
        ]
        for part in parts {
            problems.append(
                Problem(
                    code: part.code, place: place,
                    reason: "the \(part.rawValue) differ\(part == .words ? "" : "s") from entry \(entry)",
                    status: .failed))
        }
        // The stated address and times are reported in addition to the part that holds them: another address is another
        // claim.
        let stated: Set<PostRecord.Field> = [.source, .dated, .published]
        for difference in record.differences(from: rebuilt) where stated.contains(difference.field) {
            problems.append(
                Problem(
                    code: difference.field.code, place: place,
                    reason: "it states \(difference.found), entry \(entry) records \(difference.recorded)",
                    status: .failed))
        }
        return problems
    }
}
