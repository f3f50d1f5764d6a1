import Foundation

/// How a process ended and what it wrote.
public struct Ended: Sendable, CustomStringConvertible {
    /// The exit status; for a process ended by a signal, 128 plus the signal's number, as in shells.
    public let status: Int32
    /// Standard output, byte for byte.
    public let output: [UInt8]
    /// Standard error, byte for byte.
    public let errors: [UInt8]

    /// Standard output as text.
    public var stdout: String { String(decoding: output, as: UTF8.self) }
    /// Standard error as text.
    public var stderr: String { String(decoding: errors, as: UTF8.self) }

    /// Status and both outputs, for the message of a failed expectation.
    public var description: String { "status \(status)\nstdout: \(stdout)\nstderr: \(stderr)" }
}

/// Why a process could not be run to its end.
public struct NotRun: Error, CustomStringConvertible {
    /// The reason.
    public let description: String

    /// A reason in words.
    public init(description: String) { self.description = description }
}

/// The folder of the products of this build, where the command under test lies.
public let productsFolder: String = {
    let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: program).deletingLastPathComponent().path
}()

/// Runs a program to its end.
///
/// - Parameters:
///   - program: A path, or a name that `PATH` finds.
///   - arguments: The arguments after the program's name.
///   - input: Standard input.
///   - environment: Added to, or replacing, this process's environment.
///   - folder: The working folder.
///   - limit: Seconds after which the process counts as hung and is killed.
/// - Returns: The exit status and everything that the process wrote.
/// - Throws: `NotRun` when it cannot be started or outlasts the limit.
public func run(
    _ program: String, arguments: [String], input: [UInt8] = [], environment: [String: String] = [:],
    folder: String? = nil, limit: Double = 120
) throws -> Ended {
    try start(program, arguments: arguments, input: input, environment: environment, folder: folder).wait(limit: limit)
}

/// A started program; killed when it is released before its end.
public final class Running: @unchecked Sendable {
    // Confined to the test that started it.
    private let program: String
    private let process: pid_t
    private let output: Int32
    private let errors: Int32
    private var hasEnded = false

    fileprivate init(_ program: String, _ process: pid_t, output: Int32, errors: Int32) {
        self.program = program
        self.process = process
        self.output = output
        self.errors = errors
    }

    deinit {
        if !hasEnded {
            kill()
            var status: Int32 = 0
            waitpid(process, &status, 0)
        }
        close(output)
        close(errors)
    }

    /// Ends the program at once, as a power cut does (`SIGKILL`).
    public func kill() { Foundation.kill(process, SIGKILL) }

    /// Sends the program a signal.
    public func send(_ signal: Int32) { Foundation.kill(process, signal) }

    /// Waits for its end.
    ///
    /// - Parameter limit: Seconds after which it counts as hung and is killed.
    /// - Returns: The exit status and everything that it wrote.
    /// - Throws: `NotRun` when it outlasts the limit.
    public func wait(limit: Double = 120) throws -> Ended {
        hasEnded = true
        let status = try awaitEnd(of: process, program: program, limit: limit)
        return Ended(status: status, output: try contents(of: output), errors: try contents(of: errors))
    }

    /// Whether the program is still running.
    public var isRunning: Bool {
        var information = siginfo_t()
        return !hasEnded && waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT) == 0
            && information.si_signo == 0
    }
}

/// Starts a program and does not wait for it; parameters as of `run`.
///
/// - Returns: The running program.
/// - Throws: `NotRun` when it cannot be started.
public func start(
    _ program: String, arguments: [String], input: [UInt8] = [], environment: [String: String] = [:],
    folder: String? = nil
) throws -> Running {
    // Output goes to unlinked files, so that no pipe can fill up and no reader thread is needed.
    let input = try unlinkedFile(holding: input)
    let output = try unlinkedFile()
    let errors = try unlinkedFile()
    defer { close(input) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)

    // The importer hides posix_spawn's own way to change the folder; env(1) has one.
    let line = (folder.map { ["env", "--chdir=" + $0] } ?? []) + [program] + arguments
    var words = line.map { strdup($0) }
    words.append(nil)
    let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var settings = merged.map { strdup("\($0.key)=\($0.value)") }
    settings.append(nil)
    defer { for word in words + settings { free(word) } }

    var process = pid_t()
    let failure = posix_spawnp(&process, line[0], &actions, nil, words, settings)
    guard failure == 0 else {
        close(output)
        close(errors)
        throw NotRun(description: "\(program): \(String(cString: strerror(failure)))")
    }
    return Running(program, process, output: output, errors: errors)
}

/// Runs a program with nothing but its arguments.
public func run(_ program: String, _ arguments: String...) throws -> Ended {
    try run(program, arguments: arguments)
}

private func awaitEnd(of process: pid_t, program: String, limit: Double) throws -> Int32 {
    let start = ContinuousClock.now
    var status: Int32 = 0
    var pause: UInt32 = 200
    while true {
        let ended = waitpid(process, &status, WNOHANG)
        if ended == process { break }
        if ended == -1, errno != EINTR { throw NotRun(description: "waitpid: \(String(cString: strerror(errno)))") }
        if ContinuousClock.now - start > .seconds(limit) {
            kill(process, SIGKILL)
            waitpid(process, &status, 0)
            throw NotRun(description: "\(program) was still running after \(limit) s")
        }
        usleep(pause)
        pause = min(pause * 2, 20_000)
    }
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
}

private func unlinkedFile(holding bytes: [UInt8] = []) throws -> Int32 {
    let name = "/tmp/provenance-test-" + UUID().uuidString
    let file = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw NotRun(description: "\(name): \(String(cString: strerror(errno)))") }
    unlink(name)
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes { write(file, $0.baseAddress.map { $0 + written }, bytes.count - written) }
        guard count > 0 else { throw NotRun(description: "write: \(String(cString: strerror(errno)))") }
        written += count
    }
    lseek(file, 0, SEEK_SET)
    return file
}

private func contents(of file: Int32) throws -> [UInt8] {
    // The child moved the offset that it shares with this descriptor.
    lseek(file, 0, SEEK_SET)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(file, &buffer, buffer.count)
        guard count >= 0 else { throw NotRun(description: "read: \(String(cString: strerror(errno)))") }
        if count == 0 { return bytes }
        bytes.append(contentsOf: buffer[..<count])
    }
}
