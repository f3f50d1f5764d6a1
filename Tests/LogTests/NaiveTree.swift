import ProvenanceOpenSSL

/// RFC 6962 §2.1 and the tlog-tiles layout written a second time, as the texts put them and without code of Merkle or
/// Log: slow and plain, the reference for what the log writes.
final class NaiveTree {
    private(set) var entries: [[UInt8]] = []
    private var leaves: [[UInt8]] = []
    private var perfect: [Range<Int>: [UInt8]] = [:]
    private var written: [String: [UInt8]] = [:]

    func append(_ entry: [UInt8]) throws {
        entries.append(entry)
        leaves.append(try hash([0x00], entry))
    }

    private func hash(_ parts: [UInt8]...) throws -> [UInt8] {
        SHA256.hash(Array(parts.joined())).bytes
    }

    /// MTH(D[range]).
    func root(_ range: Range<Int>) throws -> [UInt8] {
        if range.isEmpty { return try hash([]) }
        if range.count == 1 { return leaves[range.lowerBound] }
        if let known = perfect[range] { return known }
        // "k is the largest power of two smaller than n".
        var k = 1
        while 2 * k < range.count { k *= 2 }
        let middle = range.lowerBound + k
        let root = try hash([0x01], root(range.lowerBound..<middle), root(middle..<range.upperBound))
        // Perfect subtrees never change; remembering the larger ones makes 70,000 entries bearable.
        if range.count >= 16, 2 * k == range.count { perfect[range] = root }
        return root
    }

    /// Everything that a log holds whose checkpoints had these sizes, by path; the checkpoint itself left out.
    func files(published: [Int]) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        guard let size = published.last else { return files }
        for level in 0..<4 {
            let unit = 1 << (8 * level)
            let full = size / unit / 256
            for number in 0..<full { try add(level, number, 256, &files) }
            // "Log MUST serve the partials of every size it published", until the full tile is there.
            for earlier in published where earlier / unit / 256 == full && earlier / unit % 256 > 0 {
                try add(level, full, earlier / unit % 256, &files)
            }
        }
        return files
    }

    private func add(_ level: Int, _ number: Int, _ width: Int, _ files: inout [String: [UInt8]]) throws {
        let name = NaiveTree.name(number, width)
        let unit = 1 << (8 * level)
        let hashes = (number * 256)..<(number * 256 + width)
        files["tile/\(level)/\(name)"] = try once("tile/\(level)/\(name)") {
            try hashes.flatMap { try root(($0 * unit)..<(($0 + 1) * unit)) }
        }
        guard level == 0 else { return }
        files["tile/entries/\(name)"] = once("tile/entries/\(name)") {
            entries[hashes].flatMap { [UInt8($0.count / 256), UInt8($0.count % 256)] + $0 }
        }
    }

    /// A path always has the same contents, so they are made once.
    private func once(_ path: String, _ make: () throws -> [UInt8]) rethrows -> [UInt8] {
        if let known = written[path] { return known }
        let bytes = try make()
        written[path] = bytes
        return bytes
    }

    /// A tile's number below 1,000 and its width.
    static func name(_ number: Int, _ width: Int) -> String {
        precondition(number < 1000, "the tests' logs are smaller")
        let digits = String(1000 + number).dropFirst()
        return width == 256 ? String(digits) : "\(digits).p/\(width)"
    }
}
