import Dispatch
import Glibc
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
    private let thread: pthread_t?

    /// Starts the thread. If the system cannot create one, work runs on the thread that submits it.
    public init() {
        let jobs = jobs
        thread = startThread(stack: nil) {
            while let work = jobs.next() { work() }
        }
    }

    deinit {
        guard let thread else { return }
        jobs.add(nil)
        // A thread that is still ending while the process exits uses what is being destroyed. Only the last reference in the
        // thread's own work cannot wait for it.
        if pthread_equal(thread, pthread_self()) != 0 { pthread_detach(thread) } else { pthread_join(thread, nil) }
    }

    /// Submits work and returns without waiting.
    public func async(_ work: @escaping @Sendable () -> Void) {
        if thread != nil { jobs.add(work) } else { work() }
    }

    /// Waits until all submitted work is done. Not for the work itself, which would wait for its own end.
    public func wait() {
        guard thread != nil else { return }
        let isDone = DispatchSemaphore(value: 0)
        jobs.add { isDone.signal() }
        isDone.wait()
    }
}
