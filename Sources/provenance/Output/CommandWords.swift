import ArgumentParser
import ProvenanceVerification

/// Checks and shortens the command line before the argument parser reads it.
enum CommandWords {
    /// Options that may be repeated, by command.
    private static let repeatable: [String: Set<String>] = [
        "audit": ["--since"], "add": ["--mass-change"], "status": ["--max-quiet"],
        "maintain": ["--mass-change", "--max-quiet"],
    ]

    /// Checks the words of a command line.
    ///
    /// - Throws: `Problem` with `E-USAGE` for an unknown command, and for a repeated option, whose first value the
    ///   parser would silently discard.
    static func check(_ arguments: [String]) throws(Problem) {
        try check(arguments.first, in: Provenance.self, "provenance")
        if arguments.first == KeyCommand._commandName {
            try check(arguments.dropFirst().first, in: KeyCommand.self, "provenance key")
        }
        let severalTimes = arguments.first.flatMap { repeatable[$0] } ?? []
        var seen: Set<String> = []
        for argument in arguments.prefix(while: { $0 != "--" })
        where argument.hasPrefix("--") || argument == "-o" || argument.hasPrefix("-o=") {
            let typed = String(argument.prefix { $0 != "=" })
            let name = typed == "-o" ? "--output" : typed
            if !seen.insert(name).inserted, !severalTimes.contains(name) {
                throw Problem(.usage, ArgumentText.shown(typed), "it is given twice", advice: "give it once")
            }
        }
    }

    /// Checks a word that stands where a command's name is wanted.
    private static func check(
        _ word: String?, in group: any ParsableCommand.Type, _ line: String
    ) throws(Problem) {
        let names = group.configuration.subcommands.map { $0._commandName }
        guard let word, !word.hasPrefix("-"), word != "help", !names.contains(word) else { return }
        let begun = names.first { word.count > 1 && $0.hasPrefix(word) }
        let nearest = names.min { distance($0, word) < distance($1, word) }.flatMap {
            isLikely($0, for: word) ? $0 : nil
        }
        let likely = (begun ?? nearest).map { "did you mean `\(line) \($0)`? " }
        throw Problem(
            .usage, ArgumentText.shown(word), "there is no such command; wanted \(names.joined(separator: ", "))",
            advice: (likely ?? "") + "`\(line) --help` says what each does")
    }

    /// Whether a name may have been meant by what was typed.
    static func isLikely(_ name: String, for typed: String) -> Bool { distance(name, typed) <= 2 }

    /// Commands that take any number of paths or words.
    private static let takingPaths: Set<String> = ["add", "maintain", "verify", "export", "find", "config"]

    /// Minimum length of a row of words that is folded; a shorter one is fast, and the parser's messages then quote it
    /// as typed.
    private static let manyWords = 16

    /// Folds the names in a long row into one word, joined by NUL, which no word of a command line contains.
    ///
    /// The parser copies, for each value of a list, the positions of all earlier values. The first word of a row may be
    /// the value of an option, so only the third and later words are certainly names.
    static func folded(_ arguments: [String]) -> [String] {
        guard arguments.count > manyWords, let command = arguments.first else { return arguments }
        if command == "audit", let options = repeatable[command] {
            return options.reduce(arguments) { folded($0, option: $1) }
        }
        guard takingPaths.contains(command) else { return arguments }
        var words: [String] = []
        var row: ArraySlice<String> = []
        func end(keeping count: Int) {
            let kept = row.count > manyWords ? count : row.count
            words += row.prefix(kept)
            if row.count > kept { words.append(row.dropFirst(kept).joined(separator: "\0")) }
            row = []
        }
        for (place, word) in arguments.enumerated() {
            if word == "--" {
                end(keeping: 2)
                words.append(word)
                row = arguments[(place + 1)...]
                end(keeping: 0)
                return words
            }
            // A dash alone is a name, not an option.
            if word.hasPrefix("-") {
                end(keeping: 2)
                words.append(word)
            } else {
                row.append(word)
            }
        }
        end(keeping: 2)
        return words
    }

    /// Folds the values of a repeated option into one word.
    private static func folded(_ arguments: [String], option: String) -> [String] {
        var words: [String] = []
        var values: [String] = []
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if word == "--" {
                rest = [word] + rest
                break
            }
            if word.hasPrefix(option + "=") {
                values.append(String(word.dropFirst(option.count + 1)))
            } else if word == option, let value = rest.first, !value.hasPrefix("-") {
                values.append(value)
                rest.removeFirst()
            } else {
                words.append(word)
            }
        }
        guard values.count > manyWords else { return arguments }
        return words + [option + "=" + values.joined(separator: "\0")] + rest
    }

    /// The number of letters to change, add or remove to turn one word into the other.
    private static func distance(_ one: String, _ other: String) -> Int {
        let other = Array(other)
        var row = Array(0...other.count)
        for (place, letter) in one.enumerated() {
            var before = row[0]
            row[0] = place + 1
            for column in other.indices {
                let changed = before + (other[column] == letter ? 0 : 1)
                before = row[column + 1]
                row[column + 1] = min(changed, before + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
