import Synchronization

/// Processes `0..<count` in short runs on all cores, each run by one worker, and returns the results in order.
///
/// Short runs keep every core busy to the end even if other programs use the cores. Workers are reused, because what
/// they hold (hashers, keys, tiles already read) is expensive to make.
public final class WorkerPool<Worker: Sendable>: Sendable {
    private let idle: Mutex<[Worker]>
    private let length: Int

    /// - Parameters:
    ///   - workers: At least one for each core; each is used by one thread at a time.
    ///   - length: Items in a run.
    public init(_ workers: [Worker], length: Int) {
        idle = Mutex(workers)
        self.length = max(1, length)
    }

    /// The ends of the runs. The last runs are shorter, so that all workers finish at nearly the same time.
    private func ends(_ count: Int, _ workers: Int) -> [Int] {
        var ends: [Int] = []
        var end = 0
        while end < count {
            let share = (count - end) / (4 * max(1, workers))
            end = min(count, end + min(length, max(share, length / 16, 1)))
            ends.append(end)
        }
        return ends
    }

    /// Calls `work` for each run.
    ///
    /// - Returns: The results in the order of the runs.
    /// - Throws: the error of the first run, in order, that failed.
    public func over<Result: Sendable, Failure: Error>(
        _ count: Int, _ work: @Sendable (Worker, Range<Int>) throws(Failure) -> Result
    ) throws(Failure) -> [Result] {
        guard count > 0 else { return [] }
        let workers = idle.withLock { $0.count }
        let ends = ends(count, workers)
        let runs = ends.count
        let results = Mutex<[Swift.Result<Result, Failure>?]>(Array(repeating: nil, count: runs))
        let next = Atomic(0)
        let threads = min(runs, workers)
        concurrently(threads) { _ in
            guard let worker = idle.withLock({ $0.popLast() }) else { return }
            defer { idle.withLock { $0.append(worker) } }
            while true {
                let run = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard run < runs else { return }
                let range = (run == 0 ? 0 : ends[run - 1])..<ends[run]
                let result: Swift.Result<Result, Failure>
                do throws(Failure) {
                    result = .success(try work(worker, range))
                } catch {
                    result = .failure(error)
                }
                results.withLock { $0[run] = result }
            }
        }
        var values: [Result] = []
        values.reserveCapacity(runs)
        for case .some(let result) in results.withLock({ $0 }) { values.append(try result.get()) }
        return values
    }
}
