import OpenSSL

/// What one `add` has recorded so far: eight bytes a post, a hint at the entry, which is compared with the post's digest before
/// it counts.
struct RecordedHere {
    private let key = MarkKey()
    /// Open addressing: a mark's place is its own low bits, or the next that is free.
    private var marks: [UInt32]
    /// One more than the entry's distance from `first`; 0 where nothing stands.
    private var offsets: [UInt32]
    private var count = 0
    private let first: UInt64

    /// Nothing yet.
    ///
    /// - Parameter first: The log's size before the `add`.
    init(first: UInt64) {
        self.first = first
        marks = Array(repeating: 0, count: 1_024)
        offsets = Array(repeating: 0, count: 1_024)
    }

    /// Notes an entry; more than four billion posts are not recorded at once.
    mutating func add(_ digest: Digest, _ entry: UInt64) {
        // Four in five places: below that a look-up passes by few others.
        if count >= marks.count / 5 * 4 { grow() }
        insert(UInt32(truncatingIfNeeded: key.mark(digest)), UInt32(clamping: entry - first + 1))
        count += 1
    }

    /// The entries that may record a digest, earliest first.
    func entries(_ digest: Digest) -> [UInt64] {
        let mark = UInt32(truncatingIfNeeded: key.mark(digest))
        var found: [UInt64] = []
        var place = Int(mark) & (marks.count - 1)
        while offsets[place] != 0 {
            if marks[place] == mark { found.append(first + UInt64(offsets[place]) - 1) }
            place = (place + 1) & (marks.count - 1)
        }
        return found.count > 1 ? found.sorted() : found
    }

    private mutating func insert(_ mark: UInt32, _ offset: UInt32) {
        var place = Int(mark) & (marks.count - 1)
        while offsets[place] != 0 { place = (place + 1) & (marks.count - 1) }
        marks[place] = mark
        offsets[place] = offset
    }

    private mutating func grow() {
        let (oldMarks, oldOffsets) = (marks, offsets)
        marks = Array(repeating: 0, count: oldMarks.count * 2)
        offsets = Array(repeating: 0, count: oldMarks.count * 2)
        for (mark, offset) in zip(oldMarks, oldOffsets) where offset != 0 { insert(mark, offset) }
    }
}
