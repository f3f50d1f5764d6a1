import ProvenanceEncoding
import ProvenanceRecord

/// Characters that an editor shows as a blank or not at all. An error names them if they are why a file is not a post.
enum Invisible {
    /// Whether a character is white space of any kind or invisible.
    static func contains(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint
    }

    /// The name of a character in messages.
    static func name(of scalar: Unicode.Scalar) -> String {
        switch scalar {
        case " ": "a blank"
        case "\t": "a tab"
        case "\r": "a carriage return"
        default: EntryText.name(of: scalar)
        }
    }

    /// The longest line that is examined: characters around a word by mistake are few.
    private static let maxLineBytes = 240

    /// Where invisible characters surround the one word that a line should be: `a blank at its end`.
    ///
    /// - Parameters:
    ///   - word: The expected content of the line; empty for an empty line.
    ///   - line: The line without its LF.
    /// - Returns: `nil` for a line that is correct or has any other content.
    static func environment(of word: String, in line: ArraySlice<UInt8>) -> String? {
        guard line.count <= maxLineBytes else { return nil }
        let scalars = Array(String(decoding: line, as: UTF8.self).unicodeScalars)
        let start = scalars.firstIndex { !contains($0) } ?? scalars.endIndex
        let end = (scalars.lastIndex { !contains($0) } ?? scalars.endIndex - 1) + 1
        guard scalars[start..<max(start, end)].elementsEqual(word.unicodeScalars) else { return nil }
        if word.isEmpty { return scalars.first.map { "\(name(of: $0)) in it" } }
        var places: [String] = []
        if start > 0, let first = scalars.first { places.append("\(name(of: first)) at its start") }
        if end < scalars.count { places.append("\(name(of: scalars[end])) at its end") }
        return places.isEmpty ? nil : places.joined(separator: " and ")
    }

    /// Advice on a line that is a word except for invisible characters: ``line 5 is `--- `, with a blank at its end``.
    static func advice(on line: ArraySlice<UInt8>, number: Int, wanted word: String) -> String? {
        environment(of: word, in: line).map { "line \(number) is \(excerpt(line)), with \($0)" }
    }

    /// A text without its invisible characters, and the first of them; `nil` for a text without any.
    static func removed(from text: ExactText) -> (text: ExactText, first: Unicode.Scalar)? {
        let scalars = text.string.unicodeScalars
        guard let first = scalars.first(where: contains) else { return nil }
        var rest = ""
        rest.unicodeScalars.append(contentsOf: scalars.filter { !contains($0) })
        return (ExactText(rest), first)
    }
}
