import ProvenanceEncoding
import ProvenanceMerkle

/// The name of an object in a store: elements of `[a-z0-9.-]`, joined by slashes, such as `tile/0/x001/067.p/8`.
///
/// No other character is accepted, so that a path is spelled the same in a folder, in a URL and in a signed request,
/// where every other character has more than one spelling. An element of dots alone leads elsewhere in a folder and is
/// refused.
public struct StorePath: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The path as it is written.
    public let text: String

    /// Longest path, in bytes: the keys of object stores have at most 1,024, and some are taken by the store's own
    /// prefix.
    public static let maxBytes = 512

    /// Reads a path strictly.
    ///
    /// - Returns: `nil` for an empty path or element, an element of dots alone, any other character, and a path that is
    ///   too long.
    public init?(_ text: String) {
        var length = 0
        var isDots = true
        var count = 0
        for byte in text.utf8 {
            count += 1
            guard count <= StorePath.maxBytes else { return nil }
            switch byte {
            case UInt8(ascii: "/"):
                guard length > 0, !isDots else { return nil }
                length = 0
                isDots = true
            case UInt8(ascii: "."): length += 1
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                length += 1
                isDots = false
            default: return nil
            }
        }
        guard length > 0, !isDots else { return nil }
        self.text = text
    }

    private init(checked text: String) { self.text = text }

    /// The place of a tile or of an entry bundle.
    public init(_ tile: Tile) { self.init(checked: tile.path) }

    /// The path of JSON lines named by their digest: `<64 digits>.jsonl`.
    public init(jsonLines digest: Digest) { self.init(checked: digest.hex + ".jsonl") }

    /// The folder of a tile's partial forms, the same for every width.
    static func partials(of tile: Tile) -> StorePath { StorePath(checked: tile.full.path + ".p") }

    /// The log's checkpoint.
    public static let checkpoint = StorePath(checked: "checkpoint")
    /// The folder that tiles and entry bundles lie below.
    static let tiles = StorePath(checked: "tile")

    /// The path as it is written.
    public var description: String { text }

    /// Whether this object lies below a folder.
    public func isBelow(_ folder: StorePath) -> Bool {
        text.utf8.count > folder.text.utf8.count + 1 && text.utf8.starts(with: folder.text.utf8)
            && text.utf8.dropFirst(folder.text.utf8.count).first == UInt8(ascii: "/")
    }

    /// Order of the bytes, as object stores list their keys.
    public static func < (left: StorePath, right: StorePath) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}
