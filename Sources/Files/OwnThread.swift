import Glibc

/// Runs work on a thread of its own, which ends with it; here and now where the system has no thread to give.
///
/// Nobody waits for its end but by what the work itself signals.
public func onThreadOfItsOwn(_ work: @escaping @Sendable () -> Void) {
    let passed = Unmanaged.passRetained(Work(work))
    var thread = pthread_t()
    let code = pthread_create(&thread, nil, run, passed.toOpaque())
    guard code == 0 else { return passed.takeRetainedValue().work() }
    pthread_detach(thread)
}

/// What the thread is to do, as an object that C can hand on.
private final class Work: Sendable {
    let work: @Sendable () -> Void

    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
}

private func run(_ passed: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let passed { Unmanaged<Work>.fromOpaque(passed).takeRetainedValue().work() }
    return nil
}
