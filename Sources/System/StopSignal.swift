import CProvenanceSystem
import Glibc

/// SIGINT and SIGTERM as requests to stop: the current write is finished first. A second signal ends the process at
/// once.
public enum StopSignal {
    /// Catches the signals from now on.
    public static func watch() { cfiles_catch_stop() }

    /// The name of the signal that was caught, if any.
    public static var caught: String? {
        switch cfiles_stop_caught() {
        case 0: nil
        case 2: "SIGINT"
        case 15: "SIGTERM"
        case let number: "signal \(number)"
        }
    }
}

/// Waits; a signal ends the wait early.
public func sleep(milliseconds: Int64) {
    guard milliseconds > 0 else { return }
    var time = timespec(tv_sec: Int(milliseconds / 1000), tv_nsec: Int(milliseconds % 1000) * 1_000_000)
    _ = nanosleep(&time, nil)
}
