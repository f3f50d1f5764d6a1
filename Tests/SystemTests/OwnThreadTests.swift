import ProvenanceSystem
import Synchronization
import Testing

@Suite struct OwnThreadTests {
    /// Recurses, with an allocation on the stack at each level.
    private static func descend(_ levels: Int) -> Int {
        withUnsafeTemporaryAllocation(byteCount: 1_024, alignment: 8) { bytes in
            bytes[0] = UInt8(truncatingIfNeeded: levels)
            return levels == 0 ? 0 : descend(levels - 1) + Int(bytes[0] & 1)
        }
    }

    @Test("work that goes deep has the stack it was given, and its end is waited for")
    func deep() {
        let sum = Mutex(0)
        let isDone = onThread(withStack: 256 << 20) { sum.withLock { $0 = OwnThreadTests.descend(100_000) } }
        #expect(isDone && sum.withLock { $0 } == 50_000)
        #expect(!onThread(withStack: 1) { sum.withLock { $0 = -1 } } && sum.withLock { $0 } == 50_000)
    }
}
