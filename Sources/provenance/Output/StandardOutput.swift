import Glibc
import ProvenanceVerification
import Synchronization

/// Ends a command whose result could not be written: its conclusion goes to standard error and decides the exit status.
enum StandardOutput {
    private struct State {
        /// The reason of the first failed write.
        var failure: String?
        /// The line that states what the command found.
        var conclusion: String?
    }

    private static let state = Mutex(State())

    /// Whether a write failed; nothing more is written then.
    static var isLost: Bool { state.withLock { $0.failure != nil } }

    /// Records the error number of a failed write.
    static func lose(_ number: Int32) {
        state.withLock { $0.failure = $0.failure ?? String(cString: strerror(number)) }
    }

    /// Records the line that states what a command found, without colour; a later line replaces it.
    static func conclude(_ line: String) { state.withLock { $0.conclusion = line } }

    /// Ends the program.
    ///
    /// If output was lost, exit status 1 stands, so that a full disk cannot turn an altered post into a problem of the
    /// environment. Any other verdict counts as not given, which is 2.
    static func end(_ status: ExitStatus) -> Never {
        // Some file systems report only on close that there was no room.
        if !isLost, close(1) != 0 { lose(errno) }
        let (failure, conclusion) = state.withLock { ($0.failure, $0.conclusion) }
        guard let failure else { exit(status.rawValue) }
        let problem = Problem(.storage, "standard output", "cannot write: \(failure)")
        Console.write("\(problem.code)  \(problem.place): \(problem.reason)\n", to: 2)
        Console.write((conclusion ?? words(status)) + "\n", to: 2)
        exit((status == .failed ? status : .environment).rawValue)
    }

    /// The verdict in words, for a command that printed no concluding line, as with `--json`.
    private static func words(_ status: ExitStatus) -> String {
        status == .verified
            ? "Nothing else failed: only what the command had to say is lost."
            : "\(Console.word(for: status)): what was found could not be written."
    }
}
