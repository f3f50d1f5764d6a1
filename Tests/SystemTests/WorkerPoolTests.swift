import ProvenanceEncoding
import ProvenanceSystem
import Synchronization
import Testing

/// Work in short runs on all cores.
@Suite struct WorkerPoolTests {
    @Test(
        "runs cover everything once, come in order, and are no longer than wanted",
        arguments: [0, 1, 2, 3, 15, 16, 17, 64, 544, 1000, 1024, 5000], [1, 2, 64])
    func cover(_ count: Int, _ length: Int) {
        let runs = WorkerPool([1, 2, 3], length: length)
        let ranges = runs.over(count) { (_, range) in range }
        #expect(ranges.flatMap { Array($0) } == Array(0..<count))
        #expect(ranges.allSatisfy { !$0.isEmpty && $0.count <= length })
        // A worker serves one thread at a time, and is used again.
        let used = Mutex<Set<Int>>([])
        _ = runs.over(count) { (worker, _) in used.withLock { _ = $0.insert(worker) } }
        #expect(used.withLock { $0.isSubset(of: [1, 2, 3]) })
    }

    @Test("the first failure in the order of the runs is thrown")
    func failure() {
        #expect(throws: FileError("work", "64", number: 1)) {
            _ = try WorkerPool([1, 2], length: 64).over(1000) { (_, range) throws(FileError) -> Int in
                if range.lowerBound >= 64 { throw FileError("work", RawPath("\(range.lowerBound)"), number: 1) }
                return 0
            }
        }
    }
}
