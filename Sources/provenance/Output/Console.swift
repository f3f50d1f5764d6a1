import Glibc
import ProvenanceVerification
import Synchronization

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

    init(quiet: Bool, color: Color) {
        isQuiet = quiet
        let refused = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        func decide(_ descriptor: Int32) -> Bool {
            switch color {
            case .always: true
            case .never: false
            case .auto: !refused && isatty(descriptor) == 1
            }
        }
        colorsOutput = decide(1)
        colorsErrors = decide(2)
    }

    // MARK: Printing

    /// Prints a line of the result; nothing when quiet.
    func line(_ text: String = "") {
        // The last cell of a row may be empty.
        let end = text.lastIndex { $0 != " " }.map(text.index(after:)) ?? text.startIndex
        if !isQuiet { Console.write(text[..<end] + "\n", to: 1) }
    }

    /// Prints a line about a failure, even when quiet.
    func failure(_ text: String) { Console.write(text + "\n", to: 1) }

    /// Prints the line that states what a command did or found; when quiet, only a failure.
    func outcome(_ text: String, failed: Bool = false) {
        StandardOutput.conclude(text)
        if failed { failure(text) } else { line(text) }
    }

    /// Prints a diagnostic.
    func diagnostic(_ text: String) { Console.write(text + "\n", to: 2) }

    /// Prints a problem with its advice.
    func problem(_ problem: Problem, toOutput: Bool = false) {
        let colors = toOutput ? colorsOutput : colorsErrors
        let code = Console.paint(problem.code, problem.status == .inconclusive ? .yellow : .red, colors)
        var text = "\(code)  \(Console.escape(problem.place)): \(Console.escape(problem.reason))\n"
        if let advice = problem.advice { text += "    \(Console.escape(advice))\n" }
        Console.write(text, to: toOutput ? 1 : 2)
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

    fileprivate static func put(_ text: String, to descriptor: Int32) {
        // Output after a gap would look complete.
        if descriptor == 1, StandardOutput.isLost { return }
        var bytes = Array(text.utf8)[...]
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

    /// The columns of the terminal for results; 121 if they do not go to a terminal.
    static var columns: Int { terminalColumns ?? 121 }

    /// The columns of the terminal for results; `nil` if they do not go to a terminal.
    private static var terminalColumns: Int? {
        var size = winsize()
        guard isatty(1) == 1, ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Text in lines that fit the terminal beside an indent; one line if it does not go to a terminal.
    ///
    /// A terminal would break lines in the middle of a word. Here they end at a space, or in addresses and paths, which
    /// have none, after a character that divides them; only a longer word is broken.
    static func wrap(_ text: String, indent: Int = 0) -> [String] {
        guard let terminalColumns else { return [text] }
        return wrap(text, to: terminalColumns - indent)
    }

    /// Text in lines of at most a number of columns.
    static func wrap(_ text: String, to columns: Int) -> [String] {
        // A narrower terminal than this shows no list well.
        let columns = max(columns, 20)
        var lines: [String] = []
        var rest = Array(text)
        while width(String(rest)) > columns {
            var (end, used) = (0, 0)
            while end < rest.count, used + width(String(rest[end])) <= columns {
                used += width(String(rest[end]))
                end += 1
            }
            // At a space, which is left out; else after the last divider in the second half of the line; else anywhere.
            if let space = rest[...min(end, rest.count - 1)].lastIndex(of: " "), space > 0 {
                lines.append(String(rest[..<space]))
                rest = Array(rest[(space + 1)...])
                continue
            }
            let divider = rest[..<end].lastIndex { "/?&=-_.".contains($0) || width(String($0)) == 2 }
            let cut = divider.flatMap { $0 >= end / 2 ? $0 + 1 : nil } ?? max(end, 1)
            lines.append(String(rest[..<cut]))
            rest = Array(rest[cut...])
        }
        return lines + [String(rest)]
    }

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

    /// Prints a conclusion; with `-q` only if the status is not "verified".
    func conclude(_ status: ExitStatus, _ sentence: String, limits: String) {
        StandardOutput.conclude("\(Console.word(for: status)): \(Console.escape(sentence))")
        if status == .verified {
            line("\(verdict(status)): \(Console.escape(sentence))")
            line(paint(limits, .dim))
        } else {
            failure("\(verdict(status)): \(Console.escape(sentence))")
            if !isQuiet { line(paint(limits, .dim)) }
        }
    }

    /// Prints a table of claims, with the number proven, asserted, unknown and failed.
    func table(_ counts: ClaimCounts) {
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

/// A progress line on a terminal: done, rate, time left. Prints nothing if standard error is not a terminal.
final class Progress: @unchecked Sendable {
    // Called from one thread at a time: the one that commits or consumes.
    private let isShown: Bool
    private let unit: String
    private var total: UInt64?
    private let start = Progress.now()
    /// When it was last drawn; work that ends at once shows no rate and no time left.
    private var last = Progress.now()
    /// Whether the line is on the terminal now.
    private static let isDrawn = Atomic(false)

    /// Whether standard error is a terminal.
    static var isPossible: Bool { isatty(2) == 1 }

    init(_ unit: String, total: UInt64?, quiet: Bool) {
        isShown = !quiet && Progress.isPossible
        self.unit = unit
        self.total = total
    }

    /// Updates the line with a total that becomes known only during the work.
    func update(_ done: UInt64, of total: UInt64) {
        self.total = total
        update(done)
    }

    func update(_ done: UInt64) {
        guard isShown else { return }
        let time = Progress.now()
        guard time - last > 0.2 else { return }
        last = time
        let elapsed = max(time - start, 0.001)
        let rate = Double(done) / elapsed
        var text = "\(done)"
        if let total, total > 0 {
            let share = Double(min(done, total)) / Double(total)
            let filled = Int(share * 24)
            text =
                "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled) + "] "
                + "\(done) of \(total)"
        }
        text += " \(unit), \(UInt64(rate)) a second"
        if let total, total > done, rate > 0 {
            text += ", \(UInt64(Double(total - done) / rate) + 1) s left"
        }
        Progress.isDrawn.store(true, ordering: .relaxed)
        Console.put("\r\u{1b}[K" + text, to: 2)
    }

    func finish() { Progress.erase() }

    /// Erases the line, if it is on the terminal.
    static func erase() {
        if isDrawn.exchange(false, ordering: .relaxed) { Console.put("\r\u{1b}[K", to: 2) }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
