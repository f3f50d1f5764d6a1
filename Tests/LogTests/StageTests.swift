import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import TestStores
import Testing

/// A commit in two steps: what is staged is durable and seen by nobody, what is published is what was staged.
@Suite struct StageTests {
    @Test("staging writes tiles alone; publishing makes them the log")
    func steps() throws {
        let memory = try SampleLog.storage(committedAt: [5])
        let before = memory.files["checkpoint"]
        let writer = try SampleLog.writer(memory)
        try SampleLog.append(5..<300, to: writer)
        let staged = try writer.stage()
        #expect(staged.size == 300)
        #expect(memory.files["checkpoint"] == before)
        #expect(writer.checkpoint.size == 5)
        #expect(memory.files["tile/0/000"] != nil && memory.files["tile/0/000.p/5"] != nil)
        // Staging again writes nothing again.
        memory.fail(at: 0, .denied)
        #expect(try writer.stage() == staged)
        memory.mend()
        let note = try SampleLog.signer().sign(staged)
        try writer.publish(note)
        #expect(writer.checkpoint == staged)
        #expect(writer.note == note)
        #expect(memory.files == (try SampleLog.storage(committedAt: [5, 300]).files))
        #expect(try SampleLog.audit(memory, SampleLog.checkpoint(memory)).findings.isEmpty)
    }

    @Test("what is appended after staging waits for the next commit, and the partials that readers want stay")
    func later() throws {
        let memory = try SampleLog.storage(committedAt: [5])
        let writer = try SampleLog.writer(memory)
        try SampleLog.append(5..<250, to: writer)
        let staged = try writer.stage()
        try SampleLog.append(250..<600, to: writer)
        try writer.publish(try SampleLog.signer().sign(staged))
        #expect(try SampleLog.checkpoint(memory).size == 250)
        #expect(try SampleLog.audit(memory, SampleLog.checkpoint(memory)).findings.isEmpty)
        try writer.commit()
        #expect(memory.files == (try SampleLog.storage(committedAt: [5, 250, 600]).files))
    }

    @Test("a note of another tree is not published, and the writer is done for")
    func another() throws {
        let memory = try SampleLog.storage(committedAt: [5])
        let before = memory.files["checkpoint"]
        let writer = try SampleLog.writer(memory)
        try SampleLog.append(5..<9, to: writer)
        _ = try writer.stage()
        let other = try SampleLog.signer().sign(SampleLog.checkpoint(size: 9, root: .zero))
        #expect(throws: LogError(.checkpoint, "")) { try writer.publish(other) }
        #expect(throws: LogError(.checkpoint, "")) { try writer.commit() }
        #expect(memory.files["checkpoint"] == before)
    }

    @Test("a witness may add its signature in between")
    func cosigned() throws {
        let memory = try SampleLog.storage(committedAt: [5])
        let writer = try SampleLog.writer(memory)
        try SampleLog.append(5..<9, to: writer)
        let signed = try SignedNote(parsing: SampleLog.signer().sign(try writer.stage()))
        let bytes = [UInt8](repeating: 7, count: 72)
        let witness = NoteSignature(name: "witness.example", keyID: 0x0102_0304, signature: bytes)
        let note = SignedNote(text: signed.text, signatures: signed.signatures + [witness]).encoded()
        try writer.publish(note)
        #expect(memory.files["checkpoint"] == note)
    }

    @Test("with nothing staged nothing is published; with nothing new nothing is staged")
    func nothing() throws {
        let memory = try SampleLog.storage(committedAt: [5])
        let files = memory.files
        let writer = try SampleLog.writer(memory)
        memory.fail(at: 0, .denied)
        try writer.publish([])
        #expect(try writer.stage().size == 5)
        memory.mend()
        #expect(memory.files == files)
    }

    @Test(
        "partials go by their exact names, where a store has no folders",
        arguments: [[1, 5, 255, 256], [100, 300, 301, 520, 521, 1_100]])
    func exactPartials(_ sizes: [Int]) throws {
        let exact = MemoryStore(removesFolders: false)
        var size = 0
        for next in sizes {
            // A writer of its own for every other commit: it knows the partials of the size it continues.
            let writer = try SampleLog.writer(exact)
            try SampleLog.append(size..<next, to: writer)
            try writer.commit()
            try SampleLog.append(next..<(next + 1), to: writer)
            try writer.commit()
            size = next + 1
        }
        let wanted = try SampleLog.storage(committedAt: sizes.flatMap { [$0, $0 + 1] }).files
        let more = Set(exact.files.keys).subtracting(wanted.keys)
        // Those that a writer before has published, but for the last.
        #expect(more.allSatisfy { $0.contains(".p/") })
        #expect(Set(wanted.keys).isSubset(of: exact.files.keys))

        // Those that were staged and never published go as well.
        let one = MemoryStore(removesFolders: false)
        let writer = try SampleLog.writer(one)
        size = 0
        for next in sizes {
            try SampleLog.append(size..<(size + 1), to: writer)
            _ = try writer.stage()
            try SampleLog.append((size + 1)..<next, to: writer)
            try writer.commit()
            size = next
        }
        let kept = try SampleLog.storage(committedAt: sizes).files
        let edge = Set(one.files.keys).subtracting(kept.keys)
        #expect(Set(kept.keys).isSubset(of: one.files.keys))
        for path in edge {
            let tile = try #require(Tile(path: path))
            #expect(!tile.isFull && kept[tile.full.path] == nil, "\(path)")
        }
    }
}
