import Glibc
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

    @Test func `Each piece of work is done once, on a thread that is not the caller's`() {
        let here = pthread_self()
        let there = Mutex<[UInt]>([])
        let threads = (0..<20).map { _ in SerialThread() }
        for thread in threads { thread.async { there.withLock { $0.append(UInt(pthread_self())) } } }
        for thread in threads { thread.wait() }
        #expect(there.withLock { $0.count } == 20)
        #expect(there.withLock { Set($0).count } == 20)
        #expect(there.withLock { $0.contains(UInt(here)) } == false)
    }

    @Test func `A thread has ended when its last reference is gone`() {
        let isDone = Atomic(false)
        do {
            let thread = SerialThread()
            thread.async {
                usleep(50_000)
                isDone.store(true, ordering: .releasing)
            }
        }
        let ended = isDone.load(ordering: .acquiring)
        #expect(ended)
    }
}
