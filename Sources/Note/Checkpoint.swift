import ProvenanceEncoding
import ProvenanceMerkle

/// A C2SP tlog-checkpoint: origin, tree size and root hash, the text of a signed note.
public struct Checkpoint: Equatable, Sendable {
    /// The log's identity, by convention a URL without scheme.
    public let origin: String
    /// Number of entries.
    public let size: UInt64
    /// RFC 6962 root over them.
    public let root: Digest
    /// Extension lines: not recommended. They are kept and covered by signatures, and have no effect.
    public let extensions: [String]

    /// A checkpoint from its parts; those written here have no extension lines.
    public init(origin: String, size: UInt64, root: Digest, extensions: [String] = []) {
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// Whether two checkpoints have the same text, byte for byte.
    public static func == (left: Checkpoint, right: Checkpoint) -> Bool {
        left.size == right.size && left.root == right.root && Bytes.isSame(left.origin, right.origin)
            && left.extensions.elementsEqual(right.extensions, by: Bytes.isSame)
    }

    /// Whether a text is a valid origin: one that checkpoints, the ML-DSA format and key names all allow.
    public static func isOrigin(_ text: String) -> Bool { Bytes.isKeyName(text) }

    /// Parses a checkpoint from a note's text.
    ///
    /// - Throws: `NoteError` with `E-CHECKPOINT-MALFORMED` and the line.
    public init(parsing text: [UInt8]) throws(NoteError) {
        func fail(_ reason: String, _ line: Int) -> NoteError {
            NoteError(.checkpointMalformed, reason, line: line)
        }
        guard Bytes.isNoteText(text) else {
            throw fail("the text does not end in a newline, is not UTF-8 or has control characters", 1)
        }
        let lines = text.dropLast().split(separator: Bytes.newline, omittingEmptySubsequences: false)
        guard lines.count >= 3 else { throw fail("a checkpoint has an origin, a size and a root line", lines.count) }
        // "The first line is the origin … MUST be non-empty".
        guard !lines[0].isEmpty, lines[0].count <= Bytes.maxKeyNameBytes else {
            throw fail("the origin is empty or over \(Bytes.maxKeyNameBytes) bytes", 1)
        }
        // "The second line is the ASCII decimal representation of the number of leaves … no leading zeroes".
        guard let size = Bytes.decimal(lines[1], upTo: largestTreeSize) else {
            throw fail("the size is not a decimal number without leading zeros, at most 2^63-1", 2)
        }
        // "The third line is the (standard, padded) base64 encoding of the root hash".
        guard let root = Base64.digest(lines[2]) else {
            throw fail("the root is not the canonical base64 of 32 bytes", 3)
        }
        // tlog-witness: a size of 0 has the root SHA-256("").
        guard size > 0 || root == MerkleHash.emptyRoot else {
            throw fail("size 0 with another root than the empty one", 3)
        }
        // "followed by zero or more non-empty lines".
        for (offset, line) in lines.dropFirst(3).enumerated() where line.isEmpty {
            throw fail("an empty extension line", 4 + offset)
        }
        origin = String(decoding: lines[0], as: UTF8.self)
        self.size = size
        self.root = root
        extensions = lines.dropFirst(3).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The note text, final LF included.
    public func text() -> [UInt8] {
        var text = Array("\(origin)\n\(size)\n".utf8)
        Base64.append(root.bytes, to: &text)
        text.append(Bytes.newline)
        for line in extensions {
            text.append(contentsOf: line.utf8)
            text.append(Bytes.newline)
        }
        return text
    }
}
