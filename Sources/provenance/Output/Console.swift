import Glibc
import ProvenanceVerification

/// Output for people: results on standard output, progress and diagnostics on standard error.
struct Console {
    /// When to use colour.
    enum Color: String, CaseIterable {
        case auto, always, never
    }

    /// Whether to print only failures.
    let isQuiet: Bool
    private let colorsOutput: Bool
    private let colorsErrors: Bool
    /// The columns to wrap standard output and standard error to; `nil` where it is no terminal: there a fact is a line.
    private let outputColumns: Int?
    private let errorColumns: Int?

    init(quiet: Bool, color: Color) {
        isQuiet = quiet
        let refused = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        func decide(_ descriptor: Int32) -> Bool {
            switch color {
            case .always: true
            case .never: false
            case .auto: !refused && isatty(descriptor) == 1 && !Console.isDumb
            }
        }
        colorsOutput = decide(1)
        colorsErrors = decide(2)
        outputColumns = Console.columns(of: 1)
        errorColumns = Console.columns(of: 2)
    }

    // MARK: Printing

    /// Prints a line of the result; nothing when quiet.
    func line(_ text: String = "") {
        // The last cell of a row may be empty.
        let end = text.lastIndex { $0 != " " }.map(text.index(after:)) ?? text.startIndex
        if !isQuiet { Console.write(Console.wrap(String(text[..<end]), outputColumns) + "\n", to: 1) }
    }

    /// Prints a line about a failure, even when quiet.
    func failure(_ text: String) { Console.write(Console.wrap(text, outputColumns) + "\n", to: 1) }

    /// Prints the line that states what a command did or found; when quiet, only a failure.
    func outcome(_ text: String, failed: Bool = false) {
        StandardOutput.conclude(text)
        if failed { failure(text) } else { line(text) }
    }

    /// Prints a diagnostic.
    func diagnostic(_ text: String) { Console.write(Console.wrap(text, errorColumns) + "\n", to: 2) }

    /// Prints a problem with its advice.
    func problem(_ problem: Problem, toOutput: Bool = false) {
        let colors = toOutput ? colorsOutput : colorsErrors
        let code = Console.paint(problem.code, problem.status == .inconclusive ? .yellow : .red, colors)
        let columns = toOutput ? outputColumns : errorColumns
        var lines = ["\(code)  \(Console.escape(problem.place)): \(Console.escape(problem.reason))"]
        if let advice = problem.advice { lines.append("    " + Console.escape(advice)) }
        // What to do is set apart from a reason that goes on.
        for (line, hanging) in zip(lines, [2, 4]) {
            Console.write(Console.wrap(line, columns, hanging: hanging) + "\n", to: toOutput ? 1 : 2)
        }
    }

    /// Writes all bytes; a closed pipe ends the program by its signal, as usual.
    ///
    /// If a result cannot be written the command continues, since its work and findings count, and `StandardOutput`
    /// ends it. If a diagnostic cannot be written it is lost, and the exit status is unchanged.
    static func write(_ text: String, to descriptor: Int32) {
        // A progress line may occupy the current line.
        Progress.erase()
        put(text, to: descriptor)
    }

    /// Writes bytes to standard output as they are.
    static func write(bytes: [UInt8]) {
        Progress.erase()
        put(bytes[...], to: 1)
    }

    static func put(_ text: String, to descriptor: Int32) { put(Array(text.utf8)[...], to: descriptor) }

