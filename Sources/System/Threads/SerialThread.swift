import Dispatch
import Synchronization

/// A thread that does work in the order in which it is given.
///
/// In place of a queue of Dispatch's, whose threads need a descriptor of the system and end the process where none is left.
public final class SerialThread: Sendable {
    /// What the thread shares with the one that gives it work; `nil` among the work ends the thread.
    private final class Jobs: Sendable {
        private let waiting = Mutex<[(@Sendable () -> Void)?]>([])
        private let count = DispatchSemaphore(value: 0)

        func add(_ work: (@Sendable () -> Void)?) {
            waiting.withLock { $0.append(work) }
            count.signal()
        }

        func next() -> (@Sendable () -> Void)? {
            count.wait()
            return waiting.withLock { $0.removeFirst() }
        }
    }

    private let jobs = Jobs()
    private let isRunning: Bool

    /// Starts the thread. Where the system has none to give, work is done by whoever gives it.
    public init() {
        let jobs = jobs
        isRunning = startDetachedThread {
            while let work = jobs.next() { work() }
        }
    }

    deinit {
        if isRunning { jobs.add(nil) }
    }

    /// Gives it work, and goes on.
    public func async(_ work: @escaping @Sendable () -> Void) {
        if isRunning { jobs.add(work) } else { work() }
    }

    /// Waits until everything that it was given is done.
    public func wait() {
        guard isRunning else { return }
        let isDone = DispatchSemaphore(value: 0)
        jobs.add { isDone.signal() }
        isDone.wait()
    }
}
