import ArgumentParser
import Glibc
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceSQLiteIndex
import ProvenanceSystem
import ProvenanceVerification

/// The root command.
struct Provenance: ParsableCommand {
    /// The program's version, also written to the `tool` line of every accession.
    static let version = "0.2.0-pre"

    static let configuration = CommandConfiguration(
        commandName: "provenance",
        abstract: "Record posts in a transparency log, verify them, and hand an auditor a manifest.",
        discussion: """
            Begin with `provenance init --origin NAME` in the folder that holds the posts, then `provenance add FOLDER`.

            Exit codes: 0 every required claim proven; 1 altered, missing, or a bad signature or log; \
            2 usage, unreadable or malformed; 3 inconclusive: nothing to check, or a key that is not pinned.

            Examples:
              provenance init --origin archive.example.org/news
              provenance add _posts
              provenance verify _posts
            """,
        version: "provenance \(version)",
        subcommands: [
            InitCommand.self, AddCommand.self, VerifyCommand.self, StatusCommand.self, MaintainCommand.self,
            ListCommand.self, FindCommand.self, ShowCommand.self, ProveCommand.self, ExportCommand.self,
            AuditCommand.self, RepairCommand.self, ReindexCommand.self, KeyCommand.self,
            ConfigCommand.self,
        ])
}

@main
enum Main {
    static func main() {
        occupyStandardDescriptors()
        // A reader that closes the pipe early ends the program silently, not with a crash message.
        signal(SIGPIPE, SIG_DFL)
        // A limit on file sizes becomes an error of writing, like a full disk.
        signal(SIGXFSZ, SIG_IGN)
        keepMemorySmall()
        configureSQLite()
        let arguments = ArgumentText.ofProcess()
        // Everything after `--` is a name.
        let options = arguments.prefix { $0 != "--" }
        let wantsJSON = options.contains("--json") || options.contains("--jsonl")
        do {
            do { try startLibcrypto() } catch { throw Problem(error) }
            try CommandWords.check(arguments)
            var command = try parse(CommandWords.folded(arguments))
            try command.run()
            StandardOutput.end(.verified)
        } catch let error as Finished {
            StandardOutput.end(error.status)
        } catch let problem as Problem {
            report(problem, wantsJSON: wantsJSON)
            StandardOutput.end(problem.status)
        } catch {
            let text = Provenance.fullMessage(for: error)
            if Provenance.exitCode(for: error).isSuccess {
                Console.write(Console.help(text) + "\n", to: 1)
                StandardOutput.end(.verified)
            }
            // The parser's messages quote what was typed, and a shell pattern may have inserted any file name.
            var words = text
            for argument in arguments where argument.utf8.contains(0x0a) {
                words = words.replacing(argument, with: Console.escape(argument))
            }
            report(UsageProblem.problem(ArgumentText.shown(words)), wantsJSON: wantsJSON)
            StandardOutput.end(.environment)
        }
    }

    /// Parses the command line.
    ///
    /// Building the tree of all commands takes a millisecond, a tenth of verifying one post. So a command that is named
    /// first parses its arguments directly; if it does not accept them, as for help and mistakes, the tree parses the
    /// line.
    private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
        if let name = arguments.first,
            let named = Provenance.configuration.subcommands.first(where: { $0.configuration.commandName == name }),
            let command = try? named.parseAsRoot(Array(arguments.dropFirst())), type(of: command) == named
        {
            return command
        }
        return try Provenance.parseAsRoot(arguments)
    }

    /// Reports a failure of the whole command: words on standard error, and with `--json` the object on standard
    /// output.
    private static func report(_ problem: Problem, wantsJSON: Bool) {
        if wantsJSON { write(problem) }
        Console(quiet: false, color: .auto).problem(problem)
    }

    private static func write(_ problem: Problem) {
        let object = JSONValue.object(["status": .string(problem.status.word), "problems": .array([problem.json])])
        Console.write(String(decoding: CanonicalJSON.encode(object), as: UTF8.self) + "\n", to: 1)
    }
}
