import ProvenanceSystem
import Synchronization
import Testing

/// Work on one thread, in the order given.
@Suite struct SerialThreadTests {
    @Test func `Work is done in order, and wait returns after all of it`() {
        let thread = SerialThread()
        let done = Mutex<[Int]>([])
        for number in 0..<1_000 { thread.async { done.withLock { $0.append(number) } } }
        thread.wait()
        #expect(done.withLock { $0 } == Array(0..<1_000))
    }

    @Test func `Work that was given is done although the thread is let go`() async {
        let done = Atomic(0)
        await withCheckedContinuation { continuation in
            let thread = SerialThread()
            for _ in 0..<10 { thread.async { done.wrappingAdd(1, ordering: .relaxed) } }
            thread.async { continuation.resume() }
        }
        #expect(done.load(ordering: .relaxed) == 10)
    }
}
