import TestSupport
import Testing

/// What a pseudo-terminal shows at several widths.
@Suite struct TerminalWidthTests {
    /// The commands, for an archive as `prepared` makes it, each with its exit status.
    static let lines: [(arguments: [String], status: Int32)] = [
        (["verify", "_posts/0000.md"], 1), (["verify", "_posts/0001.md"], 0), (["verify", "_posts"], 1),
        (["verify", "Manifests/1.json"], 0), (["verify", "Manifests/1.json", "--posts", "_posts"], 1),
        (["status"], 1), (["status", "--verbose"], 1), (["add", "absent"], 2),
        (["audit"], 0), (["export", "-o", "Manifests/2.json"], 0), (["export", "--bundle", "bundle"], 3),
        (["verify", "Manifests/1.json", "--keys", "absent"], 2), (["verify", "absent"], 2),
    ]

    private static func prepared() throws -> CommandLineArchive {
        let archive = try CommandLineArchive.withPosts(3)
        try archive.run("export", "-o", "Manifests/1.json", exits: 0)
        try archive.write(samplePost(0, words: "Other words."), to: postPath(0))
        return archive
    }

    @Test(arguments: [20, 40, 80, 200])
    func `A terminal breaks no word, and every word of a pipe is there`(columns: Int) throws {
        let archive = try TerminalWidthTests.prepared()
        for (arguments, status) in TerminalWidthTests.lines {
            let shown = try archive.terminal(arguments, columns: columns, exits: status)
            for line in shown.lines {
                let words = line.split(separator: " ")
                #expect(
                    line.unicodeScalars.count <= columns || words.count == 1,
                    "\(arguments): \(line.unicodeScalars.count) columns\n\(line)")
            }
            try? archive.remove("Manifests/2.json")
            try? archive.remove("bundle")
            let piped = try archive.run(arguments, exits: status)
            try? archive.remove("Manifests/2.json")
            try? archive.remove("bundle")
            let lines = (piped.stdout + piped.stderr).split(separator: "\n").map(String.init)
            // A narrow terminal has another table of claims, which leaves out what is zero.
            let left = columns < 51 ? Set(["claim", "proven", "asserted", "unknown", "failed", "0"]) : []
            let missing = Set(lines.flatMap(words)).subtracting(shown.lines.flatMap(words)).subtracting(left)
            #expect(missing.filter { !$0.contains(":") } == [], "\(arguments)\n\(shown)")
            // What fits is the same line.
            let fitting = lines.filter {
                $0.count <= columns && words(of: $0) == $0.split(separator: " ").map(String.init)
            }
            if columns >= 51 { #expect(Set(fitting).subtracting(shown.lines) == [], "\(arguments)\n\(shown)") }
        }
    }

    /// The words of a text without what differs between two runs: digests of bundles.
    private func words(of text: String) -> [String] {
        text.split { $0 == " " || $0 == "\n" }.map(String.init).filter { $0.count != 64 }
    }

    @Test func `A pipe has one fact a line, whatever the terminal's width`() throws {
        let archive = try TerminalWidthTests.prepared()
        // Standard output is the pipe here, and standard error the terminal.
        let ended = try archive.terminal(["verify", "Manifests/1.json", "|", "cat"], columns: 40, exits: nil)
        #expect(ended.lines.contains { $0.hasPrefix("VERIFIED: ") && $0.count > 100 }, "\(ended)")
        let object = try archive.terminal(["verify", "_posts", "--json"], columns: 40, exits: 1)
        #expect(object.lines.count == 1, "an object is one line on a terminal too: \(object)")
    }

