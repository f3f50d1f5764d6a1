import ProvenanceNote
import TestSupport
import Testing

@Suite("Quorums of policies") struct PolicyQuorumTests {
    static let text = "log1.example\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

    /// The verified signatures of some witnesses (by number), and of logs, on one checkpoint.
    private static func verified(witnesses: some Sequence<Int>, logs: [Int] = [1]) throws -> [VerifiedSignature] {
        let bytes = Array(text.utf8)
        var signatures = try logs.map { try ReusedNoteSigner("log\($0).example").signature(bytes) }
        var keys = try logs.map { try TestKey.verifierKey("log\($0).example") }
        for number in witnesses {
            signatures.append(try TestKey.cosignature("w\(number).example", time: 1, over: bytes))
            keys.append(try TestKey.verifierKey("w\(number).example", .cosignature))
        }
        if signatures.isEmpty { return [] }
        return try ReusedNoteVerifier().verify(SignedNote(text: bytes, signatures: signatures), keys)
    }

    static let witnesses = "witness a W1\nwitness b W2\nwitness c W3\nwitness d W4\n"

    /// Every quorum over four witnesses, with the minimal number of cosignatures for it.
    static let thresholds: [(group: String, least: Int)] = [
        ("any", 1), ("1", 1), ("2", 2), ("3", 3), ("4", 4), ("all", 4),
    ]

    @Test("a group is satisfied from its threshold on, by any members", arguments: thresholds)
    func atThreshold(group: String, least: Int) throws {
        let read = try Policy(parsing: policy(Self.witnesses + "group g \(group) a b c d\nquorum g\n"))
        let all = try Self.verified(witnesses: 1...4, logs: [])
        for set in 0..<16 {
            let signed = all.enumerated().filter { set >> $0.offset & 1 == 1 }.map(\.element)
            #expect(read.isSatisfied(by: signed) == (signed.count >= least), "\(group) with \(set)")
        }
    }

    @Test("groups of groups, in all 128 combinations")
    func nested() throws {
        let text = """
            witness w1 W1
            witness w2 W2
            witness w3 W3
            witness w4 W4
            witness w5 W5
            witness w6 W6
            witness w7 W7
            group one any w1 w2
            group two all w3 w4
            group three 2 w5 w6 w7
            group q 2 one two three
            quorum q
            """
        let read = try Policy(parsing: policy(text))
        let all = try Self.verified(witnesses: 1...7, logs: [])
        for set in 0..<128 {
            let has = (0..<7).map { set >> $0 & 1 == 1 }
            let groups = [has[0] || has[1], has[2] && has[3], has[4...6].count { $0 } >= 2]
            let signed = zip(all, has).filter(\.1).map(\.0)
            #expect(read.isSatisfied(by: signed) == (groups.count { $0 } >= 2), "set \(set)")
        }
    }

    @Test("mixed members: a witness beside a group")
    func mixed() throws {
        let read = try Policy(parsing: policy(Self.witnesses + "group g any a b\ngroup h all g c\nquorum h\n"))
        #expect(try read.isSatisfied(by: Self.verified(witnesses: [1, 3])))
        #expect(try read.isSatisfied(by: Self.verified(witnesses: [2, 3])))
        #expect(try read.isSatisfied(by: Self.verified(witnesses: [1, 2, 3, 4])))
        #expect(try !read.isSatisfied(by: Self.verified(witnesses: [1, 2])))
        #expect(try !read.isSatisfied(by: Self.verified(witnesses: [3])))
        #expect(try !read.isSatisfied(by: Self.verified(witnesses: [3, 4])))
    }

    @Test("a witness alone is a quorum; signatures of others, or of logs, count for nothing")
    func single() throws {
        let read = try Policy(parsing: policy("log LOG1\n" + Self.witnesses + "quorum b\n"))
        #expect(try read.isSatisfied(by: Self.verified(witnesses: [2])))
        #expect(try !read.isSatisfied(by: Self.verified(witnesses: [1, 3, 4])))
        #expect(try !read.isSatisfied(by: Self.verified(witnesses: [5, 6])))
        #expect(!read.isSatisfied(by: []))
        // Repeating a signature does not count twice.
        let two = try Policy(parsing: policy(Self.witnesses + "group g 2 a b\nquorum g\n"))
        let one = try Self.verified(witnesses: [1])
        #expect(!two.isSatisfied(by: one + one))
    }

    @Test("a checkpoint is accepted when its own log has signed and the quorum is satisfied")
    func accepts() throws {
        let read = try Policy(parsing: policy("log LOG1\nlog LOG2\n" + Self.witnesses + "group g 2 a b c\nquorum g\n"))
        func accepts(_ witnesses: [Int], logs: [Int], origin: String = "log1.example") throws -> Bool {
            read.accepts(try Self.verified(witnesses: witnesses, logs: logs), origin: origin)
        }
        #expect(try accepts([1, 2], logs: [1]))
        #expect(try accepts([1, 2, 3], logs: [1, 2]))
        #expect(try !accepts([1], logs: [1]))
        #expect(try !accepts([], logs: [1]))
        // Only witnesses, another log, a log that the policy does not name, another origin.
        #expect(try !accepts([1, 2, 3], logs: []))
        #expect(try !accepts([1, 2, 3], logs: [2]))
        #expect(try !accepts([1, 2, 3], logs: [3]))
        #expect(try !accepts([1, 2], logs: [1], origin: "log2.example"))
        #expect(try accepts([1, 2], logs: [2], origin: "log2.example"))
        #expect(try !accepts([1, 2], logs: [1], origin: "log1.example/"))
        #expect(!read.accepts([], origin: "log1.example"))
    }

    @Test("with quorum none the log's signature is still wanted")
    func quorumNone() throws {
        let read = try Policy(parsing: policy("log LOG1\nwitness a W1\nquorum none\n"))
        #expect(read.isSatisfied(by: []))
        #expect(!read.accepts([], origin: "log1.example"))
        #expect(try !read.accepts(Self.verified(witnesses: [1], logs: []), origin: "log1.example"))
        #expect(try read.accepts(Self.verified(witnesses: [], logs: [1]), origin: "log1.example"))
    }

    @Test("the keys of an origin are its logs and every witness")
    func keys() throws {
        let read = try Policy(parsing: policy("log LOG1\nlog LOG2\nwitness a W1\nwitness b W2\nquorum none\n"))
        #expect(read.keys(origin: "log1.example").map(\.name) == ["log1.example", "w1.example", "w2.example"])
        #expect(read.keys(origin: "log2.example").map(\.name) == ["log2.example", "w1.example", "w2.example"])
        #expect(read.keys(origin: "log9.example").map(\.name) == ["w1.example", "w2.example"])
        #expect(read.witnesses.map(\.name) == ["a", "b"])
    }

    @Test("a witness of a kind that this version cannot verify is never satisfied")
    func unsupported() throws {
        let read = try Policy(parsing: policy("log LOG1\nwitness a W1\nwitness b PQ\ngroup g any a b\nquorum b\n"))
        #expect(try !read.isSatisfied(by: Self.verified(witnesses: [1, 2, 3])))
    }
}
