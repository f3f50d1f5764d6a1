import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceRecord

extension PostRecord {
    /// The record that some bytes would have in the reading that this record states: "the verifier repeats that reading and
    /// no other".
    ///
    /// Every digest is computed from the bytes. What no post states is taken over from this record: signer, log, time of
    /// recording and the names of the keys. In a form of a later version only digest and size are rebuilt: "the rest is
    /// *unknown*, never failed".
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - path: The file's name, for messages.
    ///   - whole: The digest of the whole file, if the caller has already computed it from these bytes.
    /// - Returns: The rebuilt record, to be compared by `differences(from:)`.
    /// - Throws: `PostError` when the bytes take no form, or, for a record of version 1, are no post.
    public func rebuilt(
        from bytes: [UInt8], path: String? = nil, whole: Digest? = nil
    ) throws(PostError) -> PostRecord {
        guard let form, let log else {
            let post = try Post(parsing: bytes, path: path)
            return PostRecord(
                post, PostDigests.compute(bytes, post, whole: whole), signer: signer.string, recorded: recorded)
        }
        func record(
            _ form: PostForm, _ digests: PostDigests, source: ExactText?, dated: ExactText?, published: Int64?
        ) -> PostRecord {
            PostRecord(
                form: form, digests, source: source.map { KeyedText($0, key: sourceKey) },
                dated: dated.map { KeyedText($0, key: datedKey) }, published: published, signer: signer.string,
                log: log.string, recorded: recorded)
        }
        if case .later = form {
            let digests = PostDigests(
                whole: whole ?? SHA256.hash(bytes), size: bytes.count, front: front, body: body, text: text)
            return record(form, digests, source: source, dated: dated, published: published)
        }
        let parts: PostParts
        do throws(PostError) { parts = try PostRecord.parts(of: bytes, form) } catch { throw error.at(path: path) }
        // "An absent line is *unknown*, never 'the post has none'": what the record does not state is not rebuilt.
        return record(
            parts.form, parts.digests(of: bytes, whole: whole),
            source: sourceKey.map { parts.keys.stated($0) } ?? (form.hasFrontMatter ? nil : parts.link),
            dated: datedKey.flatMap { parts.keys.stated($0) }, published: parts.epoch)
    }

    /// What the post holds besides what this record states, for a record whose statements were rebuilt from these bytes.
    ///
    /// - Parameter bytes: The whole file.
    /// - Returns: Warnings; none for a record of version 1.
    public func warnings(over bytes: [UInt8]) -> [PostWarning] {
        guard let form else { return [] }
        if case .later(let word) = form {
            return [
                PostWarning(
                    .formUnknown, line: 1, "the form `\(word)` is of a later version: digest and size are checked",
                    of: word)
            ]
        }
        guard let parts = try? PostRecord.parts(of: bytes, form), parts.form == form else { return [] }
        return PostWarnings.of(parts, sourceKey: sourceKey, source: source, isDated: dated != nil, in: bytes)
    }

    /// "Anything may be stated as *plain*".
    private static func parts(of bytes: [UInt8], _ form: PostForm) throws(PostError) -> PostParts {
        form == .plain ? PostParts(plain: bytes) : try PostParts(parsing: bytes)
    }
}
