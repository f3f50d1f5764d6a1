import Dispatch
import Synchronization

/// A thread that runs work in the order of submission.
///
/// Replaces a Dispatch queue, whose threads need a file descriptor and end the process when none is left.
public final class SerialThread: Sendable {
    /// The queue shared by the thread and its submitters; a `nil` in it ends the thread.
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

    /// Starts the thread. If the system cannot create one, work runs on the thread that submits it.
    public init() {
        let jobs = jobs
        isRunning = startDetachedThread {
            while let work = jobs.next() { work() }
        }
    }

    deinit {
        if isRunning { jobs.add(nil) }
    }

    /// Submits work and returns without waiting.
    public func async(_ work: @escaping @Sendable () -> Void) {
        if isRunning { jobs.add(work) } else { work() }
    }

    /// Waits until all submitted work is done.
    public func wait() {
        guard isRunning else { return }
        let isDone = DispatchSemaphore(value: 0)
        jobs.add { isDone.signal() }
        isDone.wait()
    }
}
