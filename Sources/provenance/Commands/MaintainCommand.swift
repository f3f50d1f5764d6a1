import ArgumentParser
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceMaintenance
import ProvenanceNetwork
import ProvenanceRecording
import ProvenanceSystem
import ProvenanceVerification
import Synchronization

/// `provenance maintain`.
struct MaintainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintain",
        abstract: "Compare, record what is new, and tell only what is new: the one line for a scheduler.",
        discussion: """
            Runs status, then add on the folders that were added before; a clone that has added nothing takes the first \
            folder of each registered path. A finding is told once, and once a day with all \
            that are open; the exit status stays 1 while any is open. Nothing is printed where nothing is new.

            Between two full readings, one a day, files are not read that have the recorded size and were last changed \
            before they were recorded: a quick run says so and never VERIFIED. New posts are recorded although something \
            is wrong, but for a log that was rolled back and for posts of a folder that are gone all at once.

            With --publish git it fetches the branch of the shared repository first, and records on top of the log there; \
            then it commits log and posts and pushes, whatever the exit status. Where another clone was faster it records \
            again on top of that. Where the shared repository cannot be reached nothing is recorded.

            Examples:
              provenance maintain
              provenance maintain --report report.json --metrics provenance.prom
              provenance maintain --publish git
            """)

    @OptionGroup var paths: PathOptions

    @Flag(name: .long, help: "Read every file, whenever the last full reading was.")
    var full = false

    @Flag(
        name: .long, help: "Do not read files that look unchanged; overdue is exit 1 when nothing reads them for a day."
    )
    var quick = false

    @OptionGroup var limits: LimitOptions
    @OptionGroup var massChanges: MassChangeOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Ask for URL/start first, and for URL or URL/fail at the end; nothing else is sent.", valueName: "url"),
        transform: plainText)
    var ping: String?

    @Option(name: .long, help: "Write what was found to this file too, as JSON.")
    var report: PathArgument?

    @Option(name: .long, help: "Write figures to this file, in the text format of Prometheus.")
    var metrics: PathArgument?

    @Option(
        name: .long,
        help: ArgumentHelp("Record on top of the shared repository's log and push: git.", valueName: "way"))
    var publish: PublishingWay?

    @Flag(name: .long, help: "With --publish: begin the log in a shared repository that has none.")
    var firstWriterHere = false

    @Flag(name: .shortAndLong, help: "Print the summary although nothing is new.")
    var verbose = false

    @OptionGroup var lock: LockOptions
    @OptionGroup var trust: TrustOptions
    @OptionGroup var signing: SigningOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        try refuseSecondDash(paths.inputs + [signing.passphraseFile])
        try refuseEmpty(report, "--report")
        try refuseEmpty(metrics, "--metrics")
        for (name, file) in [("--report", report), ("--metrics", metrics)] {
            guard let file else { continue }
            guard !file.isDash, !file.path.bytes.suffix(3).elementsEqual(".md".utf8) else {
                throw ValidationError(
                    name, "found '\(file)'; wanted a file that is no post",
                    advice: "with --json the report goes to standard output")
            }
        }
        if let report, let metrics, report.path == metrics.path {
            throw ValidationError(
                "--metrics", "found the file of --report; wanted another one", advice: "give it a name of its own")
        }
        guard publish != nil || !firstWriterHere else {
            throw ValidationError(
                "--first-writer-here", "found no --publish; wanted both", advice: "--publish git --first-writer-here")
        }
        guard !(full && quick) else {
            throw ValidationError(
                "--quick", "found --full beside it; wanted one of them", advice: "leave one out, or both")
        }
        guard ping.map({ Ping($0, agent: "") != nil }) ?? true else {
            throw ValidationError(
                "--ping", "wanted an http or https address without a query",
                advice: "copy the address of the job from the monitoring service: --ping https://hc-ping.com/ID")
        }
    }

    func run() throws {
        let environment = Environment.ofProcess()
        let ping = ping.flatMap { Ping($0, agent: "provenance/\(Provenance.version)") }
        // On a thread of its own: an address that hangs delays nothing but the end.
        let pinging = ping.map { ping in
            let thread = SerialThread()
            let failure = PingFailure()
            thread.async { failure.note(ping.send(.start)) }
            return (thread, failure)
        }
        let result = Result { try maintain(environment) }
        let exit = (try? result.get())?.exit ?? .environment
        if let ping, let (thread, failure) = pinging {
            thread.wait()
            failure.note(ping.send(exit == .verified ? .success : .failure))
            // The service notices by itself that nothing came; the verdict stands.
            if let reason = failure.reason {
                common.console.diagnostic("\(Remark.Code.ping.rawValue)  \(Console.escape(reason))")
            }
        }
        if try result.get().exit != .verified { throw Finished(status: exit) }
    }

    private func maintain(_ environment: Environment) throws -> MaintenanceReport {
        let archive = try signing.archive(common, environment)
        let trust = try trust.trust(environment, testing: [archive.root])
        var options = Maintenance.Options(
            recorder: Recorder.Options(
                passphrase: try signing.passphrase(), lockTimeout: lock.lockTimeout, version: Provenance.version))
        options.folders = try paths.all()
        options.reading = full ? .full : quick ? .quick : .automatic
        options.limits = try limits.limits(quiet: ["auto"])
        options.recorder.massChanges = Set(massChanges.massChange)
        options.publishing = publish.map { _ in .git(isFirstWriter: firstWriterHere) }
        let files = try reportFiles(archive, environment)
        StopSignal.watch()
        options.recorder.shouldStop = { StopSignal.caught != nil }
        let progress = Progress("files", total: nil, quiet: common.quiet || common.json)
        let report = try Maintenance.run(archive, trust: trust, options: options, environment) { done, total in
            progress.update(done, of: total)
        }
        progress.finish()
        if common.json {
            common.print(json: report.json)
        } else {
            MaintenanceListing(report, common.console, isVerbose: verbose || Console.isTerminal).print()
        }
        try write(report, to: files, archive)
        return report
    }

    /// The files of a monitoring system, refused before anything is done if they cannot be meant.
    private func reportFiles(
        _ archive: ArchiveFolder, _ environment: Environment
    ) throws -> (report: OutputFile?, metrics: OutputFile?) {
        (
            try report.map { try OutputFile($0, .report, in: archive, environment) },
            try metrics.map { try OutputFile($0, .metrics, in: archive, environment) }
        )
    }

    /// Writes the files of a monitoring system, each replaced at once.
    private func write(
        _ report: MaintenanceReport, to files: (report: OutputFile?, metrics: OutputFile?), _ archive: ArchiveFolder
    ) throws {
        let contents = [
            (files.report, CanonicalJSON.encode(report.json) + [Bytes.newline]),
            (files.metrics, Array(report.metrics(origin: archive.origin).utf8)),
        ]
        for (file, bytes) in contents {
            guard let file else { continue }
            do { try DurableFile.replace(file.path, with: bytes) } catch { throw Problem(error) }
        }
    }
}

/// Where `maintain --publish` publishes.
enum PublishingWay: String, ExpressibleByArgument, CaseIterable {
    case git
}

/// The first reason why a request failed, from two threads.
private final class PingFailure: Sendable {
    private let first = Mutex<String?>(nil)

    var reason: String? { first.withLock { $0 } }

    func note(_ reason: String?) {
        guard let reason else { return }
        first.withLock { $0 = $0 ?? reason }
    }
}
