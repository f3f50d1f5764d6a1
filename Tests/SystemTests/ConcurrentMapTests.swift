import ProvenanceEncoding
import ProvenanceSystem
import Synchronization
import Testing

/// Work over slices on all cores.
@Suite struct ConcurrentMapTests {
    @Test("slices cover everything once and come in order", arguments: [0, 1, 2, 3, 7, 64, 1000])
    func cover(_ count: Int) {
        let numbers = Mutex<[Int]>([])
        let ranges = concurrentMap(count) { slice, range -> Range<Int> in
            numbers.withLock { $0.append(slice) }
            return range
        }
        #expect(ranges.flatMap { Array($0) } == Array(0..<count))
        #expect(ranges.count == min(count, coreCount))
        #expect(ranges.allSatisfy { !$0.isEmpty })
        #expect(numbers.withLock { $0.sorted() } == Array(0..<ranges.count))
        #expect(concurrentMap(count) { (range: Range<Int>) in range.count }.reduce(0, +) == count)
    }

    @Test("the first failure in the order of the slices is thrown")
    func failure() {
        #expect(throws: FileError("work", "0", number: 1)) {
            _ = try concurrentMap(1000) { (_, range) throws(FileError) -> Int in
                throw FileError("work", RawPath("\(range.lowerBound)"), number: 1)
            }
        }
    }
}
