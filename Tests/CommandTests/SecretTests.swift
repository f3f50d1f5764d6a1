import Foundation
import TestSupport
import Testing

/// Private keys and passphrases appear in no output, other file or core dump, and do not stay in memory.
@Suite struct SecretTests {
    private static let passphrase = "correct horse battery staple 9172"

    /// The lines of a private key's PEM that are unique to it: those of the algorithm are the same in all keys.
    private func secrets(_ archive: CommandLineArchive) throws -> [String] {
        var secrets = [SecretTests.passphrase]
        for role in ["log", "signer"] {
            let text = String(decoding: try archive.read("keys/\(role).key.pem"), as: UTF8.self)
            for line in text.split(separator: "\n") where !line.hasPrefix("---") {
                secrets.append(String(line.suffix(40)))
            }
        }
        return secrets
    }

    private func locked() throws -> CommandLineArchive {
        let archive = try CommandLineArchive(initializing: false)
        try archive.folder.writeSecret(SecretTests.passphrase + "\n", to: "passphrase")
        try archive.run(
            "init", "--origin", CommandLineArchive.origin, "--passphrase-file", archive.folder("passphrase"), exits: 0)
        return archive
    }

    @Test(arguments: [false, true]) func `no command prints a secret, and no other file holds one`(isLocked: Bool)
        throws
    {
        let archive = try isLocked ? locked() : CommandLineArchive()
        let key = isLocked ? ["--passphrase-file", archive.folder("passphrase")] : []
        try archive.write(samplePost(1), to: postPath(1))
        try archive.folder.writeSecret("another passphrase\n", to: "wrong")
        var secrets = try secrets(archive)
        let lines: [([String], Int32)] = [
            (["add", "_posts"] + key, 0), (["add", "_posts", "--heartbeat", "--json"] + key, 0),
            (["add", "_posts", "--passphrase-file", archive.folder("wrong")], isLocked ? 2 : 0),
            (["add", "_posts"], isLocked ? 2 : 0), (["audit"], 0), (["audit", "--json"], 0), (["status", "--json"], 0),
            (["verify", "_posts", "--json"], 0), (["list", "--json"], 0), (["show", "0", "--json"], 0),
            (["export", "-o", "Manifests/m.json"], 0), (["prove", postPath(1), "-o", "p"], 0),
            (["export", "--bundle", archive.folder("bundle")] + key, 0), (["reindex"], 0), (["key", "show"], 0),
            (["key", "list", "--json"], 0), (["repair", "--from", "Manifests/m.json"], 0),
            (["init", "--origin", CommandLineArchive.origin] + key, 2),
            (["key", "generate", "signer", "--name", "x.example/y", "-o", archive.folder("made"), "--json"] + key, 0),
            (["key", "generate", "signer", "--name", "x.example/y", "-o", archive.folder("made")] + key, 2),
        ]
        var said = ""
        for (line, status) in lines {
            let ended = try archive.run(line, exits: status)
            said += ended.stdout + ended.stderr
        }
        // The error about a damaged or foreign key does not show it.
        let path = "keys/signer.key.pem"
        let bytes = try archive.read(path)
        for place in stride(from: 30, to: bytes.count - 30, by: 17) {
            try archive.overwrite(path, with: bytes.flipping(bit: 8 * place + 1))
            // A changed bit without meaning, in the padding of base64 or in a cipher's parameters, leaves the key
            // usable.
            let ended = try archive.run(["add", "_posts"] + key, exits: nil)
            #expect([0, 2].contains(ended.status), "\(ended)")
            said += ended.stdout + ended.stderr
        }
        try archive.overwrite(path, with: bytes)
        secrets += String(decoding: try archive.folder.read("made/signer.key.pem"), as: UTF8.self).split(
            separator: "\n"
        )
        .filter { !$0.hasPrefix("---") }.map { String($0.suffix(40)) }
        for secret in secrets {
            #expect(!said.contains(secret) && !said.contains(secret.prefix(20)))
            for place in ["archive", "bundle", "config"] {
                let found = try TestSupport.run("grep", "-rlF", "-e", secret, archive.folder(place)).stdout
                #expect(found.split(separator: "\n").allSatisfy { $0.hasSuffix(".key.pem") }, "\(found)")
            }
        }
    }

