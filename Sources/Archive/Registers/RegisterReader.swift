import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceRecord
import ProvenanceSystem

/// Reads registers against the root and number of lines that an accession entry vouches for.
public struct RegisterReader {
    /// What reading a register came to.
    public enum Outcome: Sendable, Equatable {
        /// The lines are those that were logged; some may be withheld.
        case authentic(withheld: Int)
        /// There is no file.
        case absent
        /// The file is not the one that was logged.
        case forged(String)
        /// Something is there that cannot be read, for this reason: a folder, a link, no permission, a bad disk.
        case unreadable(String)
    }

    /// What to do about a register that is missing, unreadable or another one than was logged.
    package static let restoreAdvice = "restore the file from a backup or a clone; any copy will do, its root is logged"

    /// Longest line that is read: a path of 4,096 bytes, escaped sixfold.
    package static let maxLineBytes = 65_536
    /// Bytes that are read, and shared among the cores, at a time: some 3,500 lines, with what is read of them 3 MB.
    private static let pieceSize = 1 << 20

    /// The register's file name in `accessions`.
    public static func name(_ root: Digest) -> String { root.hex + ".jsonl" }

    /// Reads a register to the end, then says whether it is the one that was logged.
    ///
    /// - Parameters:
    ///   - store: The archive's registers.
    ///   - root: The root that the accession entry states.
    ///   - count: The number of lines that it states.
    ///   - onAllCores: Whether the lines are shared among the cores; a caller that has every core at work shares nothing.
    ///   - roots: Receives the roots line, once.
    ///   - prepare: Called on all cores with each line that is not withheld, and the roots.
    ///   - each: Receives these lines in their order, and what `prepare` made of them. They are authentic only if the
    ///     outcome says so: a caller that acts on them does so after the return, or reads twice.
    /// - Returns: Whether the lines are those that were logged; a file that cannot be read is an outcome too, for one
    ///   register says nothing about the rest of the log.
    /// - Throws: what `each` throws, and libcrypto's errors.
    public static func read<Prepared: Sendable>(
        from store: any ArchiveStore, root: Digest, count: Int, onAllCores: Bool = true,
        roots: ([String]) -> Void = { _ in },
        prepare: @Sendable (RegisterLine, _ roots: [String]) -> Prepared,
        line each: (RegisterLine, Prepared) throws -> Void
    ) throws -> Outcome {
        let pieces: any ObjectPieces
        do {
            let path = StorePath(jsonLines: root)
            guard let found = try store.pieces(of: path, upTo: pieceSize) else { return .absent }
            pieces = found
        } catch {
            return .unreadable(error.words)
        }
        var range = CompactRange()
        var withheld = 0
        var foundRoots: [String]?
        var pending: [UInt8] = []
        while true {
            let piece: [UInt8]
            do { piece = try pieces.next() } catch { return .unreadable(error.words) }
            if piece.isEmpty { break }
            pending += piece
            var lines: [Range<Int>] = []
            var start = 0
            while let end = Bytes.firstNewline(in: pending, from: start) {
                guard end - start <= maxLineBytes else {
                    return .forged("line \(range.size + UInt64(lines.count) + 1) is too long")
                }
                lines.append(start..<end)
                start = end + 1
            }
            if foundRoots == nil, let first = lines.first {
                guard let value = CanonicalJSON.decode(pending[first]), let list = value["roots"]?.array,
                    value.members?.count == 1
                else { return .forged("line 1 is no roots line") }
                let found = list.compactMap(\.string)
                foundRoots = found
                roots(found)
                range.append(MerkleHash.leaf(pending[first]))
                lines.removeFirst()
            }
            let known = foundRoots ?? []
            for slice in readLines(lines, pending, onAllCores: onAllCores, { prepare($0, known) }) {
                for line in slice {
                    switch line {
                    case .listed(let entry, let leaf, let prepared):
                        range.append(leaf)
                        try each(entry, prepared)
                    case .withheld(let leaf):
                        withheld += 1
                        range.append(leaf)
                    case .noLeaf: return .forged("line \(range.size + 1) is no leaf hash")
                    case .noLine: return .forged("line \(range.size + 1) is no register line")
                    }
                }
            }
            pending.removeFirst(start)
            guard pending.count <= maxLineBytes else { return .forged("line \(range.size + 1) is too long") }
        }
        guard pending.isEmpty else { return .forged("the last line does not end in a newline") }
        guard range.size == UInt64(clamping: count) else {
            return .forged("\(range.size) lines; the accession states \(count)")
        }
        guard range.root == root else { return .forged("its root is not the one that was logged") }
        return .authentic(withheld: withheld)
    }

    /// Reads a register as above, where nothing is to be prepared.
    public static func read(
        from store: any ArchiveStore, root: Digest, count: Int, roots: ([String]) -> Void = { _ in },
        line each: (RegisterLine) throws -> Void
    ) throws -> Outcome {
        try read(
            from: store, root: root, count: count, roots: roots, prepare: { _, _ in () },
            line: { line, _ in try each(line) })
    }

    /// What a line behind the first turned out to be.
    private enum Line<Prepared: Sendable>: Sendable {
        case listed(RegisterLine, Digest, Prepared)
        case withheld(Digest)
        case noLeaf
        case noLine
    }

    /// Reads and hashes lines on all cores; what they say is looked at in their order.
    private static func readLines<Prepared: Sendable>(
        _ lines: [Range<Int>], _ bytes: [UInt8], onAllCores: Bool, _ prepare: @Sendable (RegisterLine) -> Prepared
    ) -> [[Line<Prepared>]] {
        @Sendable func read(_: Int, _ slice: Range<Int>) -> [Line<Prepared>] {
            var read: [Line<Prepared>] = []
            read.reserveCapacity(slice.count)
            for place in slice { read.append(readLine(bytes[lines[place]], prepare)) }
            return read
        }
        guard onAllCores, lines.count >= minShared else { return [read(0, lines.indices)] }
        return concurrentMap(lines.count, read)
    }

    /// Fewer lines are read sooner than they are handed out.
    private static let minShared = 128

    private static func readLine<Prepared: Sendable>(
        _ line: ArraySlice<UInt8>, _ prepare: (RegisterLine) -> Prepared
    ) -> Line<Prepared> {
        if line.first == UInt8(ascii: "\"") {
            // "A line may be withheld later by putting its leaf hash in its place."
            guard line.count == 66, line.last == UInt8(ascii: "\""), let hash = Digest(hex: line.dropFirst().dropLast())
            else { return .noLeaf }
            return .withheld(hash)
        }
        guard let entry = RegisterLine(parsing: line) else { return .noLine }
        return .listed(entry, MerkleHash.leaf(line), prepare(entry))
    }
}
