import ProvenanceLog
import ProvenanceMerkle
import ProvenanceOpenSSL
import TestStores
import TestSupport
import Testing

/// Readers of logs with one file changed: they return the right value or none.
@Suite struct ReadMutationTests {
    /// A result of a reader, in a form that can be compared.
    enum Question: Sendable, CustomStringConvertible {
        case inclusion(Int)
        case consistency(Int)
        case entry(Int)
        case bundle(Int)
        case root(Int)

        var description: String {
            switch self {
            case .inclusion(let index): "inclusion of \(index)"
            case .consistency(let size): "consistency from \(size)"
            case .entry(let index): "entry \(index)"
            case .bundle(let number): "bundle \(number)"
            case .root(let size): "root at \(size)"
            }
        }

        func answer(_ reader: LogReader) throws(LogError) -> [[UInt8]] {
            switch self {
            case .inclusion(let index): try reader.inclusionProof(UInt64(index)).hashes.map(\.bytes)
            case .consistency(let size): try reader.consistencyProof(from: UInt64(size)).hashes.map(\.bytes)
            case .entry(let index): [try reader.entry(UInt64(index))]
            case .bundle(let number): try reader.entries(bundle: UInt64(number)).map(Array.init)
            case .root(let size): [try reader.root(at: UInt64(size)).bytes]
            }
        }

        static func all(_ size: Int) -> [Question] {
            let edges = Set([0, 3, 130, 255, size - 1].filter { $0 < size }).sorted()
            return edges.map { .inclusion($0) } + edges.map { .entry($0) } + edges.map { .consistency($0 + 1) }
                + edges.map { .root($0 + 1) } + (0...((size - 1) / 256)).map { .bundle($0) }
        }
    }

    @Test("each change to each file of a small log", arguments: [1, 5, 256, 257])
    func small(_ size: Int) throws {
        let log = try IntactLog.small(size)
        let questions = Question.all(size)
        let answers = try questions.map { try $0.answer(log.reader()) }
        var refused = 0
        var asked = 0
        for mutation in try Mutation.all(log, everyByte: size == 5) {
            for (question, wanted) in zip(questions, answers) {
                asked += 1
                if try !check(log, mutation, question, wanted) { refused += 1 }
            }
        }
        #expect(refused > asked / 4)
    }

