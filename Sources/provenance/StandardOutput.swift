import Glibc
import ProvenanceVerification
import Synchronization

/// The end of a command whose result cannot be written: what was found is said on standard error, and decides.
enum StandardOutput {
    private struct State {
        /// Why writing failed, the first time.
        var failure: String?
        /// The line in which the command said what it found.
        var conclusion: String?
    }

    private static let state = Mutex(State())

    /// Whether something could not be written, so that nothing more is.
    static var isLost: Bool { state.withLock { $0.failure != nil } }

    /// Notes the system's error number of a write that failed.
    static func lose(_ number: Int32) {
        state.withLock { $0.failure = $0.failure ?? String(cString: strerror(number)) }
    }

    /// Notes the line in which a command says what it found, without colour; a later one takes its place.
    static func conclude(_ line: String) { state.withLock { $0.conclusion = line } }

    /// Ends the program.
    ///
    /// A verdict that was reached before its words were lost stands if it is 1: no full disk makes an altered post a
    /// matter of the environment. Every other one was not given, which is 2.
    static func end(_ status: ExitStatus) -> Never {
        // Some file systems say only here that there was no room for what was written.
        if !isLost, close(1) != 0 { lose(errno) }
        let (failure, conclusion) = state.withLock { ($0.failure, $0.conclusion) }
        guard let failure else { exit(status.rawValue) }
        let problem = Problem(.storage, "standard output", "cannot write: \(failure)")
        Console.write("\(problem.code)  \(problem.place): \(problem.reason)\n", to: 2)
        Console.write((conclusion ?? words(status)) + "\n", to: 2)
        exit((status == .failed ? status : .environment).rawValue)
    }

    /// The verdict of a command that has said nothing in a line: with `--json` above all.
    private static func words(_ status: ExitStatus) -> String {
        status == .verified
            ? "Nothing else failed: only what the command had to say is lost."
            : "\(Console.word(for: status)): what was found could not be written."
    }
}
