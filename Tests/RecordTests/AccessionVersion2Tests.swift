import ProvenanceEncoding
import ProvenanceRecord
import Testing

/// `provenance/accession@v2`: what it adds, and that version 1 is written while none of it is used.
@Suite struct AccessionVersion2Tests {
    private static let leaf = String(repeating: "0f", count: 32)
    private static let beginning = """
        signer archive.example/news/signer
        log archive.example/news
        recorded 1735689600000
        tool provenance/0.2.0
        first 7
        posts 2
        known 1
        refused 0
        unchanged 40
        register \(leaf) 4

        """

    private static func text(_ kind: String, _ lines: String...) -> [UInt8] {
        Array(("provenance/accession@\(kind)\n" + beginning + lines.map { $0 + "\n" }.joined()).utf8)
    }

    private static let all = [
        "rules \(leaf)", "attached 3", "ignored 1", "last-key 0 \(leaf)", "last-anchor 5 \(leaf)",
        "last-disposition 6 \(leaf)",
    ]

    /// Every subset of the optional lines, in their order.
    private static let subsets: [[String]] = (0..<(1 << all.count)).map { bits in
        all.indices.filter { bits >> $0 & 1 == 1 }.map { all[$0] }
    }

    @Test(arguments: subsets)
    func `each optional line may stand or be absent`(lines: [String]) throws {
        let text = Array(
            ("provenance/accession@v2\n" + Self.beginning + lines.map { $0 + "\n" }.joined()).utf8)
        let record = try AccessionRecord(parsing: text)
        #expect(record.isVersion2 && record.encoded() == text)
        #expect((record.rules != nil) == lines.contains { $0.hasPrefix("rules") })
        #expect(record.attached == (lines.contains { $0.hasPrefix("attached") } ? 3 : 0))
        #expect(record.state.links.count == lines.count { $0.hasPrefix("last-") })
        #expect(EntryKind(of: text) == .accession)
    }

    @Test(arguments: [
        ("v2", ["ignored 1", "attached 3"]), ("v2", ["attached 0"]), ("v2", ["attached 03"]), ("v2", ["ignored -1"]),
        ("v2", ["rules \(leaf.uppercased())"]), ("v2", ["rules"]),
        ("v2", ["last-anchor 5 \(leaf)", "last-key 0 \(leaf)"]),
        ("v2", ["last-key 0  \(leaf)"]), ("v2", ["last-key \(leaf) 0"]), ("v2", ["last-key 9007199254740992 \(leaf)"]),
        ("v2", ["attached 3", "attached 3"]), ("v2", [""]), ("v2", ["later 1"]), ("v1", ["rules \(leaf)"]),
        ("v1", ["attached 3"]), ("v1", ["last-key 0 \(leaf)"]),
    ])
    func `any other text is refused`(kind: String, lines: [String]) {
        let text = Array(
            ("provenance/accession@\(kind)\n" + Self.beginning + lines.map { $0 + "\n" }.joined()).utf8)
        #expect(throws: RecordError.self) { try AccessionRecord(parsing: text) }
    }

    /// "A writer writes v1, byte for byte as now, iff none of this is used."
    @Test func `version 1 is written while none of it is used`() throws {
        func made(
            rules: Digest? = nil, attached: Int = 0, ignored: Int = 0, state: StateBlock = StateBlock(),
            hasReplacements: Bool = false
        ) throws -> AccessionRecord {
            AccessionRecord(
                signer: "archive.example/news/signer", log: "archive.example/news", recorded: 1_735_689_600_000,
                version: "0.2.0", first: 7, posts: 2, known: 1, refused: 0, unchanged: 40,
                register: try #require(Digest(hex: Self.leaf)), lines: 4, rules: rules, attached: attached,
                ignored: ignored, state: state, hasReplacements: hasReplacements)
        }
        let digest = try #require(Digest(hex: Self.leaf))
        #expect(try made().encoded() == Self.text("v1"))
        #expect(try made(rules: digest).encoded() == Self.text("v2", "rules \(Self.leaf)"))
        #expect(try made(attached: 3).encoded() == Self.text("v2", "attached 3"))
        #expect(try made(ignored: 1).encoded() == Self.text("v2", "ignored 1"))
        let state = StateBlock(anchor: StateBlock.Link(index: 5, leaf: digest))
        #expect(try made(state: state).encoded() == Self.text("v2", "last-anchor 5 \(Self.leaf)"))
        #expect(try made(hasReplacements: true).encoded() == Self.text("v2"))
    }

    private static let line =
        #"{"entry":7,"fate":"recorded","path":"a.md","replaces":3,"root":0,"salt":"\#(String(repeating: "a1", count: 16))","size":12}"#

    @Test(arguments: [
        line, line.replacing(#"{"entry""#, with: #"{"accepted":"same-words","entry""#),
        #"{"error":"E-YAML","fate":"refused","path":"a.md","replaces":3,"root":0,"salt":"\#(String(repeating: "a1", count: 16))"}"#,
    ])
    func `a line may say what it replaces, and by which rule`(text: String) throws {
        let line = try #require(RegisterLine(parsing: Array(text.utf8)))
        #expect(line.replaces == 3 && line.accepted == (text.contains("same-words") ? "same-words" : nil))
        var again: [UInt8] = []
        line.append(to: &again)
        #expect(again == Array(text.utf8))
    }

    @Test(arguments: [
        // `accepted` stands with `replaces` alone, and with a record.
        line.replacing(#"{"entry""#, with: #"{"accepted":"same-words","entry""#).replacing(#""replaces":3,"#, with: ""),
        #"{"accepted":"within","error":"E-YAML","fate":"refused","path":"a.md","replaces":3,"root":0,"salt":"\#(String(repeating: "a1", count: 16))"}"#,
        line.replacing(#""replaces":3"#, with: #""replaces":"3""#),
        line.replacing(#""replaces":3"#, with: #""replaces":-3"#),
    ])
    func `any other such line is refused`(text: String) {
        #expect(RegisterLine(parsing: Array(text.utf8)) == nil)
    }
}
