import ProvenanceEncoding
import ProvenanceNote
import TestSupport
import Testing

/// A policy's text, with `LOG1…3` and `W1…9` standing for vkeys of fixed keys and `PQ` for an ML-DSA-44 one.
func policy(_ template: String) throws -> [UInt8] {
    var text = template
    for number in 1...9 {
        text = text.replacing(
            "W\(number)", with: try TestKey.verifierKey("w\(number).example", .cosignature).description)
        text = text.replacing("LOG\(number)", with: try TestKey.verifierKey("log\(number).example").description)
    }
    return Array(text.replacing("PQ", with: try TestKey.mldsa("pq.example").description).utf8)
}

@Suite("Reading policies (tlog-policy)") struct PolicyParsingTests {
    static let valid: [(what: String, text: String)] = [
        ("a log, no quorum", "log LOG1\nquorum none\n"), ("no log", "witness a W1\nquorum a\n"),
        ("a quorum line alone", "quorum none\n"),
        ("no final newline", "log LOG1\nquorum none"),
        ("a log with a URL", "log LOG1 https://log1.example/\nquorum none\n"),
        ("two logs", "log LOG1\nlog LOG2\nquorum none\n"),
        ("a witness as quorum", "log LOG1\nwitness a W1\nquorum a\n"),
        ("a witness with a URL", "log LOG1\nwitness a W1 https://w1.example/\nquorum a\n"),
        ("any", "log LOG1\nwitness a W1\nwitness b W2\ngroup g any a b\nquorum g\n"),
        ("all", "log LOG1\nwitness a W1\nwitness b W2\ngroup g all a b\nquorum g\n"),
        ("one of one", "log LOG1\nwitness a W1\ngroup g 1 a\nquorum g\n"),
        ("two of three", "log LOG1\nwitness a W1\nwitness b W2\nwitness c W3\ngroup g 2 a b c\nquorum g\n"),
        (
            "groups of groups",
            "log LOG1\nwitness a W1\nwitness b W2\nwitness c W3\ngroup g any a b\ngroup h all g c\nquorum h\n"
        ),
        ("comments and empty lines", "# head\n\n  # indented\n\t# tab\n#\nlog LOG1\n   \n\t\nquorum none\n# end"),
        ("runs of blanks", "  log \t LOG1\t\nwitness\ta\tW1  \n\t group  g   any\ta\nquorum    g \n"),
        ("quorum before other lines", "quorum none\nlog LOG1\nwitness a W1\n"),
        ("a witness that nothing uses", "log LOG1\nwitness a W1\nwitness b W2\nquorum a\n"),
        ("names of any octets", "log LOG1\nwitness é#+=/ W1\nwitness 密 W2\ngroup all any é#+=/ 密\nquorum all\n"),
        (
            "keywords as names",
            "log LOG1\nwitness log W1\nwitness witness W2\ngroup group 1 log witness\nquorum group\n"
        ),
        (
            "names that differ only in composition",
            "log LOG1\nwitness \u{e9} W1\nwitness e\u{301} W2\ngroup g all \u{e9} e\u{301}\nquorum g\n"
        ),
        ("an ML-DSA witness", "log LOG1\nwitness a PQ\nquorum a\n"), ("an ML-DSA log", "log PQ\nquorum none\n"),
        ("a log and a witness of one name", "log LOG1\nwitness log1.example W1\nquorum log1.example\n"),
        ("None is not none", "log LOG1\nwitness None W1\nquorum None\n"),
    ]

    @Test("valid policies", arguments: valid)
    func accept(what: String, text: String) throws {
        let read = try Policy(parsing: policy(text))
        let words = text.split { $0 == "\n" || $0 == " " || $0 == "\t" }
        #expect(
            read.logs.count == text.split(separator: "\n").count { $0.trimmingPrefix { $0 == " " }.hasPrefix("log") })
        #expect(words.contains { Bytes.isSame(String($0), read.quorumName) })
        #expect(try read == Policy(parsing: policy(text)))
    }

    static let invalid: [(what: String, text: String)] = [
        ("nothing", ""), ("no quorum", "log LOG1\n"), ("comments alone", "# quorum none\n"),
        ("two quorum lines", "log LOG1\nquorum none\nquorum none\n"),
        ("two different quorum lines", "witness a W1\nquorum a\nquorum none\n"),
        ("quorum without a name", "log LOG1\nquorum\n"),
        ("quorum of two names", "witness a W1\nwitness b W2\nquorum a b\n"),
        ("unknown quorum", "log LOG1\nquorum a\n"), ("quorum before its witness", "quorum a\nwitness a W1\n"),
        ("quorum names a log", "log LOG1\nquorum log1.example\n"),
        ("unknown keyword", "log LOG1\nmirror a W1\nquorum none\n"),
        ("keyword in capitals", "LOG LOG1\nquorum none\n"), ("log without a key", "log\nquorum none\n"),
        ("log with three fields", "log LOG1 https://a/ more\nquorum none\n"),
        ("log with a broken key", "log log1.example+00000000+AAAA\nquorum none\n"),
        ("one log twice", "log LOG1\nlog LOG1\nquorum none\n"),
        ("one log under two URLs", "log LOG1 https://a/\nlog LOG1 https://b/\nquorum none\n"),
        ("a log with a cosignature key", "log W1\nquorum none\n"),
        ("witness without a key", "witness a\nquorum none\n"),
        ("witness without name or key", "witness\nquorum none\n"),
        ("witness with four fields", "witness a W1 https://a/ more\nquorum none\n"),
        ("a witness with a log's key type", "witness a LOG1\nquorum a\n"),
        ("a witness named none", "witness none W1\nquorum none\n"),
        ("one name for two witnesses", "witness a W1\nwitness a W2\nquorum a\n"),
        ("one witness key twice", "witness a W1\nwitness b W1\nquorum a\n"),
        ("one ML-DSA key twice", "witness a PQ\nwitness b PQ\nquorum a\n"),
        ("group without members", "group g any\nquorum none\n"),
        ("all of none", "group g all\nquorum g\n"), ("group alone", "group\nquorum none\n"),
        ("threshold missing", "witness a W1\ngroup g a\nquorum g\n"),
        ("threshold 0", "witness a W1\ngroup g 0 a\nquorum g\n"),
        ("threshold above the members", "witness a W1\nwitness b W2\ngroup g 3 a b\nquorum g\n"),
        ("threshold with a leading zero", "witness a W1\ngroup g 01 a\nquorum g\n"),
        ("negative threshold", "witness a W1\ngroup g -1 a\nquorum g\n"),
        ("threshold with a plus", "witness a W1\ngroup g +1 a\nquorum g\n"),
        ("threshold in words", "witness a W1\ngroup g one a\nquorum g\n"),
        ("threshold in capitals", "witness a W1\ngroup g ANY a\nquorum g\n"),
        ("threshold of 2^64", "witness a W1\ngroup g 18446744073709551616 a\nquorum g\n"),
        ("threshold of 2^64+1", "witness a W1\ngroup g 18446744073709551617 a\nquorum g\n"),
        ("threshold in other digits", "witness a W1\ngroup g １ a\nquorum g\n"),
        ("a member twice in a group", "witness a W1\nwitness b W2\ngroup g 2 a a b\nquorum g\n"),
        ("a member of two groups", "witness a W1\nwitness b W2\ngroup g any a\ngroup h any a b\nquorum h\n"),
        (
            "a group in two groups",
            "witness a W1\nwitness b W2\ngroup g any a\ngroup h any g\ngroup i any g b\nquorum i\n"
        ),
        ("unknown member", "witness a W1\ngroup g any a b\nquorum g\n"),
        ("a later member", "group g any a\nwitness a W1\nquorum g\n"),
        ("a group in itself", "witness a W1\ngroup g any a g\nquorum g\n"),
        ("none as a member", "witness a W1\ngroup g any a none\nquorum g\n"),
        ("a log as a member", "log LOG1\nwitness a W1\ngroup g any a log1.example\nquorum g\n"),
        ("a group named none", "witness a W1\ngroup none any a\nquorum none\n"),
        ("a group with a witness's name", "witness a W1\ngroup a any a\nquorum a\n"),
        ("a witness with a group's name", "witness a W1\ngroup g any a\nwitness g W2\nquorum g\n"),
        ("two groups of one name", "witness a W1\nwitness b W2\ngroup g any a\ngroup g any b\nquorum g\n"),
        ("inline comment after quorum", "log LOG1\nquorum none # all\n"),
        ("inline comment after members", "witness a W1\ngroup g any a # b\nquorum g\n"),
        ("inline comment after a log", "log LOG1 https://a/ # ours\nquorum none\n"),
        ("CR LF", "log LOG1\r\nquorum none\r\n"),
        ("NUL", "log LOG1\nquorum none\0\n"), ("DEL", "# \u{7f}\nquorum none\n"),
        ("form feed", "log\u{c}LOG1\nquorum none\n"),
        ("escape in a comment", "# \u{1b}[31m\nquorum none\n"),
        ("a no-break space as separator", "log\u{a0}LOG1\nquorum none\n"),
        ("a byte order mark", "\u{feff}log LOG1\nquorum none\n"),
        ("a log named with a space", "log log 1+00000000+AAAA\nquorum none\n"),
    ]

    @Test("invalid policies", arguments: invalid)
    func refuse(what: String, text: String) throws {
        let bytes = try policy(text)
        #expect(throws: NoteError(.policyMalformed, "")) { try Policy(parsing: bytes) }
    }

    @Test("names are octets: what is no UTF-8 may be a name, but not a key")
    func octets() throws {
        let key = try TestKey.verifierKey("w1.example", .cosignature).description
        let name: [UInt8] = [0x80, 0xff]
        let good = Array("witness ".utf8) + name + Array(" \(key)\nquorum ".utf8) + name + [0x0a]
        #expect(try Policy(parsing: good).witnesses.count == 1)
        let bad = Array("witness a ".utf8) + name + Array(key.utf8) + Array("\nquorum a\n".utf8)
        #expect(throws: NoteError(.policyMalformed, "")) { try Policy(parsing: bad) }
    }

    @Test("one public key makes one log, whatever its name")
    func renamedKeys() throws {
        let raw = try TestKey.privateKey("one").publicKey.raw
        let first = try VerifierKey(name: "first.example", kind: .ed25519, publicKey: raw)
        let second = try VerifierKey(name: "second.example", kind: .ed25519, publicKey: raw)
        #expect(throws: NoteError(.keyRole, "")) {
            try Policy(parsing: Array("log \(first)\nlog \(second)\nquorum none\n".utf8))
        }
        let witness = try VerifierKey(name: "first.example", kind: .cosignature, publicKey: raw)
        let other = try VerifierKey(name: "second.example", kind: .cosignature, publicKey: raw)
        #expect(throws: NoteError(.keyRole, "")) {
            try Policy(parsing: Array("witness a \(witness)\nwitness b \(other)\nquorum a\n".utf8))
        }
    }

    @Test("a log and a witness do not share a public key, though tlog-policy would let them")
    func roles() throws {
        // C2SP forbids two logs, and two witnesses, of one key, but allows a log that is also a witness. Refused here:
        // such a witness adds nothing to what the log says, yet would count towards the quorum. This check is only
        // stricter: some policies that others accept are refused, none that they refuse is accepted.
        let raw = try TestKey.privateKey("one").publicKey.raw
        let witness = try VerifierKey(name: "w.example", kind: .cosignature, publicKey: raw)
        for kind in [VerifierKey.Kind.ed25519, .unsupported(0x05)] {
            let log = try VerifierKey(name: "log.example", kind: kind, publicKey: raw)
            for text in ["log \(log)\nwitness w \(witness)\n", "witness w \(witness)\n\n# x\nlog \(log)\n"] {
                for quorum in ["none", "w"] {
                    let bytes = Array((text + "quorum \(quorum)\n").utf8)
                    #expect(throws: NoteError(.keyRole, "")) { try Policy(parsing: bytes) }
                    let error = try #require(throws: NoteError.self) { try Policy(parsing: bytes) }
                    #expect(error.line == (text.hasPrefix("log") ? 2 : 4))
                }
            }
        }
        // The same key twice in one role is what C2SP calls malformed.
        let log = try VerifierKey(name: "log.example", kind: .ed25519, publicKey: raw)
        #expect(throws: NoteError(.policyMalformed, "")) {
            try Policy(parsing: Array("log \(log)\nlog \(log)\nquorum none\n".utf8))
        }
    }

    @Test("an error names its line")
    func errorLines() throws {
        func line(_ text: String) throws -> Int? {
            let bytes = try policy(text)
            do { _ = try Policy(parsing: bytes) } catch { return error.line }
            return -1
        }
        #expect(try line("# one\n\nlog LOG1\nbad\nquorum none\n") == 4)
        #expect(try line("log LOG1\nquorum none\t\r\n") == 2)
        #expect(try line("log x\nquorum none\n") == 1)
        #expect(try line("log LOG1\n") == nil)
    }

    @Test("a policy of logs only is the one that its text would give")
    func ofLogs() throws {
        let logs = try [TestKey.verifierKey("log1.example"), TestKey.verifierKey("log2.example")]
        #expect(try Policy(logs: logs) == Policy(parsing: policy("log LOG1\nlog LOG2\nquorum none\n")))
        #expect(try Policy(logs: logs) != Policy(parsing: policy("log LOG1\nquorum none\n")))
    }

    @Test("hundreds of logs, witnesses and groups are read; a file above a million bytes is not")
    func large() throws {
        var text = ""
        for number in 0..<200 {
            text += "log \(try TestKey.verifierKey("many\(number).example"))\n"
            text += "witness w\(number) \(try TestKey.verifierKey("witness\(number).example", .cosignature))\n"
            text += "group g\(number) any w\(number)\n"
        }
        text += "group q 150 " + (0..<200).map { "g\($0)" }.joined(separator: " ") + "\nquorum q\n"
        let read = try Policy(parsing: Array(text.utf8))
        #expect(read.logs.count == 200)
        #expect(read.witnesses.count == 200)
        #expect(!read.isSatisfied(by: []))
        let long = Array(("# " + String(repeating: "x", count: 1_000_000) + "\nquorum none\n").utf8)
        #expect(throws: NoteError(.policyMalformed, "")) { try Policy(parsing: long) }
    }

    @Test("groups nested thousands deep are read and evaluated on a small stack")
    func deep() async throws {
        var text = "witness w W1\ngroup g0 any w\n"
        for number in 1..<20_000 { text += "group g\(number) all g\(number - 1)\n" }
        let bytes = try policy(text + "quorum g19999\n")
        let satisfied = try await Task.detached {
            let read = try Policy(parsing: bytes)
            return read.isSatisfied(by: [])
        }.value
        #expect(!satisfied)
    }

    @Test("altered policies are read or refused, and never end the process")
    func mutated() throws {
        let text = "log LOG1\nwitness a W1\nwitness b W2\nwitness c W3\ngroup g 2 a b c\n# x\nquorum g\n"
        var accepted = 0
        for mutant in mutants(of: try policy(text), count: 5000, seed: 10) where (try? Policy(parsing: mutant)) != nil {
            accepted += 1
        }
        #expect(accepted > 0)
        #expect(accepted < 5000)
    }
}
