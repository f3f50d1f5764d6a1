import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceVerification

/// Prints what `status` found: the gravest first, and of each kind no more than fits a screen.
struct StatusListing {
    private let report: StatusReport
    private let console: Console
    /// Whether each post and place has its line.
    private let isWhole: Bool

    /// Lines of a kind on a terminal; the next kind must not be pushed off it.
    static let maxLines = 20

    init(_ report: StatusReport, _ console: Console, isWhole: Bool) {
        (self.report, self.console, self.isWhole) = (report, console, isWhole)
    }

    /// States whose posts and places have lines: updates by version 0.1.0 are only counted, since thousands of lines
    /// would bury the rest.
    private static func hasLines(_ state: StatusReport.State) -> Bool { state != .superseded && state != .ok }

    /// Whether anything is listed.
    var hasLines: Bool {
        !report.massChanges.isEmpty || report.items.contains { StatusListing.hasLines($0.state) }
    }

    /// Prints posts and places, by state.
    func printItems() {
        for state in StatusReport.State.allCases where StatusListing.hasLines(state) {
            let items = report.items.filter { $0.state == state }
            guard !items.isEmpty else { continue }
            switch state {
            case .moved where !isWhole: printMoves()
            case .refused where !isWhole: printRefusals(items)
            default: printLines(items)
            }
        }
    }

    private func printLines(_ items: [StatusReport.Item]) {
        guard !items.isEmpty else { return }
        let shown = isWhole || !Console.isTerminal ? items[...] : items.prefix(StatusListing.maxLines)
        for item in shown {
            let word = Console.pad(item.state.rawValue, 11)
            let entry = item.entry.map { "  entry \($0)" } ?? ""
            let detail = item.detail.isEmpty ? "" : "  \(Console.escape(item.detail))"
            let codes = item.codes.isEmpty ? "" : "  [\(item.codes.joined(separator: " "))]"
            let text = "\(Console.escape(item.path.description))\(entry)\(detail)\(codes)"
            if item.state.status == .failed {
                console.failure(console.paint(word, .red) + text)
            } else {
                console.line(word + text)
            }
        }
        let more = items.count - shown.count
        if more > 0, let state = items.first?.state {
            console.line(Console.pad(state.rawValue, 11) + "and \(more) more; --verbose lists them")
        }
    }

    private func printMoves() {
        let moves = report.moves
        for move in moves.prefix(StatusListing.maxLines) {
            let (from, to) = (Console.escape(move.from.description), Console.escape(move.to.description))
            let places = move.from == move.to ? "renamed in \(from)" : "\(from) → \(to)"
            console.line(Console.pad("moved", 11) + "\(Console.count(move.count, "post"))  \(places)")
        }
        if moves.count > StatusListing.maxLines {
            console.line(
                Console.pad("moved", 11) + "and more, between \(moves.count - StatusListing.maxLines) other folders")
        }
    }

    private func printRefusals(_ items: [StatusReport.Item]) {
        // A file that is alone with its cause has its own line, as have links and files that cannot be read.
        let single = Set(report.causes.filter { $0.value == 1 }.map(\.key.code))
        let causes = report.causes.filter { $0.value > 1 }
            .sorted { ($1.value, $0.key.code) < ($0.value, $1.key.code) }
        for (cause, count) in causes.prefix(StatusListing.maxLines) {
            let words = cause.words.isEmpty ? "refused by an earlier add, and unchanged since" : cause.words
            console.line(
                Console.pad("refused", 11) + "\(count) files  \(Console.escape(words))  [\(cause.code)]")
        }
        let grouped = Set(causes.map(\.key.code))
        printLines(
            items.filter { item in
                guard let code = item.codes.first else { return true }
                return single.contains(code) && !grouped.contains(code)
            })
    }

    /// Prints how many posts and places are in each state.
    func printCounts() {
        for state in StatusReport.State.allCases {
            guard let count = report.counts[state], count > 0 else { continue }
            console.line(
                "\(Console.pad(state.rawValue, 11))\(Console.right(count, 8))  \(StatusListing.noun(count, state))\(words(state))"
            )
        }
        let left = report.notLookedAt
        if left.count > 0 {
            console.line("not looked at \(Console.right(left.count, 5))  files: \(Console.escape(left.words))")
        }
    }

    /// What a count is about, and what to do.
    private func words(_ state: StatusReport.State) -> String {
        switch state {
        case .superseded: return ", replaced on the record by version 0.1.0; --json lists them"
        case .moved:
            // A post in the archive's own folder is named itself.
            let folders = Set(report.movedTo.map { $0.topFolder == "." ? $0 : $0.topFolder })
            let names = folders.sorted().prefix(3).map { Console.word($0.description) }.joined(separator: " ")
            return ": `provenance add \(names)` registers where they are now"
        case .unrecorded: return ": `provenance add` records them, or says why it cannot"
        default: return ""
        }
    }

    private static func noun(_ count: UInt64, _ state: StatusReport.State) -> String {
        switch state {
        case .missing, .moved, .unplaced: count == 1 ? "post" : "posts"
        case .unrecorded, .refused: count == 1 ? "file" : "files"
        default: count == 1 ? "place" : "places"
        }
    }

    /// A count in words, for the verdict: `2 posts missing`.
    static func count(_ count: UInt64, _ state: StatusReport.State) -> String {
        "\(count) \(noun(count, state)) \(state.rawValue)"
    }
}