    @Test func `A column of values stays one where its text is broken`() throws {
        let archive = try TerminalWidthTests.prepared()
        let shown = try archive.terminal(["verify", postPath(1)], columns: 80, exits: 0)
        let start = try #require(shown.lines.first { $0.hasPrefix("  signature") }, "\(shown)")
        let place = try #require(start.range(of: "proven   ")?.upperBound)
        #expect(start.distance(from: start.startIndex, to: place) == 24, "\(start)")
        let shownProblem = try archive.terminal(["list", "--after", "yesterday"], columns: 40, exits: 2)
        let indents = shownProblem.lines.map { $0.prefix { $0 == " " }.count }
        #expect(indents.first == 0 && indents.contains(2) && indents.last == 4, "\(shownProblem)")
    }

    @Test(arguments: [("xterm", true), ("dumb", false), ("", false)])
    func `A terminal that cannot show colour gets none`(name: String, isColored: Bool) throws {
        let archive = try CommandLineArchive.withPosts(1)
        let shown = try archive.terminal(["verify", "_posts"], columns: 80, exits: 0, environment: ["TERM": name])
        #expect(shown.raw.contains("\u{1b}[32m") == isColored, "\(shown)")
        #expect(shown.raw.contains("\u{1b}") == isColored, "\(shown)")
        let always = try archive.terminal(
            ["verify", "_posts", "--color", "always"], columns: 80, exits: 0, environment: ["TERM": name])
        #expect(always.raw.contains("\u{1b}[32m"), "\(always)")
    }

    @Test(arguments: [(19, false), (20, true), (40, true), (80, true), (200, true)])
    func `Progress is drawn anew within one line from 20 columns on`(columns: Int, isDrawn: Bool) throws {
        let archive = try CommandLineArchive.withPosts(600)
        try archive.run("export", "-o", "m.json", exits: 0)
        // A manifest that comes slowly.
        let slow = "(head -c 150000 m.json; sleep 0.5; tail -c +150001 m.json) |"
        let shown = try archive.terminal(
            ["verify", "-"], columns: columns, exits: 0, environment: ["TERM": "xterm"], before: slow)
        let drawn = shown.raw.components(separatedBy: "\r\u{1b}[K").dropFirst().map { $0.prefix { $0 != "\r\n" } }
            .filter { $0.contains("bytes") }
        #expect(drawn.isEmpty != isDrawn, "\(shown)")
        #expect(drawn.allSatisfy { $0.count < columns }, "\(drawn)")
        let dumb = try archive.terminal(
            ["verify", "-"], columns: columns, exits: 0, environment: ["TERM": "dumb"], before: slow)
        #expect(!dumb.raw.contains("\u{1b}"), "\(dumb)")
    }
}

/// What a terminal got, standard output and standard error together.
struct Shown: CustomStringConvertible {
    let raw: String
    let status: Int32

    /// The lines without colour and without what was drawn over.
    var lines: [String] {
        raw.replacing(#/\e\[[0-9;]*m/#, with: "").split(separator: "\r\n")
            .map { String($0.split(separator: "\r\u{1b}[K").last ?? "") }.filter { !$0.isEmpty }
    }

    var description: String { "status \(status)\n\(raw.debugDescription)" }
}

extension CommandLineArchive {
    /// Runs the command in the archive's root, with a pseudo-terminal of that many columns as its standard output and
    /// standard error.
    ///
    /// A shell reads the line, so that `|` among the arguments is a pipe; `before` stands at its beginning.
    func terminal(
        _ arguments: [String], columns: Int, exits status: Int32?, environment: [String: String] = [:],
        before: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Shown {
        let words = arguments.map { $0 == "|" ? $0 : "'\($0)'" }.joined(separator: " ")
        let ended = try TestSupport.run(
            "script",
            arguments: ["-qec", "stty cols \(columns) rows 24; \(before) \"$COMMAND\" \(words)", "/dev/null"],
            environment: self.environment(["COMMAND": command, "TERM": "xterm"]).merging(environment) { $1 },
            folder: root)
        let shown = Shown(raw: ended.stdout, status: ended.status)
        if let status {
            #expect(shown.status == status, "\(arguments)\n\(shown)", sourceLocation: sourceLocation)
        }
        return shown
    }
}
