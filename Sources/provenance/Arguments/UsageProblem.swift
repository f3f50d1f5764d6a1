import ArgumentParser
import ProvenanceVerification

extension ValidationError {
    /// A mistake in a command line, in the form of every problem: place, what was found and wanted, what to do.
    init(_ place: String, _ reason: String, advice: String) {
        self.init([place, reason, advice].joined(separator: UsageProblem.separator))
    }
}

/// Turns what the argument parser says of a command line into a `Problem`, so that all mistakes read alike.
///
/// The parser's errors are not public; only their words are. Words that are not recognised are passed on as they are.
enum UsageProblem {
    /// Between the parts of a `ValidationError`: no word of a command line contains a NUL.
    fileprivate static let separator = "\0"

    /// The problem for the parser's full message.
    static func problem(_ text: String) -> Problem {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // The last line names the command: "  See 'provenance key --help' for more information."
        let command = quoted(lines.last ?? "", after: "  See '", before: " --help'") ?? "provenance"
        // "Help:  --posts <posts>  Compare a manifest with the posts in this folder."
        let help = lines.first { $0.hasPrefix("Help:  ") }.map { String($0.dropFirst("Help:  ".count)) }
        lines.removeAll { $0.hasPrefix("Help:  ") }
        let end = lines.firstIndex { $0.hasPrefix("Usage: ") } ?? lines.endIndex
        var words = lines[..<end].joined(separator: "\n")
        if words.hasPrefix("Error: ") { words = String(words.dropFirst("Error: ".count)) }
        return Mistake(words, command: command, help: help).problem
    }

    /// The text between two others: between the first `start` and the last `end`.
    fileprivate static func quoted(_ text: String, after start: String, before end: String) -> String? {
        guard let first = text.firstRange(of: start), let last = text.ranges(of: end).last,
            first.upperBound <= last.lowerBound
        else { return nil }
        return String(text[first.upperBound..<last.lowerBound])
    }
}

/// What the parser says of a command line.
private struct Mistake {
    private let words: String
    /// The command, as `provenance key pin`.
    private let command: String
    /// The argument concerned, as the help shows it: `--posts <posts>`.
    private let argument: String?
    /// What the help says of it, without its full stop.
    private let meaning: String?

    init(_ words: String, command: String, help: String?) {
        self.words = words
        self.command = command
        let parts = help.flatMap { help in
            help.firstRange(of: "  ").map { (help[..<$0.lowerBound], help[$0.upperBound...]) }
        }
        argument = parts.map { String($0.0) }
        meaning = parts.map { Mistake.phrase($0.1) }
    }

    /// A sentence of the help as part of another one.
    private static func phrase(_ sentence: Substring) -> String {
        let words = sentence.last == "." ? sentence.dropLast() : sentence
        return words.prefix(1).lowercased() + words.dropFirst()
    }

    /// The value of an option, or an argument, and what it means.
    private func wanted(_ name: String) -> String { meaning.map { "\(name): \($0)" } ?? name }

    private var examples: String { "`\(command) --help` has examples" }

    private func between(_ start: String, _ end: String) -> String? {
        words.hasPrefix(start) ? UsageProblem.quoted(words, after: start, before: end) : nil
    }

    var problem: Problem {
        let parts = words.split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 3 { return Problem(.usage, parts[0], parts[1], advice: parts[2]) }
        return unknownOption ?? extraArgument ?? missing ?? invalid
            ?? Problem(.usage, command, words, advice: examples)
    }

    private var unknownOption: Problem? {
        guard let typed = between("Unknown option '", "'. Did you mean '") ?? between("Unknown option '", "'") else {
            return nil
        }
        var advice = "`\(command) --help` lists its options"
        // The parser suggests options that share little with what was typed.
        if let likely = UsageProblem.quoted(words, after: "'. Did you mean '", before: "'?"),
            CommandWords.isLikely(likely, for: typed)
        {
            advice = "did you mean \(likely)? " + advice
        }
        return Problem(.usage, typed, "found an option that `\(command)` does not have", advice: advice)
    }

    private var extraArgument: Problem? {
        guard let typed = between("Unexpected argument '", "'") ?? firstOfSeveral else { return nil }
        return Problem(
            .usage, typed, "found more arguments than `\(command)` takes",
            advice: "quote a name that has spaces; \(examples)")
    }

    /// The first of several arguments too many.
    private var firstOfSeveral: String? {
        guard let start = words.firstRange(of: " unexpected arguments: '"),
            words[..<start.lowerBound].allSatisfy(\.isNumber)
        else { return nil }
        return words[start.upperBound...].firstRange(of: "', '").map { String(words[start.upperBound..<$0.lowerBound]) }
    }

    private var missing: Problem? {
        if let name = between("Missing value for '", "'") {
            let parts = name.split(separator: " ").map(String.init)
            return Problem(
                .usage, parts.first ?? name, "found no value after it; wanted \(wanted(parts.last ?? name))",
                advice: "write \(argument ?? name); \(examples)")
        }
        if let name = between("Missing expected argument '", "'") {
            return Problem(
                .usage, command, "found no \(name); wanted \(wanted(name))", advice: "add \(name); \(examples)")
        }
        return nil
    }

    private var invalid: Problem? {
        if let option = between("The option '", "' does not take any value, but '") {
            return Problem(
                .usage, option, "found a value, and it takes none", advice: "write \(option) alone; \(examples)")
        }
        guard let value = between("The value '", "' is invalid for '"),
            let start = words.firstRange(of: "' is invalid for '")?.upperBound
        else { return nil }
        let rest = words[start...]
        // "--color <color>'. Please provide one of 'auto', 'always' or 'never'.", or "--url <url>': text in UTF-8"
        let name = rest.prefix { $0 != "'" }
        let parts = name.split(separator: " ").map(String.init)
        let option = parts.first.flatMap { $0.hasPrefix("-") ? $0 : nil }
        var example = argument ?? String(name)
        var wanted = wanted(parts.last ?? "another value")
        let values = values(rest.dropFirst(name.count))
        if let first = values.first {
            wanted =
                values.dropLast().joined(separator: ", ") + (values.count > 1 ? " or " : "") + (values.last ?? first)
            example = (option.map { $0 + " " } ?? "") + first
        } else if rest.dropFirst(name.count).hasPrefix("': ") {
            wanted = String(rest.dropFirst(name.count + 3))
        }
        return Problem(
            .usage, option ?? command, "found '\(value)'; wanted \(wanted)", advice: "write \(example); \(examples)")
    }

    /// The values that the parser lists: in quotes, or in lines that begin with a dash.
    private func values(_ text: Substring) -> [String] {
        guard let start = text.firstRange(of: "Please provide one of ")?.upperBound else { return [] }
        let lines = text[start...].split(separator: "\n").filter { $0.hasPrefix("  - ") }
        if !lines.isEmpty { return lines.map { String($0.dropFirst(4)) } }
        return text[start...].split(separator: "'", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}
