import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import TestStores
import Testing

/// A store that fails at each of its calls in turn: what is left must be the old log or the new one.
@Suite struct CrashTests {
    /// The log's size before, and the commits during which something fails.
    struct Scene: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let before: [Int]
        let commits: [Int]
    }

    static let scenes: [Scene] = [
        Scene(testDescription: "the first entries", before: [], commits: [0, 3]),
        Scene(testDescription: "inside one tile", before: [1, 5], commits: [9, 12]),
        Scene(testDescription: "over the end of a tile", before: [100, 200, 250], commits: [260, 261]),
        Scene(testDescription: "over several tiles", before: [100, 255], commits: [1500, 1536]),
        Scene(testDescription: "up to the end of a tile", before: [255], commits: [256, 512]),
    ]

    /// Faults after which the log is `E-IO`; nobody else's checkpoint is in the way.
    static let faults: [MemoryStore.Fault] = [.lostBefore, .lostHalfway, .lostAfter, .full, .denied]
    static let failure = LogError(.storage, "")

    @Test("after each failure the log is the old or the new one", arguments: scenes, faults)
    func everyCall(_ scene: Scene, _ fault: MemoryStore.Fault) throws {
        let base = try SampleLog.storage(committedAt: scene.before).files
        let last = scene.commits.last ?? 0
        let wanted = try SampleLog.storage(committedAt: scene.before + scene.commits + [last + 1])
        var call = 0
        while true {
            let memory = MemoryStore(base)
            memory.fail(at: call, fault, recovers: false)
            let acknowledged = try grow(memory, scene)
            guard memory.hasFailed else { break }
            memory.mend()

            // The published size is one of those asked for, not smaller than what was acknowledged, and the log is
            // sound.
            let size = try published(memory)
            #expect((scene.before + scene.commits).contains(size) || size == 0, "call \(call)")
            #expect(size >= acknowledged, "call \(call): \(acknowledged) entries were acknowledged, \(size) are there")
            if memory.files["checkpoint"] != nil {
                let result = try SampleLog.audit(memory, SampleLog.checkpoint(memory))
                #expect(result.findings.isEmpty, "call \(call)")
                #expect(result.entries == UInt64(size))
            }

            // A new writer completes the work, and the log is the same as if nothing had happened.
            let writer = try SampleLog.writer(memory)
            try SampleLog.append(size..<(last + 1), to: writer)
            try writer.commit()
            try #expect(SampleLog.audit(memory, SampleLog.checkpoint(memory)).findings.isEmpty, "call \(call)")
            for (path, bytes) in memory.files {
                guard let wantedBytes = wanted.files[path] else {
                    // A partial tile that no checkpoint covers may be left, but only at the edge.
                    let tile = try #require(Tile(path: path), "\(path) after call \(call)")
                    #expect(!tile.isFull && wanted.files[tile.full.path] == nil, "\(path) after call \(call)")
                    continue
                }
                let isSame = wantedBytes == bytes
                #expect(isSame, "\(path) after call \(call)")
            }
            let missing = Set(wanted.files.keys).subtracting(memory.files.keys).filter { !$0.contains(".p/") }
            #expect(missing == [], "call \(call)")
            call += 1
        }
        // A commit is at least a write and a replacement.
        #expect(call >= scene.commits.count * 2)
    }

    /// Appends and commits until something fails; then every further call fails in the same way.
    ///
    /// - Returns: the size that the last successful commit acknowledged.
    private func grow(_ storage: MemoryStore, _ scene: Scene) throws -> Int {
        var acknowledged = 0
        let writer: LogWriter
        do { writer = try SampleLog.writer(storage) } catch let error as LogError {
            #expect(error == CrashTests.failure)
            return acknowledged
        }
        var size = Int(writer.size)
        do {
            for next in scene.commits {
                try SampleLog.append(size..<next, to: writer)
                size = next
                try writer.commit()
                acknowledged = next
                #expect(writer.checkpoint.size == UInt64(next))
                // Old partial tiles are removed after the checkpoint is written: a failure there does not fail the
                // commit.
                #expect((writer.collectionFailure != nil) == storage.hasFailed)
            }
        } catch let error as LogError {
            #expect(error == CrashTests.failure)
            #expect(throws: CrashTests.failure) { try writer.commit() }
            #expect(throws: CrashTests.failure) { try writer.append([1], leaf: .zero) }
        }
        return acknowledged
    }

    private func published(_ storage: MemoryStore) throws -> Int {
        guard storage.files["checkpoint"] != nil else { return 0 }
        return Int(try SampleLog.checkpoint(storage).size)
    }

    @Test("a writer that failed once writes no more, even to a storage that works again", arguments: [0, 1])
    func final(_ call: Int) throws {
        for fault in CrashTests.faults {
            let memory = try SampleLog.storage(committedAt: [5])
            let checkpoint = memory.files["checkpoint"]
            // A writer that starts inside the first tile reads it before: the calls count from the commit on.
            let writer = try SampleLog.writer(memory)
            memory.fail(at: call, fault)
            try SampleLog.append(5..<9, to: writer)
            #expect(throws: CrashTests.failure) { try writer.commit() }
            let after = memory.files
            #expect(throws: CrashTests.failure) { try writer.append([1], leaf: .zero) }
            #expect(throws: CrashTests.failure) { try writer.commit() }
            #expect(memory.files == after, "\(fault)")
            #expect((after["checkpoint"] == checkpoint) == (call == 0 || fault != .lostAfter))

            let next = try SampleLog.writer(memory)
            try SampleLog.append(Int(next.size)..<9, to: next)
            try next.commit()
            #expect(memory.files == (try SampleLog.storage(committedAt: [5, 9]).files), "\(fault)")
        }
    }

    @Test("what a crash left beyond the checkpoint is ignored by readers and overwritten by the next append")
    func leftovers() throws {
        let grown = try SampleLog.storage(committedAt: [5, 700])
        var files = try SampleLog.storage(committedAt: [5]).files
        let checkpoint = try SampleLog.checkpoint(MemoryStore(files))
        for (path, bytes) in grown.files where path != "checkpoint" && files[path] == nil {
            // Wrong bytes, since a crash may leave anything.
            files[path] = bytes.map { $0 ^ 0x55 }
        }
        let memory = MemoryStore(files)
        let reader = try LogReader(memory, checkpoint)
        for index in 0..<5 {
            #expect(try reader.entry(UInt64(index)) == SampleLog.entry(index))
            _ = try reader.inclusionProof(UInt64(index))
        }
        #expect(try SampleLog.audit(memory, checkpoint).findings.isEmpty)
        let writer = try SampleLog.writer(memory)
        try SampleLog.append(5..<700, to: writer)
        try writer.commit()
        #expect(memory.files == grown.files)
    }

    @Test("partials that a crash kept from being collected are collected by the next writer")
    func collection() throws {
        for size in [260, 1100, 4000] {
            var files = try SampleLog.storage(committedAt: [250]).files
            files.merge(try SampleLog.storage(committedAt: [size]).files) { $1 }
            let memory = MemoryStore(files)
            #expect(memory.files.keys.contains("tile/0/000.p/250"))
            let writer = try SampleLog.writer(memory)
            try SampleLog.append(size..<(size + 1), to: writer)
            try writer.commit()
            #expect(memory.files == (try SampleLog.storage(committedAt: [size, size + 1]).files), "size \(size)")
        }
    }

    @Test("a checkpoint that another process replaced is left alone")
    func replaced() throws {
        let memory = try SampleLog.storage(committedAt: [5])
        let one = try SampleLog.writer(memory)
        let other = try SampleLog.writer(memory)
        try SampleLog.append(5..<6, to: one)
        try one.commit()
        let published = memory.files["checkpoint"]
        try SampleLog.append(5..<9, to: other)
        #expect(throws: LogError(.changed, "")) { try other.commit() }
        #expect(throws: LogError(.changed, "")) { try other.commit() }
        #expect(memory.files["checkpoint"] == published)
        // The same bytes in another state of the store are another checkpoint.
        let third = try SampleLog.writer(memory)
        memory.fail(at: 0, .stale)
        try SampleLog.append(6..<9, to: third)
        #expect(throws: LogError(.changed, "")) { try third.commit() }
        #expect(memory.files["checkpoint"] == published)
        #expect(try SampleLog.audit(memory, SampleLog.checkpoint(memory)).findings.isEmpty)
    }

    @Test("a commit of nothing writes nothing")
    func nothing() throws {
        let memory = try SampleLog.storage(committedAt: [5])
        let writer = try SampleLog.writer(memory)
        memory.files["checkpoint"] = nil
        try writer.commit()
        #expect(memory.files["checkpoint"] == nil)
        memory.files["checkpoint"] = writer.note
        #expect(memory.files == (try SampleLog.storage(committedAt: [5]).files))
    }
}
