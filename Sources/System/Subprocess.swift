import CProvenanceSystem
import Glibc
import ProvenanceEncoding

/// Another program, run to its end: no shell reads its arguments, no terminal answers it, and time and output have
/// limits.
///
/// ```swift
/// let ended = try Subprocess("git", ["rev-parse", "HEAD"], folder: "/srv/news").run()
/// ```
public struct Subprocess: Sendable {
    /// How a program ended, and what it wrote.
    public struct Ended: Sendable {
        /// The exit status; 128 plus its number for a signal, as in shells.
        public let status: Int32
        /// Standard output.
        public let output: [UInt8]
        /// Standard error.
        public let errors: [UInt8]
        /// Whether it was ended because it took too long, wrote nothing for too long, or wrote too much.
        public let isCutOff: Bool
        /// Whether it was ended because `shouldStop` returned `true`.
        public let isStopped: Bool
    }

    private let program: RawPath
    private let arguments: [RawPath]
    private let folder: RawPath
    /// What it reads from standard input.
    public var input: [UInt8] = []
    /// Variables that are set for it, beside those of this process.
    public var variables: [String: RawPath] = [:]
    /// Variables of this process that it does not get.
    public var removedVariables: Set<String> = []
    /// The longest that it may run, in seconds.
    public var maxSeconds: Double = 3600
    /// The longest that it may write nothing, in seconds; no limit unless it is set.
    public var maxQuietSeconds = Double.infinity
    /// The most that it may write to each output, in bytes.
    public var maxOutput = 1 << 30
    /// Asked while it runs, many times a second; for example, whether a signal arrived. It is ended then.
    public var shouldStop: @Sendable () -> Bool = { false }

    /// The longest pause between two looks at a running program, in microseconds: less than starting one takes.
    private static let maxPause: useconds_t = 5_000
    /// How long a program that is ended may take to remove its own locks, in seconds; then it is killed.
    private static let grace = 2.0

    /// A program, by its path or by a name that `PATH` finds.
    public init(_ program: RawPath, _ arguments: [RawPath], folder: RawPath) {
        (self.program, self.arguments, self.folder) = (program, arguments, folder)
    }

    /// Runs it.
    ///
    /// - Throws: `FileError` where it cannot be started; `ENOENT` where it is not installed.
    public func run() throws(FileError) -> Ended {
        let input = try memory("input")
        let output = try memory("output")
        let errors = try memory("errors")
        try input.write(self.input)
        guard lseek(input.number, 0, SEEK_SET) == 0 else { throw FileError("seek", program) }
        let process = try start(input, output, errors)
        var status: Int32 = 0
        var isCutOff = false
        var isStopped = false
        // When it was told to end.
        var told: ContinuousClock.Instant?
        let began = ContinuousClock.now
        var (written, lastWritten) = (0, began)
        var pause: useconds_t = 200
        while true {
            let ended = waitpid(process, &status, WNOHANG)
            if ended == process { break }
            if ended == -1, errno != EINTR { throw FileError("wait for", program) }
            let now = ContinuousClock.now
            let sizes = (size(output), size(errors))
            let sum = sizes.0.addingReportingOverflow(sizes.1).partialValue
            if sum != written { (written, lastWritten) = (sum, now) }
            if let told {
                if now - told > .seconds(Subprocess.grace) { _ = kill(-process, SIGKILL) }
            } else {
                isStopped = shouldStop()
                isCutOff =
                    now - began > .seconds(maxSeconds) || max(sizes.0, sizes.1) > maxOutput
                    || maxQuietSeconds.isFinite && now - lastWritten > .seconds(maxQuietSeconds)
                if isStopped || isCutOff {
                    told = now
                    // It leads a session, so the programs that it started end with it.
                    _ = kill(-process, SIGTERM)
                }
            }
            usleep(pause)
            pause = min(pause * 2, Subprocess.maxPause)
        }
        // What it started may have ignored the first signal.
        if told != nil { _ = kill(-process, SIGKILL) }
        let signal = status & 0x7f
        return Ended(
            status: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: try contents(output),
            errors: try contents(errors), isCutOff: isCutOff, isStopped: isStopped)
    }

    private func start(
        _ input: borrowing Descriptor, _ output: borrowing Descriptor, _ errors: borrowing Descriptor
    ) throws(FileError) -> pid_t {
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { $0.withCString { strdup($0) } }
        var settings: [UnsafeMutablePointer<CChar>?] = environment().map { RawPath($0).withCString { strdup($0) } }
        words.append(nil)
        settings.append(nil)
        defer { for word in words + settings { free(word) } }
        var process = pid_t()
        let failure = folder.withCString {
            cprocess_start(words, settings, $0, input.number, output.number, errors.number, &process)
        }
        guard failure == 0 else { throw FileError("run", program, number: failure) }
        return process
    }

    /// This process's environment with the changes.
    private func environment() -> [[UInt8]] {
        var lines: [[UInt8]] = []
        guard var next = cprocess_environment() else { return [] }
        while let line = next.pointee {
            let bytes = RawPath(UnsafeRawBufferPointer(start: line, count: strlen(line))).bytes
            let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
            if !removedVariables.contains(name), variables[name] == nil { lines.append(bytes) }
            next += 1
        }
        return lines + variables.map { Array("\($0.key)=".utf8) + $0.value.bytes }
    }

    private func memory(_ name: String) throws(FileError) -> Descriptor {
        let number = cprocess_memory(name)
        guard number >= 0 else { throw FileError("create", RawPath(name)) }
        return Descriptor(number, program)
    }

    private func size(_ file: borrowing Descriptor) -> Int {
        var status = stat()
        return fstat(file.number, &status) == 0 ? Int(status.st_size) : 0
    }

    private func contents(_ file: borrowing Descriptor) throws(FileError) -> [UInt8] {
        guard lseek(file.number, 0, SEEK_SET) == 0 else { throw FileError("seek", program) }
        return try file.readAll(min(size(file), maxOutput))
    }
}
