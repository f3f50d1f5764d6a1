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

    /// Prints the command lines, each below its reason: they can be copied as they stand.
    ///
    /// - Parameters:
    ///   - configuration: The settings that are there already: they are not proposed again.
    ///   - isApproved: Whether rules are in force already.
    func print(beside configuration: Configuration, isApproved: Bool) {
        let lines = proposal.lines.filter { configuration.words($0.setting) != $0.words }
        for line in lines {
            let words = line.words.map { Console.word($0.description) }.joined(separator: " ")
            row(line.reason, "config \(line.setting.rawValue) \(words)")
        }
        if let reason = proposal.brokenReason { console.line(Console.escape(reason)) }
        if let reason = proposal.plainReason, !configuration.acceptsPlain { row(reason, "config accept plain") }
        guard !proposal.fitsDefaults else { return }
        if let question = proposal.question {
            row(
                question,
                "config source \(proposal.questioned.map { Console.word($0.description) }.joined(separator: " "))")
        }
        if !isApproved, let reason = proposal.waitingReason { console.line(Console.escape(reason)) }
        if isApproved, lines.isEmpty { return }
        row(
            lines.isEmpty ? "The default settings fit, and are in force after" : "What was set is in force after",
            "config approve")
    }

    private func row(_ reason: String, _ command: String) {
        console.line(Console.escape(reason) + ":")
        console.line("    provenance \(command)")
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
            "waiting": .number(proposal.waiting),
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
