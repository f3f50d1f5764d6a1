import ArgumentParser
import ProvenanceVerification

/// What the parser of arguments lets pass, or has no good words for.
enum CommandWords {
    /// Options that may be given several times, by command.
    private static let repeatable: [String: Set<String>] = ["audit": ["--since"]]

    /// Looks at the words of a command line.
    ///
    /// - Throws: `Problem` with `E-USAGE` for a command that there is none of, and for an option that is given twice: its
    ///   first value would be lost without a word.
    static func check(_ arguments: [String]) throws(Problem) {
        let names = Provenance.configuration.subcommands.compactMap { $0.configuration.commandName }
        if let word = arguments.first, !word.hasPrefix("-"), word != "help", !names.contains(word) {
            let nearest = names.min { distance($0, word) < distance($1, word) }
            let likely = nearest.flatMap { distance($0, word) <= 2 ? "did you mean `provenance \($0)`? " : nil }
            throw Problem(
                .usage, ArgumentText.shown(word), "there is no such command",
                advice: (likely ?? "") + "the commands are \(names.joined(separator: ", "))")
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

    /// Commands that take any number of paths.
    private static let takingPaths: Set<String> = ["add", "verify", "export"]

    /// Words in a row from which on they are folded: fewer cost nothing, and what the parser says of them is their own.
    private static let manyWords = 16

    /// The words with the names in a long row made one, NUL between them; no word of a command line holds a NUL.
    ///
    /// The parser copies, for each value of a list, the places of all values before it. An option takes one value: so of
    /// words in a row the first may be its value, and the third and all after it are names.
    static func folded(_ arguments: [String]) -> [String] {
        guard arguments.count > manyWords, let command = arguments.first else { return arguments }
        if let options = repeatable[command] { return options.reduce(arguments) { folded($0, option: $1) } }
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
            // A dash by itself is a name, but no beginning of one.
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

    /// The words with the values of an option that is given many times made one.
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

    /// How many letters are to be changed, added or left out to make one word of the other.
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
