import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord

/// Compares posts in hand with records: every digest is rebuilt, none is believed.
package enum PostComparison {
    /// The claims about content, address and time that follow from a post and the record of the same digest.
    package static func claims(
        _ bytes: [UInt8], _ record: PostRecord, path: String
    ) -> (claims: [Claim], problems: [Problem]) {
        let post: Post
        do { post = try Post(parsing: bytes, path: path) } catch {
            // The bytes are those of the record, but this reader finds no post in them.
            let problem = Problem(
                .recordMismatch, path, "the bytes are the recorded ones, yet no post is read from them: \(error)")
            return ([Claim(.content, .failed, problem: problem)], [problem])
        }
        let rebuilt = PostRecord(
            post, PostDigests.compute(bytes, post), signer: record.signer.string,
            recorded: record.recorded)
        let differences = record.differences(from: rebuilt)
        guard differences.isEmpty else {
            let words = differences.map { "\($0.field.rawValue): recorded \($0.recorded), found \($0.found)" }
            let problem = Problem(.recordMismatch, path, words.joined(separator: "; "))
            return ([Claim(.content, .failed, problem: problem)], [problem])
        }
        return (
            [
                Claim(.content, .proven, "sha256 \(record.sha256.hex), front matter, body and text rebuilt"),
                Claim(.source, .proven, "the post states \(record.source.string)"),
                PostComparison.published(record, .proven),
                Claim(.recorded, .asserted, "\(Timestamp.text(record.recorded)), the operator's clock"),
            ], []
        )
    }

    /// The claim about the publication time as the post states it.
    package static func published(_ record: PostRecord, _ standing: Standing) -> Claim {
        let words = record.published.map { "\($0) ms (\(Timestamp.text($0))), dated \(record.dated.string)" }
        return Claim(.published, standing, "the post states " + (words ?? "no epoch, dated \(record.dated.string)"))
    }

    /// What changed between a record and the bytes that now stand at its place.
    package static func changes(_ bytes: [UInt8], from record: PostRecord, place: String, entry: UInt64) -> [Problem] {
        guard let post = try? Post(parsing: bytes, path: place) else {
            return [
                Problem(.altered, place, "not the bytes of entry \(entry), and no longer a post")
            ]
        }
        let rebuilt = PostRecord(
            post, PostDigests.compute(bytes, post), signer: record.signer.string,
            recorded: record.recorded)
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
        // What it states of its origin, said beside the part that holds it: another address is another claim.
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
