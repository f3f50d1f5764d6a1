import Glibc
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceVerification

/// Prints proposed settings as command lines, and asks on a terminal whether to write them.
struct ProposalListing {
    private let proposal: Proposal
    private let console: Console

    init(_ proposal: Proposal, _ console: Console) {
        self.proposal = proposal
        self.console = console
    }

    /// Prints the lines, each with its reason.
    func print() {
        let rows = proposal.lines.flatMap { line in
            let words = line.words.map { Console.word($0.description) }.joined(separator: " ")
            return [("provenance config \(line.setting.rawValue) \(words)", line.reason)]
        }
        let width = rows.map { Console.width($0.0) }.max() ?? 0
        for (command, reason) in rows {
            console.line("\(Console.pad(command, width))  \(Console.escape(reason))")
        }
        if let remark = proposal.remark { console.line(Console.escape(remark)) }
    }

    /// The form in `--json`.
    var json: JSONValue {
        .object([
            "posts": .number(proposal.posts), "files": .number(proposal.files),
            "settings": .array(
                proposal.lines.map { line in
                    .object([
                        "key": line.setting.rawValue.json, "value": .array(line.words.map { $0.description.json }),
                        "reason": line.reason.json,
                    ])
                }),
            "remark": .optional(proposal.remark),
        ])
    }
}

extension Console {
    /// Whether a question can be asked, and answered: standard input and standard output are a terminal.
    static var canAsk: Bool { isatty(0) == 1 && isatty(1) == 1 }

    /// Asks a question on a terminal.
    ///
    /// - Returns: Whether the answer is yes; no answer is none.
    static func ask(_ question: String) -> Bool {
        write(question + " [y/N] ", to: 1)
        guard let answer = readLine() else { return false }
        return ["y", "yes"].contains(answer.lowercased())
    }
}
