import Glibc
import Synchronization

/// A progress line on a terminal: done, rate, time left. Prints nothing if standard error is not a terminal.
final class Progress: @unchecked Sendable {
    // Called from one thread at a time: the one that commits or consumes.
    private let isShown: Bool
    private let unit: String
    private var total: UInt64?
    private let start = Progress.now()
    /// When it was last drawn; work that ends at once shows no rate and no time left.
    private var last = Progress.now()
    /// Whether the line is on the terminal now.
    private static let isDrawn = Atomic(false)

    /// Minimum columns for a progress line: with fewer, a number with its unit may not fit, and a line that the terminal
    /// breaks cannot be drawn over.
    private static let minColumns = 20
    /// Columns of a terminal that does not know its size.
    private static let usualColumns = 80

    /// Whether standard error is a terminal that can draw a line anew.
    static var isPossible: Bool { isatty(2) == 1 && !Console.isDumb }

    init(_ unit: String, total: UInt64?, quiet: Bool) {
        isShown = !quiet && Progress.isPossible
        self.unit = unit
        self.total = total
    }

    /// Updates the line with a total that becomes known only during the work.
    func update(_ done: UInt64, of total: UInt64) {
        self.total = total
        update(done)
    }

    func update(_ done: UInt64) {
        guard isShown else { return }
        let time = Progress.now()
        guard time - last > 0.2 else { return }
        last = time
        // Asked each time: the terminal's size may change.
        let columns = Console.columns(of: 2) ?? Progress.usualColumns
        // A line as wide as the terminal leaves the cursor beyond it.
        let texts = forms(done, seconds: max(time - start, 0.001))
        guard columns >= Progress.minColumns, let text = texts.first(where: { Console.width($0) < columns }) else {
            return
        }
        Progress.isDrawn.store(true, ordering: .relaxed)
        Console.put("\r\u{1b}[K" + text, to: 2)
    }

    /// The line in its forms, the fullest first.
    private func forms(_ done: UInt64, seconds: Double) -> [String] {
        let rate = Double(done) / seconds
        let speed = ", \(UInt64(rate)) a second"
        guard let total, total > 0 else {
            return ["\(done) \(unit)" + speed, "\(done) \(unit)", "\(done)"]
        }
        let share = Double(min(done, total)) / Double(total)
        let filled = Int(share * 24)
        let bar = "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled) + "] "
        let left = total > done && rate > 0 ? ", \(UInt64(Double(total - done) / rate) + 1) s left" : ""
        let count = "\(done) of \(total) \(unit)"
        return [bar + count + speed + left, count + speed + left, count + left, count, "\(Int(share * 100)) %"]
    }

    func finish() { Progress.erase() }

    /// Erases the line, if it is on the terminal.
    static func erase() {
        if isDrawn.exchange(false, ordering: .relaxed) { Console.put("\r\u{1b}[K", to: 2) }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
