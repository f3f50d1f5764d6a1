import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceRecord
import ProvenanceSystem

/// Reads registers and checks them against the root and line count that an accession entry states.
public struct RegisterReader {
    /// The result of reading a register.
    public enum Outcome: Sendable, Equatable {
        /// The lines are the logged ones; some may be withheld.
        case authentic(withheld: Int)
        /// There is no file.
        case absent
        /// The file differs from the logged register.
        case forged(String)
        /// The file cannot be read, with the reason: it is a folder or a link, permission is denied, or the disk fails.
        case unreadable(String)
    }

    /// Advice for a register that is missing, unreadable, or not the logged one.
    package static let restoreAdvice = "restore the file from a backup or a clone; any copy will do, its root is logged"

    /// Maximum length of a line: a path of 4,096 bytes, escaped sixfold.
    package static let maxLineBytes = 65_536
    /// Bytes read, and divided among the cores, at a time: about 3,500 lines, 3 MB with their parsed values.
    private static let pieceSize = 1 << 20

    /// The register's file name in `accessions`.
    public static func name(_ root: Digest) -> String { root.hex + ".jsonl" }

    /// Reads a register to its end and returns whether it is the logged one.
    ///
    /// - Parameters:
    ///   - store: The archive's registers.
    ///   - root: The root that the accession entry states.
    ///   - count: The number of lines that it states.
    ///   - isVersion2: Whether the accession is of version 2, whose lines may have `replaces`.
    ///   - onAllCores: Whether to divide the lines among the cores; false for a caller that already uses every core.
    ///   - roots: Receives the roots line, once.
    ///   - prepare: Called on all cores with each line that is not withheld, and the roots.
    ///   - each: Receives these lines in order, each with the result of `prepare`. They are authentic only if the
    ///     outcome says so: act on them after the return, or read twice.
    /// - Returns: Whether the lines are the logged ones. A file that cannot be read is an outcome, not an error, since
    ///   one register does not affect the rest of the log.
    /// - Throws: What `each` throws, and libcrypto's errors.
    public static func read<Prepared: Sendable>(
        from store: any ArchiveStore, root: Digest, count: Int, isVersion2: Bool = false, onAllCores: Bool = true,
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
            for slice in readLines(lines, pending, isVersion2, onAllCores: onAllCores, { prepare($0, known) }) {
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

    /// Reads a register as above, without a `prepare` step.
    public static func read(
        from store: any ArchiveStore, root: Digest, count: Int, isVersion2: Bool = false,
        roots: ([String]) -> Void = { _ in }, line each: (RegisterLine) throws -> Void
    ) throws -> Outcome {
        try read(
            from: store, root: root, count: count, isVersion2: isVersion2, roots: roots, prepare: { _, _ in () },
            line: { line, _ in try each(line) })
    }

    /// A parsed line after the first.
    private enum Line<Prepared: Sendable>: Sendable {
        case listed(RegisterLine, Digest, Prepared)
        case withheld(Digest)
        case noLeaf
        case noLine
    }

    /// Reads and hashes lines on all cores; the results are used in the order of the lines.
    private static func readLines<Prepared: Sendable>(
        _ lines: [Range<Int>], _ bytes: [UInt8], _ isVersion2: Bool, onAllCores: Bool,
        _ prepare: @Sendable (RegisterLine) -> Prepared
    ) -> [[Line<Prepared>]] {
        @Sendable func read(_: Int, _ slice: Range<Int>) -> [Line<Prepared>] {
            var read: [Line<Prepared>] = []
            read.reserveCapacity(slice.count)
            for place in slice { read.append(readLine(bytes[lines[place]], isVersion2, prepare)) }
            return read
        }
        guard onAllCores, lines.count >= minShared else { return [read(0, lines.indices)] }
        return concurrentMap(lines.count, read)
    }

    /// Minimum number of lines to divide among the cores: for fewer, dividing costs more than reading.
    private static let minShared = 128

    private static func readLine<Prepared: Sendable>(
        _ line: ArraySlice<UInt8>, _ isVersion2: Bool, _ prepare: (RegisterLine) -> Prepared
    ) -> Line<Prepared> {
        if line.first == UInt8(ascii: "\"") {
            // "A line may be withheld later by putting its leaf hash in its place."
            guard line.count == 66, line.last == UInt8(ascii: "\""), let hash = Digest(hex: line.dropFirst().dropLast())
            else { return .noLeaf }
            return .withheld(hash)
        }
        // Lines of version 1 have no `replaces`.
        guard let entry = RegisterLine(parsing: line), isVersion2 || entry.replaces == nil else { return .noLine }
        return .listed(entry, MerkleHash.leaf(line), prepare(entry))
    }
}
