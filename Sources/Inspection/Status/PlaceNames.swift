import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceVerification
import Synchronization

/// Collects what is rare in register lines while several threads read them: names of roots, paths that no walk reaches,
/// codes of refusals.
final class PlaceNames: Sendable {
    private struct State {
        var numbers: [UInt64: UInt32] = [:]
        var roots: [StatusHistory.Root] = []
        var codes: [String] = []
        /// What lines of registers led to that are not known yet to be authentic, by the index of their accession.
        var pending: [UInt64: Pending] = [:]
        var unwalked: Set<RawPath> = []
        var problems: [Problem] = []
    }

    private struct Pending {
        var unwalked: Set<RawPath> = []
        var problems: [Problem] = []
    }

    /// Codes that are told apart: a hundred exist, and more are compared one by one. Further ones share the last.
    private static let maxCodes = 256

    private let key: MarkKey
    private let state = Mutex(State())

    init(_ key: MarkKey) { self.key = key }

    /// Roots and codes of all lines, and unwalked paths and problems of lines in authentic registers.
    var all: (roots: [StatusHistory.Root], codes: [String], unwalked: Set<RawPath>, problems: [Problem]) {
        state.withLock { ($0.roots, $0.codes, $0.unwalked, $0.problems) }
    }

    /// Adds a problem of a line in the register of an accession with this index.
    func report(_ problem: Problem, accession: UInt64) {
        state.withLock { $0.pending[accession, default: Pending()].problems.append(problem) }
    }

    /// Keeps what the lines of a register led to if the register is authentic, and drops it otherwise.
    func settle(accession: UInt64, isAuthentic: Bool) {
        state.withLock { state in
            guard let pending = state.pending.removeValue(forKey: accession), isAuthentic else { return }
            state.unwalked.formUnion(pending.unwalked)
            state.problems += pending.problems
        }
    }

    /// Notes a path inside the archive, and returns the number of its root: the first element, `.` for a name in the
    /// archive's folder.
    func note(_ path: RawPath, accession: UInt64) -> UInt32 {
        let first = path.bytes.prefix { $0 != UInt8(ascii: "/") }
        let isAlone = first.count == path.bytes.count
        let mark = isAlone ? 0 : key.mark(first)
        // A walk of the root's folder finds all names but these.
        let isWalked = !isAlone && ArchiveFolder.isWalked(path) && path.bytes.suffix(3).elementsEqual(".md".utf8)
        return state.withLock { state in
            if !isWalked { state.pending[accession, default: Pending()].unwalked.insert(path) }
            return number(mark, in: &state) { StatusHistory.Root(name: isAlone ? "." : RawPath(first), isInside: true) }
        }
    }

    /// The number of a root outside the archive.
    func outside(_ root: RawPath) -> UInt32 {
        let mark = key.mark(root: [1], path: root.bytes, entry: 0)
        return state.withLock { state in
            number(mark, in: &state) { StatusHistory.Root(name: root, isInside: false) }
        }
    }

    private func number(_ mark: UInt64, in state: inout State, _ root: () -> StatusHistory.Root) -> UInt32 {
        if let number = state.numbers[mark] { return number }
        let number = UInt32(clamping: state.roots.count)
        state.roots.append(root())
        state.numbers[mark] = number
        return number
    }

    /// The number of a refusal's code.
    func code(_ text: String) -> UInt16 {
        state.withLock { state in
            if let number = state.codes.firstIndex(of: text) { return UInt16(clamping: number) }
            if state.codes.count < PlaceNames.maxCodes { state.codes.append(text) }
            return UInt16(clamping: state.codes.count - 1)
        }
    }
}
