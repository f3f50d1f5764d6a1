import ProvenanceEncoding
import ProvenanceRecord

/// Warnings of `provenance/post@v2`: what the post holds besides what its record states.
///
/// "So of all records that verify over the same bytes, v1's among them, those without a warning have one source."
enum PostWarnings {
    /// Warnings about a reading of some bytes.
    ///
    /// - Parameters:
    ///   - parts: The parts, in the form that the record states.
    ///   - sourceKey: The key of the source, if a front matter holds it.
    ///   - source: The source that the record states.
    ///   - isDated: Whether it states a date.
    ///   - bytes: The whole file.
    /// - Returns: The warnings, those about keys in the order of the file.
    static func of(
        _ parts: PostParts, sourceKey: ExactText?, source: ExactText?, isDated: Bool, in bytes: [UInt8]
    ) -> [PostWarning] {
        guard parts.form != .plain else { return notStated(bytes) }
        var warnings: [PostWarning] = []
        var named: Set<ExactText> = []
        // Keys stand in the order of the file, so that one pass counts the lines of all.
        var place = (offset: 0, line: 1)
        // "names every other top-level key whose value is a scalar and an http(s) address, and `from` whatever it holds"
        for entry in parts.keys.entries where entry.key != sourceKey {
            let isAddress = entry.text.map(Address.isWeb) ?? false
            guard isAddress || entry.key == "from", named.insert(entry.key).inserted else { continue }
            for byte in bytes[place.offset..<max(place.offset, entry.offset)] where byte == Bytes.newline {
                place.line += 1
            }
            place.offset = max(place.offset, entry.offset)
            warnings.append(
                PostWarning(
                    .sourceOther, line: place.line,
                    isAddress
                        ? "`\(entry.key)` holds an address that the record does not state"
                        : "the record does not take its source from the post's `from`", of: entry.key))
        }
        if let source, parts.form.hasFrontMatter, !Address.isWeb(source) {
            warnings.append(noAddress(source))
        }
        // "a `date` that is there where `dated` is absent": an empty value is a claim nobody made.
        if !isDated, let date = parts.keys.entries(of: "date").first(where: { $0.value != .scalar("") }) {
            warnings.append(
                PostWarning(
                    .notStated, line: SourcePosition(of: date.offset, in: bytes).line,
                    "the post has a `date` that the record does not state", of: "date"))
        }
        if let merge = parts.keys.entries(of: FrontMatterKeys.merge).first {
            let line = SourcePosition(of: merge.offset, in: bytes).line
            warnings.append(
                PostWarning(.yamlMerge, line: line, "`<<` is not applied: what only it would give is not stated"))
        }
        if parts.form == .rss, let source, let link = parts.link, !Address.sameAfterDecoding(source, link) {
            let line = SourcePosition(of: parts.frontMatterRange?.upperBound ?? 0, in: bytes).line + 1
            warnings.append(
                PostWarning(
                    .sourceLink, line: line,
                    "the link goes to \(excerpt(link.utf8)), the source is \(excerpt(source.utf8))"))
        }
        return warnings
    }

    /// "`W-SOURCE-NO-ADDRESS`: a source that is none", for a record of version 1 too.
    static func source(_ source: ExactText) -> [PostWarning] {
        Address.isWeb(source) ? [] : [noAddress(source)]
    }

    private static func noAddress(_ source: ExactText) -> PostWarning {
        PostWarning(.sourceNoAddress, line: 1, "the source \(excerpt(source.utf8)) is no http(s) address")
    }

    /// "`W-NOT-STATED`: a *plain* record whose bytes take another form or v1 (or begin like a form)".
    private static func notStated(_ bytes: [UInt8]) -> [PostWarning] {
        let form: ExactText
        let words: String
        if let parts = try? PostParts(parsing: bytes) {
            form = parts.form.word
            words = "the bytes take the form \(form), and the record reads nothing of them"
        } else if (try? Post(parsing: bytes)) != nil {
            form = "v1"
            words = "provenance/post@v1 reads these bytes, and the record reads nothing of them"
        } else if PostParts.beginning(of: bytes) != .none {
            form = "unreadable"
            words = "the bytes begin like a post that cannot be read, and the record reads nothing of them"
        } else {
            return []
        }
        return [PostWarning(.notStated, line: 1, words, of: form)]
    }
}
