import Foundation
import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import TestStores
import TestSupport
import Testing

/// Documentation/formats/log.md: its known answers were made with other programs, and this code writes the same.
@Suite struct LogPageTests {
    private let page: [Substring]
    private let storage = MemoryStore()

    init() throws {
        let path = Shared.packageFolder + "/Documentation/formats/log.md"
        let data = try #require(FileManager.default.contents(atPath: path))
        page = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let writer = try SampleLog.writer(storage)
        for index in 0..<5 {
            let entry = Array("entry \(index)".utf8)
            try writer.append(entry, leaf: MerkleHash.leaf(entry))
        }
        try writer.commit()
    }

    /// The lines of the page's code block of a name.
    private func block(_ name: String) throws -> [String] {
        let open = try #require(page.firstIndex(of: "```\(name)"))
        let end = try #require(page[open...].dropFirst().firstIndex(of: "```"))
        return page[(open + 1)..<end].map(String.init)
    }

    private func bytes(ofHexBlock name: String) throws -> [UInt8] {
        try #require([UInt8](hex: block(name).joined()))
    }

    @Test func `the files are these`() throws {
        #expect(
            storage.files == [
                "checkpoint": Array((try block("checkpoint").joined(separator: "\n") + "\n").utf8),
                "tile/entries/000.p/5": try bytes(ofHexBlock: "bundle"),
                "tile/0/000.p/5": try bytes(ofHexBlock: "tile"),
            ])
    }

    @Test func `the values are these`() throws {
        let checkpoint = try SampleLog.checkpoint(storage)
        let seed = try SampleLog.seed().hex
        #expect(
            try block("values") == [
                "seed        \(seed)", "origin      \(SampleLog.origin)",
                "vkey        \(SampleLog.signer().verifierKey)", "root        \(checkpoint.root.hex)",
            ])
    }

    @Test func `the proofs are these`() throws {
        let reader = try LogReader(storage, SampleLog.checkpoint(storage))
        let inclusion = try reader.inclusionProof(2).hashes
        #expect(try block("inclusion") == inclusion.map { Data($0.bytes).base64EncodedString() })
        let consistency = try reader.consistencyProof(from: 3).hashes
        #expect(try block("consistency") == consistency.map { Data($0.bytes).base64EncodedString() })
    }

    @Test func `each code for a wrong file is explained`() {
        for code in [
            LogError.Code.checkpoint, .tileMissing, .tileMalformed, .tileForged, .entryForged, .root,
        ] {
            #expect(page.contains { $0.hasPrefix("| `\(code.name)` |") }, "\(code.name)")
        }
    }
}
