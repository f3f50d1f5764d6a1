import Glibc
import Synchronization

/// Runs work over slices of `0..<count` on all cores, one call a slice, and gives the results in order.
///
/// One slice for each core: one task for each file costs seven times as much. The work may block on files.
///
/// - Parameters:
///   - count: Number of items.
///   - work: Called with a slice's number, below `coreCount`, and its bounds, on any thread; it uses its own hashers
///     and buffers.
/// - Returns: The results in the order of the slices.
/// - Throws: the error of the first slice, in order, that failed.
public func concurrentMap<Result: Sendable, Failure: Error>(
    _ count: Int, _ work: @Sendable (_ slice: Int, _ range: Range<Int>) throws(Failure) -> Result
) throws(Failure) -> [Result] {
    guard count > 0 else { return [] }
    let slices = min(count, coreCount)
    let results = Mutex<[Swift.Result<Result, Failure>?]>(Array(repeating: nil, count: slices))
    concurrently(slices) { slice in
        let range = (count * slice / slices)..<(count * (slice + 1) / slices)
        let result: Swift.Result<Result, Failure>
        do throws(Failure) {
            result = .success(try work(slice, range))
        } catch {
            result = .failure(error)
        }
        results.withLock { $0[slice] = result }
    }
    var values: [Result] = []
    for case .some(let result) in results.withLock({ $0 }) { values.append(try result.get()) }
    return values
}

/// Processors this process may use.
public let coreCount = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

/// Runs work over slices of `0..<count` on all cores, for work that does not need its slice's number.
///
/// - Parameters:
///   - count: Number of items.
///   - work: Called with a slice's bounds, on any thread.
/// - Returns: The results in the order of the slices.
/// - Throws: the error of the first slice, in order, that failed.
public func concurrentMap<Result: Sendable, Failure: Error>(
    _ count: Int, _ work: @Sendable (_ range: Range<Int>) throws(Failure) -> Result
) throws(Failure) -> [Result] {
    try concurrentMap(count) { (_, range) throws(Failure) in try work(range) }
}
