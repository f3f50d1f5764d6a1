import ArgumentParser
import ProvenanceArchive
import ProvenanceInspection
import ProvenanceSystem
import ProvenanceVerification

/// `provenance prove`.
struct ProveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Write the C2SP tlog-proof of a recorded post.",
        discussion: entryWordHelp + """
             The file at a path is compared with its record first.

            Examples:
              provenance prove _posts/2022-02-10-bridge.md -o bridge.tlog-proof
              provenance prove _posts/2022-02-10-bridge.md --keys trusted -o -
            """)

    @Argument(help: "The post's path, or an index, at least 8 digits of a SHA-256, or an address.")
    var post: PathArgument

    @Option(name: .shortAndLong, help: "The file to write, by convention POST.tlog-proof; '-' is standard output.")
    var output: PathArgument

    @OptionGroup var trust: TrustOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        try refuseEmpty(post, "a path")
        try refuseEmpty(output, "-o")
        guard !output.isDash || !common.json else {
            throw ValidationError(
                "-o", "found - and --json; wanted a file, since both would go to standard output",
                advice: "give a file, or leave out --json")
        }
    }

    func run() throws {
        let environment = Environment.ofProcess()
        let archive = try common.folder(environment)
        let view = try LogView(archive, trust: try trust.trust(environment, testing: [archive.root]))
        let name = try EntryName(post.path)
        let made =
            name.isPath
            ? try ProofMaker.make(view, place: environment.absolute(post.path), name: post.description)
            : try ProofMaker.make(view, entry: try EntryFinder(view, environment).find(post.path))
        if output.isDash {
            Console.write(String(decoding: made.bytes, as: UTF8.self), to: 1)
            return
        }
        let path = try OutputFile(output, .proof, in: archive, environment).path
        do { try DurableFile.replace(path, with: made.bytes) } catch {
            throw Problem(.storage, output.description, error.reason)
        }
        if common.json {
            common.print(
                json: .object([
                    "status": "verified".json, "index": .number(made.index), "size": .number(view.size),
                    "output": output.description.json,
                ]))
            return
        }
        common.console.line("entry \(made.index) of \(view.size), written to \(Console.escape(output.description))")
        let place = name.isPath ? Console.word(post.description) : "[POST]"
        common.console.line("Check it with: provenance verify --proof \(Console.word(output.description)) \(place)")
    }
}
