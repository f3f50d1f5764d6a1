import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// A recorded post as lists show it.
public struct ListedPost: Sendable {
    /// The index of its entry.
    public let index: UInt64
    /// Its record, read from the log.
    public let record: PostRecord
    /// Its title, a label; `nil` where neither the index nor a file at hand has it.
    public internal(set) var title: String?
    /// Where it was seen, the last place at the end: labels.
    public let places: [ShownEntry.Place]

    /// Where it was seen last, as a path from the archive's folder.
    public var path: RawPath? {
        places.last.map { $0.root == "." ? $0.path : RawPath($0.root).appending($0.path) }
    }

    /// Its members in `--json`.
    public var members: [String: JSONValue] {
        let members: [String: JSONValue] = [
            "index": .number(index), "sha256": .string(record.sha256.hex), "source": .optional(record.source?.string),
            "dated": .optional(record.dated?.string), "published": record.published.map { .number($0) } ?? .null,
            "recorded": .number(record.recorded), "title": .optional(title), "places": .array(places.map(\.json)),
        ]
        return members.merging(record.readingMembers) { $1 }
    }
}

/// Adds titles and places to records. These come from the index: labels, which decide nothing.
public struct PostLister {
    private let view: LogView
    private let index: any ArchiveIndex

    /// Records that are looked up at a time, so that an index on another machine is asked seldom.
    public static let postsAtOnce = 256

    /// - Throws: `Problem` of the log, if the index has to be built from it.
    public init(_ view: LogView) throws(Problem) {
        self.view = view
        index = try view.index()
    }

    /// The records with their labels, in their order.
    public func posts(_ records: [(index: UInt64, record: PostRecord)]) throws(Problem) -> [ListedPost] {
        try view.wrapped {
            let entries = records.map(\.index)
            let (rows, places) = (try index.entries(entries), try index.placements(of: entries))
            return zip(records, zip(rows, places)).map { record, labels in
                // The index is untrusted: a title is used only if its row has the record's digest.
                let title = labels.0?.sha256 == record.record.sha256 ? labels.0?.title : nil
                return ListedPost(
                    index: record.index, record: record.record, title: title,
                    places: labels.1.map { ShownEntry.Place(root: $0.root, path: $0.path) })
            }
        }
    }

    /// The same; a title that the index lacks is taken from the post, where it is at hand.
    public func titledPosts(_ records: [(index: UInt64, record: PostRecord)]) throws(Problem) -> [ListedPost] {
        var posts = try posts(records)
        for number in posts.indices where posts[number].title == nil {
            let post = posts[number]
            posts[number].title = view.archive.text(of: post.record, at: post.places)?.title.string
        }
        return posts
    }
}

extension ArchiveFolder {
    /// The bytes of a recorded post, from one of its places in the archive that still holds them; the last place first.
    package func bytes(of record: PostRecord, at places: [ShownEntry.Place]) -> [UInt8]? {
        for place in places.reversed() where place.root == "." && place.path.isPlainRelative {
            if let bytes = try? readFile(below: root, place.path, limit: Post.maxSize).bytes,
                SHA256.hash(bytes) == record.sha256
            {
                return bytes
            }
        }
        return nil
    }

    /// The text of a recorded post, from such bytes, read as the record states.
    func text(of record: PostRecord, at places: [ShownEntry.Place]) -> PostText? {
        bytes(of: record, at: places).flatMap { PostText(of: record, in: $0) }
    }
}
