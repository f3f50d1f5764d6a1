import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceSystem
import TestSupport
import Testing

/// Batches by which a log grows.
struct Growth: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let batches: [Int]
    /// Whether each batch comes from a new writer, as from a new process.
    var reopens = false

    static let patterns: [Growth] = [
        Growth(testDescription: "one by one to 600", batches: [Int](repeating: 1, count: 600)),
        Growth(
            testDescription: "one by one to 300, a writer each", batches: [Int](repeating: 1, count: 300), reopens: true
        ),
        Growth(testDescription: "around 256", batches: [255, 1, 1, 254, 1, 1, 255, 256, 257, 0, 3]),
        Growth(testDescription: "around 256, a writer each", batches: [256, 1, 255, 257, 511, 512, 2], reopens: true),
        Growth(testDescription: "nothing, then one", batches: [0, 0, 1]),
        Growth(testDescription: "1,024 at a time", batches: [Int](repeating: 1024, count: 5)),
        Growth(
            testDescription: "1,024 at a time from 100", batches: [100] + [Int](repeating: 1024, count: 4),
            reopens: true),
        Growth(testDescription: "70,000 in uneven batches", batches: uneven(70_000), reopens: true),
    ]

    private static func uneven(_ total: Int) -> [Int] {
        var random = FixedRandom(seed: 70_000)
        var batches: [Int] = []
        var left = total
        while left > 0 {
            let next = Swift.min(left, Int.random(in: 1...(batches.count % 3 == 0 ? 300 : 9000), using: &random))
            batches.append(next)
            left -= next
        }
        return batches
    }
}

/// Re-reads the whole log after every commit and compares it with the plain reference tree.
@Suite struct GrowthTests {
    @Test("after each commit the folder is what the specification says", arguments: Growth.patterns)
    func everyCommit(_ growth: Growth) throws {
        let folder = try TemporaryFolder()
        let storage = FolderStore(RawPath(folder.path))
        let naive = NaiveTree()
        var writer = try SampleLog.writer(storage)
        var published: [Int] = []
        var covered: [String: FileStatus] = [:]
        var size = 0
        for batch in growth.batches {
            if growth.reopens { writer = try SampleLog.writer(storage) }
            for index in size..<(size + batch) { try naive.append(SampleLog.entry(index)) }
            try SampleLog.append(size..<(size + batch), to: writer)
            size += batch
            try writer.commit()
            published.append(size)

            let checkpoint = try SampleLog.checkpoint(storage)
            #expect(checkpoint.size == UInt64(size))
            #expect(checkpoint.root.bytes == (try naive.root(0..<size)))
            #expect(writer.checkpoint == checkpoint)
            #expect(writer.collectionFailure == nil)

            let wanted = try naive.files(published: published)
            let found = try Set(filesBelow(RawPath(folder.path)))
            #expect(found.subtracting(wanted.keys) == ["checkpoint"], "files that nothing calls for")
            #expect(Set(wanted.keys).subtracting(found) == [], "files that are missing")
            for (path, bytes) in wanted {
                let isSame = try readFile(RawPath(folder(path)), limit: bytes.count).bytes == bytes
                #expect(isSame, "\(path) at size \(size)")
                guard !path.contains(".p/") else { continue }
                let status = try #require(try FileStatus.of(RawPath(folder(path))))
                if let before = covered[path] {
                    #expect(status.isSameFile(as: before), "\(path) was replaced at size \(size)")
                    #expect(status.modified == before.modified, "\(path) was written to at size \(size)")
                }
                covered[path] = status
            }
        }
        let result = try SampleLog.audit(storage, try SampleLog.checkpoint(storage))
        #expect(result.findings.isEmpty)
        #expect(result.entries == UInt64(size))
    }

    /// The paths of all regular files, hidden ones too.
    private func filesBelow(_ folder: RawPath, _ path: RawPath = "") throws -> [String] {
        try listFolder(folder.appending(path)).flatMap { name -> [String] in
            let below = path.appending(name)
            guard try FileStatus.of(folder.appending(below))?.kind == .directory else { return [below.description] }
            return try filesBelow(folder, below)
        }
    }
}
