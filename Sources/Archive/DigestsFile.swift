import Files
import Log
import Merkle
import OpenSSL

/// `.provenance/digests`: the marks of the digests that a log's records state, so that an `add` need not read all of a long
/// log to find that a post is new.
///
/// Derived: deleting it loses nothing. It is believed only where the archive's own signer sealed it, and only for a log
/// that still begins with the entries it was made of: whoever could forge it could have every post recorded twice.
///
///     provenance digests v1 LF | size, 8 bytes | root, 32 | marks, 8 each, ascending | HMAC-SHA256 of all before, 32
///
/// Numbers are as the machine has them; a mark is the first eight bytes of a digest, as in the index. A file of another
/// kind of machine does not fit its log.
struct DigestsFile {
    /// The entries it was made of.
    let size: UInt64
    /// The root of the tree of these entries.
    let root: Digest
    /// Marks, ascending.
    let marks: [Int64]

    private static let magic = Array("provenance digests v1\n".utf8)
    private static let bytesOfMark = 8
    /// Marks that are noted: those of more entries would not be read in one piece.
    static let mostMarks = 1 << 28
    private static let bytesBesideMarks = magic.count + 8 + 2 * Digest.byteCount

    /// The longest file that a log of this size can have: each entry states one digest at most.
    static func limit(_ size: UInt64) -> Int {
        bytesBesideMarks + bytesOfMark * min(Int(clamping: size), mostMarks)
    }

    init(size: UInt64, root: Digest, marks: [Int64]) {
        self.size = size
        self.root = root
        self.marks = marks
    }

    /// Reads the form that `encoded` writes under the same seal; `nil` for anything else.
    init?(_ bytes: [UInt8], _ seal: Seal) {
        let count = bytes.count - DigestsFile.bytesBesideMarks
        guard count >= 0, count % DigestsFile.bytesOfMark == 0, bytes.starts(with: DigestsFile.magic),
            let stated = Digest(bytes: Array(bytes.suffix(Digest.byteCount))),
            (try? seal.code(bytes.dropLast(Digest.byteCount))) == stated,
            let root = Digest(bytes: Array(bytes.dropFirst(DigestsFile.magic.count + 8).prefix(Digest.byteCount)))
        else { return nil }
        self.root = root
        (size, marks) = bytes.withUnsafeBytes { bytes in
            let numbers = bytes.dropFirst(DigestsFile.magic.count)
            let size = UnsafeRawBufferPointer(rebasing: numbers.prefix(8)).loadUnaligned(as: UInt64.self)
            let marks = UnsafeRawBufferPointer(rebasing: numbers.dropFirst(8 + Digest.byteCount).prefix(count))
            let list = [Int64](unsafeUninitializedCapacity: count / DigestsFile.bytesOfMark) { list, filled in
                UnsafeMutableRawBufferPointer(list).copyMemory(from: marks)
                filled = count / DigestsFile.bytesOfMark
            }
            return (size, list)
        }
    }

    /// The file's bytes.
    func encoded(_ seal: Seal) throws(OpenSSLError) -> [UInt8] {
        var bytes = DigestsFile.magic
        bytes.reserveCapacity(DigestsFile.bytesBesideMarks + marks.count * DigestsFile.bytesOfMark)
        withUnsafeBytes(of: size) { bytes.append(contentsOf: $0) }
        root.append(to: &bytes)
        marks.withUnsafeBytes { bytes.append(contentsOf: $0) }
        try seal.code(bytes[...]).append(to: &bytes)
        return bytes
    }
}