    private static func put(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        // Output after a gap would look complete.
        if descriptor == 1, StandardOutput.isLost { return }
        var bytes = bytes
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                let number = errno
                if number == EINTR { continue }
                if number == EAGAIN {
                    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&wanted, 1, -1)
                    continue
                }
                if descriptor == 1 { StandardOutput.lose(number) }
                return
            }
            bytes = bytes.dropFirst(count)
        }
    }

    // MARK: Words

    enum Paint: String {
        case green = "32"
        case red = "31"
        case yellow = "33"
        case bold = "1"
        case dim = "2"
    }

    static func paint(_ text: String, _ paint: Paint, _ colors: Bool) -> String {
        colors ? "\u{1b}[\(paint.rawValue)m\(text)\u{1b}[0m" : text
    }

    func paint(_ text: String, _ paint: Paint) -> String { Console.paint(text, paint, colorsOutput) }

    /// A claim's standing, padded and coloured.
    func standing(_ standing: Standing) -> String {
        let word = Console.pad(standing.rawValue, 9)
        switch standing {
        case .proven: return paint(word, .green)
        case .failed: return paint(word, .red)
        case .unknown: return paint(word, .yellow)
        case .asserted: return word
        }
    }

    /// Escapes text from outside, so that it can neither control a terminal nor hide.
    ///
    /// Control, bidirectional and invisible characters become `\u{…}`, a newline `\n`, so that no name forges a line.
    static func escape(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0a: result += "\\n"
            case 0x09: result += "\\t"
            case 0x0d: result += "\\r"
            case 0..<0x20, 0x7f..<0xa0, 0xad, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b...0x180f, 0x200b...0x200f,
                0x2028...0x202e, 0x2060...0x206f, 0x3164, 0xfe00...0xfe0f, 0xfeff, 0xffa0, 0xfff0...0xfffb,
                0x1d173...0x1d17a, 0xe0000...0xe0fff:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Text quoted as one word for a shell. Hidden and direction-changing characters are escaped, which changes the
    /// name.
    static func word(_ text: String) -> String {
        let shown = escape(text)
        let isPlain = shown.unicodeScalars.allSatisfy {
            !$0.isASCII || $0.properties.isAlphabetic || "0123456789-_./,:+@%=".unicodeScalars.contains($0)
        }
        return isPlain && !shown.isEmpty ? shown : "'" + shown.replacing("'", with: "'\\''") + "'"
    }

    /// `1 post`, `2 posts`.
    static func count(_ value: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
        "\(value) \(value == 1 ? one : many ?? one + "s")"
    }

    // MARK: Verdicts

    /// The first word of a verdict.
    func verdict(_ status: ExitStatus) -> String {
        let word = Console.word(for: status)
        return switch status {
        case .verified: paint(word, .green)
        case .failed, .environment: paint(word, .red)
        case .inconclusive: paint(word, .yellow)
        }
    }

    /// The first word of a verdict, without colour.
    static func word(for status: ExitStatus) -> String {
        switch status {
        case .verified: "VERIFIED"
        case .failed: "FAILED"
        case .environment: "ERROR"
        case .inconclusive: "INCONCLUSIVE"
        }
    }

    /// Prints a conclusion, with its limits unless nothing was checked; with `-q` only if the status is not "verified".
    func conclude(_ status: ExitStatus, _ sentence: String, limits: String?) {
        StandardOutput.conclude("\(Console.word(for: status)): \(Console.escape(sentence))")
        if status == .verified {
            line("\(verdict(status)): \(Console.escape(sentence))")
        } else {
            failure("\(verdict(status)): \(Console.escape(sentence))")
        }
        if let limits { line(paint(limits, .dim)) }
    }

    /// The columns of a table of claims: 12 for the claim, 39 for four numbers.
    private static let tableColumns = 51

    /// Prints a table of claims, with the number proven, asserted, unknown and failed; on a narrower terminal, a line
    /// for each claim.
    func table(_ counts: ClaimCounts) {
        if let outputColumns, outputColumns < Console.tableColumns {
            for subject in counts.subjects {
                let numbers = Standing.allCases.map { ($0, counts.count(subject, $0)) }.filter { $0.1 > 0 }
                line(
                    Console.pad(subject.rawValue, 13)
                        + numbers.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", "))
            }
            return
        }
        line("claim          proven  asserted   unknown    failed")
        for subject in counts.subjects {
            var text = Console.pad(subject.rawValue, 12)
            for standing in Standing.allCases {
                let number = counts.count(subject, standing)
                var cell = Console.right(number, standing == .proven ? 9 : 10)
                if number > 0, standing == .failed { cell = paint(cell, .red) }
                if number > 0, standing == .unknown { cell = paint(cell, .yellow) }
                text += cell
            }
            line(text)
        }
    }
}
