import Dispatch
import Files
import Glibc
import Synchronization
import Testing

@Suite struct OwnThreadTests {
    @Test("work is done once, on another thread")
    func run() {
        let here = pthread_self()
        let there = Mutex<[UInt]>([])
        let isDone = DispatchSemaphore(value: 0)
        for _ in 0..<20 {
            onThreadOfItsOwn {
                there.withLock { $0.append(UInt(pthread_self())) }
                isDone.signal()
            }
        }
        for _ in 0..<20 { #expect(isDone.wait(timeout: .now() + 20) == .success) }
        #expect(there.withLock { $0.count } == 20)
        #expect(there.withLock { $0.contains(UInt(here)) } == false)
    }
}
