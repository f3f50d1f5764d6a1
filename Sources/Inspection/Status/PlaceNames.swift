import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceSystem
import ProvenanceVerification
import Synchronization

/// Collects what is rare in register lines while several threads read them: names of roots, paths that no walk reaches,
/// codes of refusals.
final class PlaceNames: Sendable {
    private struct State {
        var numbers: [UInt64: UInt16] = [:]
        var roots: [StatusHistory.Root] = []
        var unwalked: Set<RawPath> = []
        var codes: [String] = []
        var problems: [Problem] = []
    }

    /// Codes that are told apart: a hundred exist, and more are compared one by one. Further ones share the last.
    private static let maxCodes = 256

    private let key: MarkKey
    private let posts: PostFilter
    private let state = Mutex(State())

    /// - Parameters:
    ///   - key: The key of marks.
    ///   - posts: Which names a walk takes for posts.
    init(_ key: MarkKey, _ posts: PostFilter) {
        self.key = key
        self.posts = posts
    }

    /// Roots, unwalked paths and codes.
    var all: (roots: [StatusHistory.Root], unwalked: Set<RawPath>, codes: [String]) {
        state.withLock { ($0.roots, $0.unwalked, $0.codes) }
    }

    /// Problems of single lines.
    var problems: [Problem] { state.withLock { $0.problems } }

    /// Adds a problem.
    func report(_ problem: Problem) { state.withLock { $0.problems.append(problem) } }

    /// Notes a path inside the archive, and returns the number of its root: the first element, `.` for a name in the
    /// archive's folder.
    @discardableResult
    func note(_ path: RawPath) -> UInt16 {
        let first = path.bytes.prefix { $0 != UInt8(ascii: "/") }
        let isAlone = first.count == path.bytes.count
        let mark = isAlone ? 0 : key.mark(first)
        // A walk of the root's folder finds all names but these.
        let isWalked = !isAlone && ArchiveFolder.isWalked(path) && posts.isPost(path)
        return state.withLock { state in
            if !isWalked { state.unwalked.insert(path) }
            return number(mark, in: &state) { StatusHistory.Root(name: isAlone ? "." : RawPath(first), isInside: true) }
        }
    }

    /// The number of a root outside the archive.
    func outside(_ root: RawPath) -> UInt16 {
        let mark = key.mark(root: [1], path: root.bytes, entry: 0)
        return state.withLock { state in
            number(mark, in: &state) { StatusHistory.Root(name: root, isInside: false) }
        }
    }

    private func number(_ mark: UInt64, in state: inout State, _ root: () -> StatusHistory.Root) -> UInt16 {
        if let number = state.numbers[mark] { return number }
        // Roots beyond the numbers of 16 bits share the last one; only sums for people are made by root.
        let number = UInt16(clamping: state.roots.count)
        if state.roots.count < Int(UInt16.max) { state.roots.append(root()) }
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
