import Foundation
import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord
import TestSupport
import Testing

/// `provenance/post@v2` as another program reads it, by its known answers.
@Suite struct PostVectorTests {
    static let writer = ["forms", "yaml", "links"].flatMap { PostVectors.cases(WriterCase.self, $0) }
    static let rebuilding = PostVectors.cases(RebuildCase.self, "rebuild")

    @Test func `the vectors are there`() throws {
        guard try Shared.path("vectors/provenance-posts") != nil else { return }
        #expect(PostVectorTests.writer.count == 176 && PostVectorTests.rebuilding.count == 28)
        #expect(PostVectors.cases(RecordTextCase.self, "records").count == 64)
        #expect(PostVectors.cases(SubsetCase.self, "plain-subset").count == 38)
        #expect(PostVectors.cases(PassagesCase.self, "passages-v2").count == 21)
    }

    @Test(arguments: writer)
    func `a writer states this of a file, or refuses it`(item: WriterCase) throws {
        let statement: PostStatement
        do { statement = try PostStatement(of: item.bytes, by: item.reading) } catch {
            #expect(item.refused == error.code.rawValue, "\(error)")
            return
        }
        #expect(item.refused == nil)
        let record = statement.record(
            of: item.bytes, signer: item.signer, log: item.log, recorded: item.recorded)
        #expect(String(decoding: record.encoded(), as: UTF8.self) == item.record)
        #expect(try PostRecord(parsing: record.encoded()) == record)
        guard record.version == .v2 else { return }
        #expect(statement.bodyStart == item.bodyAt)
        #expect(PostVectors.words(statement.warnings) == item.warnings?.sorted())
        #expect(statement.passedOver.map { [$0.key.string, $0.reason] } == item.passedOver ?? [])
        // What a writer states, a verifier rebuilds, with the same warnings.
        #expect(record.differences(from: try record.rebuilt(from: item.bytes)).isEmpty)
        #expect(PostVectors.words(record.warnings(over: item.bytes)) == item.warnings?.sorted())
    }

    @Test(arguments: writer.filter { $0.record?.hasPrefix("provenance/post@v2") ?? false })
    func `a changed byte is noticed`(item: WriterCase) throws {
        let record = try PostRecord(parsing: Array((item.record ?? "").utf8))
        let bytes = item.bytes
        // Some of the beginning, and a few of long files.
        for place in bytes.indices where place < 300 && place % 7 == 0 || place % 1_009 == 0 {
            var changed = bytes
            changed[place] ^= 0x01
            let rebuilt = try? record.rebuilt(from: changed)
            #expect(rebuilt.map { !record.differences(from: $0).isEmpty } ?? true, "byte \(place)")
        }
        #expect((try? record.rebuilt(from: bytes + [0x0A])).map { !record.differences(from: $0).isEmpty } ?? true)
    }

    @Test(arguments: rebuilding)
    func `a record is compared with bytes`(item: RebuildCase) throws {
        let record = try PostRecord(parsing: Array(item.record.utf8))
        let bytes = PostVectors.bytes(item.post64)
        let differences = record.differences(from: try record.rebuilt(from: bytes))
        #expect(differences.map(\.field.code).sorted() == item.faults.sorted())
        if item.faults.isEmpty {
            #expect(PostVectors.words(record.warnings(over: bytes)) == item.warnings?.sorted())
        }
    }

    @Test(arguments: PostVectors.cases(RecordTextCase.self, "records"))
    func `a text is a record, or is none`(item: RecordTextCase) throws {
        let text = PostVectors.bytes(item.record64)
        do {
            let record = try PostRecord(parsing: text)
            #expect(item.accepted)
            #expect(record.encoded() == text)
        } catch {
            #expect(!item.accepted, "\(error)")
            // Under the first line of version 1 the text is judged as one of version 1.
            if item.name != "v1's first line" { #expect(error.code.rawValue == item.code) }
        }
    }

    @Test(arguments: PostVectors.cases(SubsetCase.self, "plain-subset"))
    func `YAML answers this`(item: SubsetCase) throws {
        let bytes = Array("---\n\(item.front)---\n".utf8)
        // Front matter whose own lines close it is no case of this reader.
        guard !item.front.contains("\n...") else { return }
        switch item.yaml {
        case .code(let code):
            do {
                _ = try PostParts(parsing: bytes)
                Issue.record("accepted")
            } catch { #expect(error.code.rawValue == code) }
        case .keys(let keys):
            // Each scalar is stated in turn, by rules that prefer its key.
            _ = try PostParts(parsing: bytes)
            for key in keys where key[1] == "scalar" && keys.filter({ $0[0] == key[0] }).count == 1 {
                let rules = ReadingRules(
                    sourceKeys: [ExactText(key[0] ?? "")], datedKeys: [], requiresAddress: false, recordsV2: true)
                let record = try PostStatement(of: bytes, by: rules)
                    .record(of: bytes, signer: "a", log: "b", recorded: 0)
                let isStated = key[2] != "" && !item.front.contains("&")
                #expect(record.sourceText == (isStated ? key[2] : ""))
            }
            for key in keys where key[1] != "scalar" {
                let rules = ReadingRules(sourceKeys: [ExactText(key[0] ?? "")], requiresAddress: false, recordsV2: true)
                let statement = try PostStatement(of: bytes, by: rules)
                #expect(statement.passedOver.map(\.reason) == ["E-VALUE-NOT-SCALAR"])
            }
        }
    }

    @Test(arguments: PostVectors.cases(PassagesCase.self, "passages-v2"))
    func `a blank line ends a passage`(item: PassagesCase) {
        let body = PostVectors.bytes(item.body64)
        let passages = Passages(of: body[...], .v2)
        #expect(Passages.list(of: body[...], .v2).map { String(decoding: $0, as: UTF8.self) } == item.passages)
        #expect(passages.root.hex == item.root && passages.count == item.number)
        #expect(Passages(of: body[...]).count == item.numberInVersion1)
    }
}
