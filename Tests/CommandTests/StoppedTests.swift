import Foundation
import TestSupport
import Testing

/// A command ended by a signal leaves nothing behind, and its exit status is the signal's.
@Suite(.serialized) struct StoppedTests {
    /// Starts the command with a terminal's signal settings, waits until something appears in its working folder, and
    /// ends it.
    ///
    /// - Returns: how it ended; `nil` when it was done before anything was seen.
    private func stop(
        _ archive: CommandLineArchive, _ arguments: [String], by signal: Int32, temporary: String = "/tmp",
        when isWorking: () -> Bool
    ) throws -> Ended? {
        let running = try TestSupport.start(
            "env", arguments: ["--default-signal", command] + arguments,
            environment: archive.environment(["TMPDIR": temporary]), folder: archive.root)
        while !isWorking() {
            guard running.isRunning else { return nil }
            usleep(200)
        }
        running.send(signal)
        return try running.wait(limit: 30)
    }

    private func names(_ folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    /// A zip of many small files, which takes a second to unpack and is no bundle.
    private func writeZip(_ archive: CommandLineArchive) throws -> Bool {
        let program = """
            import zipfile
            with zipfile.ZipFile("many.zip", "w") as z:
                for number in range(30000): z.writestr(f"bundle/{number % 100}/{number}", "x")
            """
        return try TestSupport.run("python3", arguments: ["-c", program], environment: [:], folder: archive.root).status
            == 0
    }

    @Test func `An add that waits for another command is ended by a signal`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        let ended = try archive.shell(
            """
            exec 9<>.provenance/lock; flock 9
            env --default-signal "$COMMAND" add --lock-timeout 600 _posts 9<&- & sleep 1; kill -TERM $!; wait $!
            """, exits: 2, limit: 20)
        #expect(ended.stderr.contains("stopped while another command held it"), "\(ended)")
    }

    @Test func `verify of a zip that a signal ends leaves nothing, and a later run removes what SIGKILL left`() throws {
        let archive = try CommandLineArchive(initializing: false)
        guard try writeZip(archive) else { return try skip("no python3 to make zip files with") }
        let temporary = try TemporaryFolder()
        let isUnpacking = {
            names(temporary.path).contains { names(temporary.path + "/" + $0 + "/bundle").count > 3 }
        }
        for signal in [SIGTERM, SIGHUP, SIGINT, SIGPIPE] {
            let ended = try stop(
                archive, ["verify", "many.zip"], by: signal, temporary: temporary.path, when: isUnpacking)
            #expect(ended?.status == 128 + signal, "\(String(describing: ended))")
            #expect(names(temporary.path).isEmpty, "signal \(signal)")
        }
        let killed = try stop(
            archive, ["verify", "many.zip"], by: SIGKILL, temporary: temporary.path, when: isUnpacking)
        #expect(killed?.status == 128 + SIGKILL)
        let abandoned = names(temporary.path)
        #expect(abandoned.count == 1, "SIGKILL cannot be caught")
        // A folder that another run uses is kept, an abandoned one is removed.
        let running = try TestSupport.start(
            command, arguments: ["verify", "many.zip"], environment: archive.environment(["TMPDIR": temporary.path]),
            folder: archive.root)
        while names(temporary.path).count != 1 || names(temporary.path) == abandoned || !isUnpacking() {
            try #require(running.isRunning)
            usleep(200)
        }
        running.send(SIGSTOP)
        try archive.write("no zip", to: "no.zip")
        try archive.run("verify", "no.zip", exits: 2, environment: ["TMPDIR": temporary.path])
        #expect(running.isRunning && names(temporary.path).count == 1, "\(names(temporary.path))")
        running.send(SIGCONT)
        #expect(try running.wait().status == 2)
        #expect(names(temporary.path).isEmpty)
    }

    @Test func `verify of a zip into a closed pipe leaves nothing`() throws {
        let archive = try CommandLineArchive.withSamples()
        try archive.run("export", "--bundle", "good.zip", exits: 0)
        let temporary = try TemporaryFolder()
        for format in ["", "--jsonl"] {
            let ended = try TestSupport.run(
                "sh", arguments: ["-c", "\"$0\" verify \(format) good.zip | true", command],
                environment: archive.environment(["TMPDIR": temporary.path]), folder: archive.root)
            #expect(ended.status == 0, "\(ended)")
            #expect(names(temporary.path).isEmpty, "\(names(temporary.path))")
        }
    }

    @Test(arguments: [
        ["--bundle", "out.zip"], ["--bundle", "out"], ["-o", "out"], ["-o", "out", "--format", "csv"],
        ["-o", "out", "--format", "bagit"],
    ])
    func `An export that a signal ends leaves nothing, and the next one removes what SIGKILL left`(
        _ arguments: [String]
    ) throws {
        let archive = try CommandLineArchive.withPosts(400)
        let export = ["export"] + arguments
        let left = { names(archive.root).filter { $0.hasPrefix("out") } }
        for signal in [SIGTERM, SIGHUP, SIGINT, SIGPIPE] {
            var ended: Ended?
            // It may be done before the signal comes.
            for _ in 0..<20 where ended?.status != 128 + signal {
                for name in left() { try archive.remove(name) }
                ended = try stop(archive, export, by: signal) { !left().isEmpty }
            }
            #expect(ended?.status == 128 + signal, "\(String(describing: ended))")
            #expect(left().isEmpty, "signal \(signal): \(left())")
        }
        var isLeft = false
        for _ in 0..<20 where !isLeft {
            for name in left() { try archive.remove(name) }
            _ = try stop(archive, export, by: SIGKILL) { !left().isEmpty }
            isLeft = left().contains { $0.hasSuffix(".provenance-tmp") }
        }
        #expect(isLeft, "SIGKILL cannot be caught")
        for name in left() where !name.hasSuffix(".provenance-tmp") { try archive.remove(name) }
        try archive.run(export, exits: 0)
        #expect(left().count == 1, "\(left())")
    }
}