    @Test func `a private key is made with mode 0600, exclusively, and never made readable or wider`() throws {
        let archive = try CommandLineArchive(initializing: false)
        let trace = archive.folder("trace")
        let tracer = ["strace", "-f", "-e", "trace=openat,creat,open,chmod,fchmod,fchmodat,umask", "-o", trace]
        guard (try? TestSupport.run("strace", "-o", "/dev/null", "true"))?.status == 0 else {
            return try skip("strace is not here, or may not trace")
        }
        let ended = try TestSupport.run(
            "bash",
            arguments: ["-c", "umask 000; \"$@\"", "x"] + tracer + [command, "init", "--origin", "a.example/b"],
            environment: archive.environment(), folder: archive.root)
        try #require(ended.status == 0, "\(ended)")
        let calls = String(decoding: try archive.folder.read("trace"), as: UTF8.self).split(separator: "\n")
        let making = calls.filter { $0.contains(".key.pem") && $0.contains("O_CREAT") }
        #expect(making.count == 2, "\(making)")
        for call in making {
            #expect(call.contains("O_EXCL") && call.contains("O_NOFOLLOW") && call.contains(", 0600)"), "\(call)")
        }
        #expect(!calls.contains { $0.contains("chmod(") || $0.contains("umask(") })
    }

    @Test(arguments: [false, true])
    func `while keys are loaded there are no core dumps, and their files are not left in memory`(isLocked: Bool) throws
    {
        let archive = try isLocked ? locked() : CommandLineArchive()
        for number in 0..<1_500 { try archive.write(samplePost(number), to: postPath(number)) }
        let key = isLocked ? ["--passphrase-file", archive.folder("passphrase")] : []
        // The shell allows cores of any size before the command starts.
        let adding = try TestSupport.start(
            "bash",
            arguments: ["-c", "ulimit -c unlimited 2>/dev/null; exec \"$0\" add -q _posts \"$@\"", command] + key,
            environment: archive.environment(), folder: archive.root)
        let limit = ContinuousClock.now + .seconds(20)
        var process: pid_t?
        // Once it writes to the log, the keys are loaded.
        while process == nil, ContinuousClock.now < limit {
            let lock = String(decoding: (try? archive.read(".provenance/lock")) ?? [], as: UTF8.self)
            let isWriting = FileManager.default.fileExists(atPath: archive("log/tile"))
            if isWriting, lock.hasPrefix("process "), let number = pid_t(lock.dropFirst(8)) { process = number }
            usleep(500)
        }
        let number = try #require(process, "the add was over before it was seen")
        try #require(kill(number, SIGSTOP) == 0)
        defer { kill(number, SIGCONT) }
        let limits = try String(contentsOfFile: "/proc/\(number)/limits", encoding: .utf8)
        let core = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") } ?? ""
        #expect(core.split(separator: " ").filter { $0 == "0" }.count == 2, "\(core)")
        // The files of a process that may be dumped belong to its user, else to root.
        guard getuid() == 0 else { return try skip("another process's memory needs root") }
        let left = try SecretTests.found(try secrets(archive).filter { $0 != SecretTests.passphrase }, in: number)
        #expect(left.isEmpty, "\(left.count) lines of private keys are in memory")
        kill(number, SIGCONT)
        #expect(try adding.wait().status == 0)
    }

    /// Which of the texts are in a process's memory.
    private static func found(_ texts: [String], in process: pid_t) throws -> [String] {
        let memory = try #require(fopen("/proc/\(process)/mem", "r"))
        defer { fclose(memory) }
        var found: Set<String> = []
        for line in try String(contentsOfFile: "/proc/\(process)/maps", encoding: .utf8).split(separator: "\n") {
            let words = line.split(separator: " ")
            let ends = words[0].split(separator: "-").compactMap { Int($0, radix: 16) }
            // Writable memory: heaps, stacks, anonymous mappings.
            guard words.count > 1, words[1].hasPrefix("rw"), ends.count == 2, ends[1] - ends[0] < 1 << 28 else {
                continue
            }
            var bytes = [UInt8](repeating: 0, count: ends[1] - ends[0])
            guard fseek(memory, ends[0], SEEK_SET) == 0, fread(&bytes, 1, bytes.count, memory) == bytes.count else {
                continue
            }
            let data = Data(bytes)
            for text in texts where data.range(of: Data(text.utf8)) != nil { found.insert(text) }
        }
        return Array(found)
    }
}
