import ProvenanceEncoding
import ProvenanceRecord

/// What people read and search in a recorded post: its title, which no record states, and its passages.
public struct PostText: Sendable {
    /// The title; empty when the post has none.
    public let title: ExactText
    private let body: ArraySlice<UInt8>
    private let version: PostRecord.Version

    /// Reads bytes as a record states it; `nil` when they do not take that form, or it is of a later version.
    ///
    /// - Parameters:
    ///   - record: The record of the bytes.
    ///   - bytes: The whole file.
    public init?(of record: PostRecord, in bytes: [UInt8]) {
        version = record.version
        guard let form = record.form else {
            guard let post = try? Post(parsing: bytes) else { return nil }
            title = post.title
            body = bytes[post.bodyRange]
            return
        }
        guard let parts = form == .plain ? PostParts(plain: bytes) : try? PostParts(parsing: bytes), parts.form == form
        else { return nil }
        title = parts.title(ReadingRules.v1.titleKeys)
        body = bytes[parts.bodyRange]
    }

    /// The texts of the passages in order, each in UTF-8.
    public func passages() -> [[UInt8]] { Passages.list(of: body, version) }

    /// The title of a post of any version; `nil` for bytes that are none, or have none.
    public static func title(in bytes: [UInt8]) -> ExactText? {
        if let post = try? Post(parsing: bytes) { return post.title }
        guard let title = (try? PostParts(parsing: bytes))?.title(ReadingRules.v1.titleKeys) else { return nil }
        return title.isEmpty ? nil : title
    }

    /// The addresses that a record of these bytes may state as the source, for finding other records of the same address.
    ///
    /// - Returns: The value of `from` if `provenance/post@v1` reads the bytes; else what a reading of version 2 may choose,
    ///   at most 16 of them.
    public static func possibleSources(in bytes: [UInt8]) -> [ExactText] {
        if let post = try? Post(parsing: bytes) { return [post.source] }
        guard let parts = try? PostParts(parsing: bytes) else { return [] }
        guard parts.form.hasFrontMatter else { return parts.link.map { [$0] } ?? [] }
        let addresses = parts.keys.entries.lazy.compactMap(\.text).filter(Address.isWeb)
        return Array(addresses.prefix(maxSources))
    }

    /// More addresses than the front matter of any real post has.
    private static let maxSources = 16
}
