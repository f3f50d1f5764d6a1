import Glibc

/// What fits into the columns of a terminal.
extension Console {
    /// The columns that a text occupies on a terminal: wide East Asian characters and emoji take two.
    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { sum, scalar in
            switch scalar.value {
            case 0x300...0x36f: sum
            case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0x9fff, 0xa000...0xa4cf,
                0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe4f, 0xff00...0xff60, 0xffe0...0xffe6,
                0x1f300...0x1f64f, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
                sum + 2
            default: sum + 1
            }
        }
    }

    /// Text padded to a number of columns.
    static func pad(_ text: String, _ columns: Int) -> String {
        text + String(repeating: " ", count: max(0, columns - width(text)))
    }

    /// A number padded from the left.
    static func right(_ value: some BinaryInteger, _ columns: Int) -> String {
        let digits = String(value)
        return String(repeating: " ", count: max(0, columns - digits.count)) + digits
    }

    /// Whether results go to a terminal.
    static var isTerminal: Bool { isatty(1) == 1 }

    /// The columns of the terminal for results; 121 if they do not go to a terminal.
    static var columns: Int { columns(of: 1) ?? 121 }

    /// The columns of the terminal at a descriptor; `nil` if it is none, or does not know its size.
    static func columns(of descriptor: Int32) -> Int? {
        var size = winsize()
        guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
    }

    /// Whether the terminal understands no control sequences, so that it gets no colour and no progress line.
    static var isDumb: Bool { getenv("TERM").map { $0.pointee == 0 || strcmp($0, "dumb") == 0 } ?? true }

    /// Text cut to a number of columns; if it was cut, the last column holds the mark.
    static func cut(_ text: String, _ columns: Int, mark: String = "…") -> String {
        guard width(text) > columns else { return text }
        var result = ""
        for character in text {
            if width(result) + width(String(character)) > columns - width(mark) { break }
            result.append(character)
        }
        return result + mark
    }

    // MARK: Wrapping

    /// Minimum columns to wrap to: with fewer, a line would hold a word or two.
    private static let minWrapColumns = 20

    /// One line broken at spaces into lines of at most `columns`; as it is if `columns` is `nil`.
    ///
    /// Later lines begin where the last column of the first line does: after the last gap of two spaces in its first
    /// half, else at its own indentation. A word that is too long for that begins further left, and one that is wider
    /// than the terminal has a line of its own, since only the terminal can break it.
    ///
    /// - Parameters:
    ///   - line: The line, with colours or without.
    ///   - columns: The terminal's; `nil` where the line is not for one.
    ///   - hanging: Where later lines begin instead.
    /// - Returns: The lines, joined by line feeds.
    static func wrap(_ line: String, _ columns: Int?, hanging: Int? = nil) -> String {
        guard let columns, columns >= minWrapColumns, line.utf8.count > columns else { return line }
        let words = words(of: line)
        let hang = hanging ?? hang(of: words, columns)
        var result = ""
        var column = 0
        for (number, word) in words.enumerated() {
            if number > 0, column + word.gap + word.width > columns {
                let indent = max(0, min(hang, columns - word.width))
                result += "\n" + String(repeating: " ", count: indent) + word.paint + word.text
                column = indent + word.width
            } else {
                result += word.lead + word.text
                column += word.gap + word.width
            }
        }
        return result
    }

    /// The columns of the help, which is the same page on every terminal and in a pipe.
    private static let helpColumns = 80

    /// A help page with its row of usage wrapped, which the argument parser leaves as long as it is.
    static func help(_ text: String) -> String {
        let label = "USAGE: "
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard line.hasPrefix(label) else { return String(line) }
            // An option stays with its value.
            let joined = line.replacing(" <", with: "\u{a0}<").replacing(" ...", with: "\u{a0}...")
            return wrap(String(joined), helpColumns, hanging: label.count).replacing("\u{a0}", with: " ")
        }.joined(separator: "\n")
    }

    /// A word of a line, with the blanks and colours before it.
    private struct Word {
        /// The spaces and colours before the word, as they stand.
        var lead = ""
        /// The colours alone.
        var paint = ""
        /// The number of spaces.
        var gap = 0
        var text = ""
        /// The columns of the text; colours have none.
        var width = 0
    }

    private static func words(of line: String) -> [Word] {
        var words: [Word] = []
        var word = Word()
        // A name that was printed holds no escape character: `escape` has seen it.
        var isPaint = false
        for scalar in line.unicodeScalars {
            if isPaint || scalar == "\u{1b}" {
                isPaint = scalar != "m"
                if word.text.isEmpty {
                    word.lead.unicodeScalars.append(scalar)
                    word.paint.unicodeScalars.append(scalar)
                } else {
                    word.text.unicodeScalars.append(scalar)
                }
            } else if scalar == " " {
                if !word.text.isEmpty {
                    words.append(word)
                    word = Word()
                }
                word.lead += " "
                word.gap += 1
            } else {
                word.text.unicodeScalars.append(scalar)
                word.width += width(String(scalar))
            }
        }
        return words + [word]
    }

    private static func hang(of words: [Word], _ columns: Int) -> Int {
        var hang = 0
        var column = 0
        for (number, word) in words.enumerated() {
            column += word.gap
            if column > columns / 2 { break }
            if number == 0 || word.gap >= 2 { hang = column }
            column += word.width
        }
        return hang
    }

    // MARK: Addresses

    /// Text in lines that fit the terminal beside an indent; one line if it does not go to a terminal.
    ///
    /// A terminal would break lines in the middle of a word. Here they end at a space, or in addresses and paths, which
    /// have none, after a character that divides them; only a longer word is broken.
    static func lines(of text: String, indent: Int = 0) -> [String] {
        guard let columns = columns(of: 1) else { return [text] }
        return lines(of: text, to: columns - indent)
    }

    /// Text in lines of at most a number of columns.
    static func lines(of text: String, to columns: Int) -> [String] {
        let columns = max(columns, minWrapColumns)
        let characters = Array(text)
        let widths = characters.map { width(String($0)) }
        var left = widths.reduce(0, +)
        var lines: [String] = []
        var start = 0
        while left > columns {
            var (end, used) = (start, 0)
            while end < characters.count, used + widths[end] <= columns {
                used += widths[end]
                end += 1
            }
            // At a space, which is left out; else after the last divider in the second half of the line; else anywhere.
            var (cut, next) = (max(end, start + 1), max(end, start + 1))
            if let space = characters[start...min(end, characters.count - 1)].lastIndex(of: " "), space > start {
                (cut, next) = (space, space + 1)
            } else if let divider = (start..<end).last(where: { "/?&=-_.".contains(characters[$0]) || widths[$0] == 2 }
            ),
                divider - start >= (end - start) / 2
            {
                (cut, next) = (divider + 1, divider + 1)
            }
            lines.append(String(characters[start..<cut]))
            left -= widths[start..<next].reduce(0, +)
            start = next
        }
        return lines + [String(characters[start...])]
    }
}