    /// Asks a log with one change in it.
    ///
    /// - Returns: whether there was an answer; it has then been compared.
    private func check(
        _ log: IntactLog, _ mutation: Mutation, _ question: Question, _ wanted: [[UInt8]]
    ) throws -> Bool {
        let storage = log.storage(changing: [mutation.path: mutation.bytes])
        let reader = try LogReader(storage, log.checkpoint)
        do {
            let isSame = try question.answer(reader) == wanted
            #expect(isSame, "\(mutation): \(question) gives a wrong value")
            // A hash tile is authenticated as a whole: a changed one that is read is refused.
            let isBundle = mutation.path.hasPrefix("tile/entries")
            #expect(isBundle || !storage.takeReads().contains(mutation.path), "\(mutation): \(question)")
            return true
        } catch {
            #expect(error.path == mutation.path, "\(mutation): \(question) blames \(error)")
            #expect(
                [.tileMissing, .tileMalformed, .tileForged, .entryForged].contains(error.code), "\(mutation): \(error)")
            let touched = try #require(error.entries, "\(mutation): \(question)")
            #expect(touched.overlaps(mutation.entries), "\(mutation): \(question) blames \(touched)")
            return false
        }
    }

    // MARK: 70,000 entries

    static let largeQuestions: [Question] =
        [0, 255, 256, 33_333, 65_535, 65_536, 69_887, 69_888, 69_999].flatMap { index in
            [.inclusion(index), .consistency(index + 1), .entry(index)]
        } + [.bundle(0), .bundle(255), .bundle(272), .bundle(273), .root(256), .root(65_536), .root(69_999)]

    @Test("each file that is read in a log of 70,000, forged in turn", arguments: largeQuestions)
    func large(_ question: Question) throws {
        let log = try IntactLog.large.get()
        let intact = log.storage()
        let wanted = try question.answer(LogReader(intact, log.checkpoint))
        let paths = Set(intact.takeReads()).sorted()
        #expect(paths.count >= 3)
        for path in paths {
            let bytes = try log.bytes(path)
            let tile = try Mutation.parsed(path)
            let parts = try Mutation.parts(tile, bytes)
            var changes: [(String, [UInt8]?)] = [
                ("dropped", nil), ("cut", bytes.dropLast()), ("longer", bytes + [0]), ("zeros", bytes.map { _ in 0 }),
            ]
            for place in [0, 1, parts.count / 2, parts.count - 1] where place < parts.count {
                changes.append(("part \(place) flipped", bytes.flipping(bit: 8 * parts[place].upperBound - 1)))
            }
            if let first = parts.first, let last = parts.last, first != last {
                let middle = bytes[first.upperBound..<last.lowerBound]
                changes.append(("first and last swapped", Array(bytes[last]) + middle + bytes[first]))
            }
            // Another tile of the same kind and width, complete and valid in itself.
            if let other = log.files.keys.sorted().first(where: { isSameKind($0, tile) && $0 != path }) {
                changes.append(("is \(other)", try log.bytes(other)))
            }
            for (description, changed) in changes {
                let mutation = Mutation(
                    path: path, description: "\(path) \(description)", bytes: changed,
                    entries: Mutation.covered(tile, log))
                let isAnswered = try check(log, mutation, question, wanted)
                #expect(!isAnswered || path.hasPrefix("tile/entries"), "\(mutation): \(question)")
            }
        }
    }

    private func isSameKind(_ path: String, _ tile: Tile) -> Bool {
        guard let other = Tile(path: path) else { return false }
        return other.kind == tile.kind && other.width == tile.width
    }

    @Test(
        "a tile forged together with the hash above it is refused one tile up, at last at the root",
        arguments: [
            0, 256, 33_333, 65_535, 65_536, 69_887,
        ])
    func consistentForgery(_ index: Int) throws {
        let log = try IntactLog.large.get()
        // A consistency proof from the end of a tile does not read it.
        let consistency: [Question] = index % 256 == 255 ? [] : [.consistency(index + 1)]
        for question in [.inclusion(index), .entry(index), .bundle(index / 256)] + consistency {
            var changes: [String: [UInt8]?] = [:]
            var above: (path: String, isEdge: Bool)?
            // Forges entry and bundle first, then tile after tile upwards, each to match the one below.
            var place = index / 256
            let bundle = try #require(Tile(kind: .entries, number: UInt64(place)))
            changes[bundle.path] = try log.bytes(bundle.path).flipping(
                bit: 8 * Mutation.parts(bundle, log.bytes(bundle.path))[index % 256].upperBound - 1)
            var hash = try leafHash(log, bundle, index % 256, changes)
            var level = 0
            place = index
            while above?.isEdge != true {
                let tile = try #require(Tile.holding(hash: UInt64(place), level: level, size: UInt64(log.size)))
                var bytes = try log.bytes(tile.path)
                let start = place % 256 * 32
                bytes.replaceSubrange(start..<(start + 32), with: hash)
                changes[tile.path] = bytes
                above = (tile.path, !tile.isFull)
                let reader = try log.reader(changing: changes)
                do {
                    _ = try question.answer(reader)
                    Issue.record("\(question): forged up to \(tile.path) and believed")
                } catch {
                    if tile.isFull {
                        // The tile above is intact, so the highest forged one is detected.
                        #expect(error == LogError(.tileForged, ""), "\(question): \(error)")
                        #expect(error.path == tile.path, "\(question)")
                    } else {
                        #expect(error == LogError(.root, ""), "\(question): \(error)")
                        #expect(error.path == "checkpoint")
                    }
                }
                if tile.isFull { hash = try rootOfTile(bytes) }
                place /= 256
                level += 1
            }
        }
    }

    private func leafHash(
        _ log: IntactLog, _ bundle: Tile, _ offset: Int, _ changes: [String: [UInt8]?]
    ) throws -> [UInt8] {
        let bytes = try #require(changes[bundle.path] ?? nil)
        let entries = try #require(EntryBundle.entries(bytes, count: bundle.width))
        return SHA256.hash([0] + Array(entries[offset])).bytes
    }

    private func rootOfTile(_ bytes: [UInt8]) throws -> [UInt8] {
        var row = stride(from: 0, to: bytes.count, by: 32).map { Array(bytes[$0..<($0 + 32)]) }
        while row.count > 1 {
            row = stride(from: 0, to: row.count, by: 2).map { SHA256.hash([1] + row[$0] + row[$0 + 1]).bytes }
        }
        return try #require(row.first)
    }

    @Test("another checkpoint's root is refused for every question", arguments: [1, 5, 256, 257])
    func otherRoot(_ size: Int) throws {
        let log = try IntactLog.small(size)
        for bit in [0, 100, 255] {
            let root = try digest(log.checkpoint.root.bytes.flipping(bit: bit))
            let reader = try LogReader(log.storage(), SampleLog.checkpoint(size: UInt64(size), root: root))
            for question in Question.all(size) {
                #expect(throws: LogError(.root, ""), "\(question)") { try question.answer(reader) }
            }
        }
    }

    // MARK: Full tiles for partial ones

    @Test("where a partial is gone, the full tile's first hashes and entries stand in")
    func standIn() throws {
        let full = try SampleLog.storage(committedAt: [256])
        let checkpoint = try SampleLog.checkpoint(SampleLog.storage(committedAt: [5]))
        let reader = try LogReader(full, checkpoint)
        for index in 0..<5 {
            #expect(try reader.entry(UInt64(index)) == SampleLog.entry(index))
            _ = try reader.inclusionProof(UInt64(index))
        }
        #expect(try reader.entries(bundle: 0).count == 5)
        #expect(throws: LogError(.outOfRange, "")) { try reader.entry(5) }
        #expect(full.takeReads().contains("tile/0/000.p/5"))
        let result = try SampleLog.audit(full, checkpoint)
        #expect(result.findings.isEmpty)
        #expect(result.entries == 5)
    }

    @Test("a full tile of partial length, or that is no full bundle, does not stand in")
    func badStandIn() throws {
        let partial = try SampleLog.storage(committedAt: [5])
        let checkpoint = try SampleLog.checkpoint(partial)
        for kind in ["entries", "0"] {
            let memory = MemoryStore(partial.files)
            let path = "tile/\(kind)/000"
            memory.files[path] = memory.files.removeValue(forKey: path + ".p/5")
            let reader = try LogReader(memory, checkpoint)
            let error = #expect(throws: LogError(.tileMalformed, "")) { try reader.entry(0) }
            #expect(error?.path == path)
            let findings = try SampleLog.audit(memory, checkpoint).findings
            #expect(findings == [LogError(.tileMalformed, "")])
            #expect(findings.first?.path == path)
            #expect(findings.first?.entries == 0..<5)
        }
    }
}
