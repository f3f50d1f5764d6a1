import Glibc

/// Runs deeply recursive work on a thread with a stack of a given size, and waits for its end.
///
/// - Parameters:
///   - stack: Bytes of stack; only what is used takes memory.
///   - work: The work.
/// - Returns: Whether the work was done: `false` when the system cannot create the thread.
public func onThread(withStack stack: Int, _ work: @escaping @Sendable () -> Void) -> Bool {
    guard let thread = startThread(stack: stack, work) else { return false }
    return pthread_join(thread, nil) == 0
}

/// Calls work once for each number below a count, concurrently, and waits for all calls.
///
/// Uses its own threads: those of Dispatch need a file descriptor, and end the process when none is left.
///
/// - Parameters:
///   - count: The number of calls. One of them is made on the calling thread.
///   - work: Called with each number.
func concurrently(_ count: Int, _ work: @Sendable (Int) -> Void) {
    guard count > 1 else { return (0..<max(0, count)).forEach(work) }
    withoutActuallyEscaping(work) { work in
        let threads = (1..<count).map { number in (number, startThread(stack: nil) { work(number) }) }
        work(0)
        for (number, thread) in threads {
            // If the system could not create the thread, the work is done here.
            if let thread { pthread_join(thread, nil) } else { work(number) }
        }
    }
}

/// Starts a thread, which the caller joins or detaches; `nil` when the system cannot create one.
func startThread(stack: Int?, _ work: @escaping @Sendable () -> Void) -> pthread_t? {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return nil }
    defer { pthread_attr_destroy(&attributes) }
    if let stack, pthread_attr_setstacksize(&attributes, stack) != 0 { return nil }
    let passed = Unmanaged.passRetained(Work(work))
    var thread = pthread_t()
    guard pthread_create(&thread, &attributes, run, passed.toOpaque()) == 0 else {
        passed.release()
        return nil
    }
    return thread
}

/// The work of a thread, as an object whose pointer can pass through C.
private final class Work: Sendable {
    let work: @Sendable () -> Void

    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
}

private func run(_ passed: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let passed { Unmanaged<Work>.fromOpaque(passed).takeRetainedValue().work() }
    return nil
}
