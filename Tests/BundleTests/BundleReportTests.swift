import Foundation
import ProvenanceEncoding
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification
import SampleArchives
import SampleLogs
import TestSupport
import Testing

@testable import ProvenanceBundle

/// What a bundle's verdict says, by who is trusted and what is in the bundle; its lists and its note by themselves.
@Suite struct BundleReportTests {
    // MARK: Verdicts

    @Test func `A whole bundle is verified, and its report says of what`() throws {
        let bundle = try SampleBundle()
        let report = try #require(try bundle.verify().report)
        #expect(report.status == .verified && report.problems == 0 && report.areViewsProven)
        #expect(report.checkpoint?.size == 4 && report.selection == "0..3" && report.posts == 3)
        #expect(report.entries.all == 4 && report.entries.posts == 3 && report.entries.accessions == 1)
        for (subject, proven) in [
            (.checkpoint, 1), (.views, 1), (.inclusion, 4), (.signature, 4), (.content, 3), (.source, 3),
            (.completeness, 1), (.recorded, 0),
        ] as [(Claim.Subject, UInt64)] {
            #expect(report.counts.count(subject, .proven) == proven, "\(subject)")
        }
        #expect(report.counts.count(.recorded, .asserted) == 4)
        #expect(
            report.sentence
                == "4 entries of archive.example/news, the range 0..3, as of size 4: signed by pinned keys and logged, "
                + "nothing between its ends left out; 3 posts compared.")
        #expect(!report.limits.contains("asserted by the records") && !report.limits.contains("No pinned key"))
        let keys = [try bundle.keys.logKey(), try bundle.keys.signerKey()].map(\.description)
        #expect(report.keysShown == keys)
        guard case .object(let members) = report.json else { return #expect(Bool(false), "an object") }
        #expect(members["status"] == .string("verified") && members["postsCompared"] == .number(UInt64(3)))
        #expect(members["keysShown"] == .array(keys.map(JSONValue.string)))
        #expect(members["checkpoint"] != nil && members["selection"] == .string("0..3"))
    }

    @Test(arguments: ["nothing", "another log's keys", "the log's key alone"])
    func `What nobody is trusted for is inconclusive, never verified and never failed`(_ trusted: String) throws {
        let bundle = try SampleBundle()
        let trust: Trust
        switch trusted {
        case "nothing": trust = .nothing
        case "another log's keys": trust = try SampleKeys(seed: 9).trust()
        default:
            try bundle.folder.write("\(try bundle.keys.logKey())\n", to: "keys/log.vkey")
            trust = try Trust.folder(RawPath(bundle.folder("keys")))
        }
        let verdict = try bundle.verify(trust: trust)
        #expect(verdict.status == .inconclusive, "\(verdict)")
        #expect(verdict.codes.isSubset(of: ["E-KEY-NOT-PINNED", "E-NOTHING-CHECKED"]), "\(verdict)")
        let report = try #require(verdict.report)
        #expect(report.counts.count(.signature, .proven) == 0 && !report.areViewsProven)
        let isLogPinned = trusted == "the log's key alone"
        #expect(report.counts.count(.inclusion, isLogPinned ? .proven : .unknown) == 4)
        #expect(report.counts.count(.completeness, isLogPinned ? .proven : .unknown) == 1)
        #expect(report.limits.contains("No pinned key signed the lists"))
        #expect(report.sentence.contains("nothing was found wrong, not everything could be checked"))
    }

    @Test func `Withheld posts, a filter and a failure each change the sentence`() throws {
        let archive = try RecordedArchive(posts: 3)
        func report(_ name: String, trust: Trust) throws -> BundleReport {
            let verdict = SampleBundle.verify(RawPath(archive.folder(name)), trust: trust)
            return try #require(verdict.report, "\(verdict)")
        }
        let trust = try archive.keys.trust()
        try archive.bundle("withheld", .range(from: 0, to: 1)) { $0.hasPosts = false }
        let withheld = try report("withheld", trust: trust)
        #expect(
            withheld.sentence
                == "1 entry of archive.example/news, the range 0..0, as of size 4: signed by pinned keys and logged, "
                + "nothing between its ends left out; no post was compared.")
        #expect(withheld.limits.contains("Sources and times are asserted by the records."))
        guard case .object(let members) = withheld.json else { return #expect(Bool(false), "an object") }
        #expect(members["postsCompared"] == .null)
        try archive.bundle("chosen", .filter(indexes: [1], description: [:]))
        #expect(
            try report("chosen", trust: trust).sentence
                == "1 entry of archive.example/news, chosen by a filter, as of size 4: signed by pinned keys and logged; "
                + "it is not shown that there are no others; 1 post compared.")
        try archive.folder.write("x", to: "chosen/notes.txt")
        #expect(try report("chosen", trust: trust).sentence.hasSuffix("as of size 4: 1 problem; 1 post compared."))
    }

    @Test func `Entries of unknown kinds are logged, and one that hides the life of a key leaves signatures unknown`()
        throws
    {
        for (entry, status, code) in [
            (SampleLog.unknown, .verified, nil), (SampleLog.noText, .verified, nil),
            (Array("provenance/key@v7\nrevoke everything\n".utf8), .inconclusive, "E-KEY-LIFE-UNREADABLE"),
        ] as [([UInt8], ProvenanceVerification.ExitStatus, String?)] {
            let archive = try RecordedArchive(posts: 1)
            try archive.append([entry])
            try archive.bundle()
            let verdict = SampleBundle.verify(RawPath(archive.folder("bundle")), trust: try archive.keys.trust())
            let report = try #require(verdict.report)
            #expect(report.status == status && verdict.codes == Set(code.map { [$0] } ?? []), "\(verdict)")
            #expect(report.entries.unknown == 1)
            #expect(report.counts.count(.signature, .proven) == (code == nil ? 2 : 0), "\(verdict)")
        }
    }

    @Test func `Lists that nobody signed are unknown, and the entries as proven as before`() throws {
        let archive = try RecordedArchive(posts: 1)
        try archive.bundle { $0.signer = nil }
        let verdict = SampleBundle.verify(RawPath(archive.folder("bundle")), trust: try archive.keys.trust())
        #expect(verdict.status == .verified && verdict.problems.isEmpty, "\(verdict)")
        #expect(verdict.report?.areViewsProven == false && verdict.report?.counts.count(.views, .unknown) == 1)
        #expect(verdict.report?.limits.contains("No pinned key signed the lists") == true)
    }

    @Test func `A bundle of nothing that is signed checks nothing`() throws {
        let archive = try RecordedArchive(posts: 1)
        try archive.append([SampleLog.unknown])
        try archive.bundle("bundle", .range(from: 2, to: 3))
        let verdict = SampleBundle.verify(RawPath(archive.folder("bundle")), trust: try archive.keys.trust())
        #expect(verdict.status == .inconclusive && verdict.codes == ["E-NOTHING-CHECKED"], "\(verdict)")
    }

    @Test(arguments: [
        ("tagmanifest-sha256.txt", true), ("manifest-sha256.txt", true), ("bag-info.txt", true), ("bagit.txt", true),
        ("bundle.note", true), ("checkpoint", false), ("manifest.json", false), ("SHA256SUMS", false),
    ])
    func `A folder means to be a bundle by one of its files`(_ file: String, _ isBundle: Bool) throws {
        let folder = try TemporaryFolder()
        #expect(!BundleVerifier.isBundle(RawPath(folder.path)) && !BundleVerifier.isBundle(RawPath(folder("absent"))))
        try folder.write("x", to: file)
        #expect(BundleVerifier.isBundle(RawPath(folder.path)) == isBundle)
    }

    // MARK: Lists

    static let digest = String(repeating: "0a", count: 32)
    static let lines: [(String, list: String, read: Int, problems: Int)] = [
        ("", "tags", 0, 0), ("\(digest)  a\n", "tags", 1, 0), ("\(digest)  a/b.c-d_E\n\(digest)  x\n", "tags", 2, 0),
        ("\(digest)  data/x\n", "payload", 1, 0), ("\(digest)  data\n", "tags", 1, 0),
        // One space, a tab, a star, capitals, too few digits, nothing behind them.
        ("\(digest) a\n", "tags", 0, 1), ("\(digest)\t\ta\n", "tags", 0, 1), ("\(digest) *a\n", "tags", 0, 1),
        ("\(digest.uppercased())  a\n", "tags", 0, 1), ("\(digest.dropLast())  a\n", "tags", 0, 1),
        ("\(digest)  \n", "tags", 0, 1), ("\n", "tags", 0, 1), ("\(digest)  a\r\n", "tags", 0, 1),
        // Paths that lead elsewhere, or that readers take differently.
        ("\(digest)  /a\n", "tags", 0, 1), ("\(digest)  a//b\n", "tags", 0, 1), ("\(digest)  a/\n", "tags", 0, 1),
        ("\(digest)  ./a\n", "tags", 0, 1), ("\(digest)  a/../b\n", "tags", 0, 1), ("\(digest)  a b\n", "tags", 0, 1),
        ("\(digest)  ü\n", "tags", 0, 1),
        // A path that belongs on the other list, or on none.
        ("\(digest)  data/x\n", "tags", 0, 1), ("\(digest)  a\n", "payload", 0, 1),
        ("\(digest)  tagmanifest-sha256.txt\n", "tags", 0, 1), ("\(digest)  bundle.note\n", "tags", 0, 1),
        // What is right around it counts.
        ("\(digest)  a\nx\n\(digest)  b\n", "tags", 2, 1), ("\(digest)  a\n\(digest)  b", "tags", 1, 1),
        ("\(digest)  \(String(repeating: "a", count: 5_000))", "tags", 0, 1),
    ]

    @Test(arguments: lines.indices)
    func `A list has one spelling`(_ number: Int) throws {
        let (text, list, read, problems) = BundleReportTests.lines[number]
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "list")
        let name = list == "tags" ? BundleLayout.lists.tags : BundleLayout.lists.payload
        let found = try BundleList(try FileStream(RawPath(path)), name: name)
        #expect(found.lines.count == read && found.problems.count == problems, "\(text.prefix(100))\n\(found)")
        #expect(found.problems.allSatisfy { $0.code == "E-BUNDLE-MALFORMED" && $0.place.hasPrefix(name + ":") })
    }

    @Test func `A long list is read whole, over the ends of the pieces it is read in`() throws {
        let folder = try TemporaryFolder()
        let text = (0..<9_000).map { "\(BundleReportTests.digest)  a/\($0)\n" }.joined()
        #expect(text.utf8.count > 2 << 18)
        let path = try folder.write(text, to: "list")
        let found = try BundleList(try FileStream(RawPath(path)), name: BundleLayout.lists.tags)
        #expect(found.lines.map(\.path) == (0..<9_000).map { "a/\($0)" } && found.problems.isEmpty)
    }

    // MARK: The signer's note

    /// Changes to `bundle.note`, signed by the signer unless the name says otherwise.
    static let notes: [Mutation] = [
        Mutation("as it is", [], .verified) { try $0.relist() },
        Mutation("another tag manifest", ["E-BUNDLE-NOTE"]) { bundle in
            try bundle.relist {
                BundleNote(signer: $0.signer, origin: $0.origin, size: $0.size, tagManifest: .zero)
            }
        },
        Mutation("another log", ["E-BUNDLE-NOTE"]) { bundle in
            try bundle.relist {
                BundleNote(signer: $0.signer, origin: "archive.example/x", size: $0.size, tagManifest: $0.tagManifest)
            }
        },
        Mutation("another size", ["E-BUNDLE-NOTE"]) { bundle in
            try bundle.relist {
                BundleNote(signer: $0.signer, origin: $0.origin, size: 5, tagManifest: $0.tagManifest)
            }
        },
        Mutation("another signer's name", ["E-BUNDLE-NOTE"]) { bundle in
            try bundle.replace("/signer\n", with: "/other\n", in: "bag-info.txt")
            try bundle.relist {
                BundleNote(
                    signer: RecordedArchive.origin + "/other", origin: $0.origin, size: $0.size,
                    tagManifest: $0.tagManifest)
            }
        },
        Mutation("another signer than bag-info.txt", ["E-BUNDLE-NOTE"]) { bundle in
            try bundle.replace("/signer\n", with: "/other\n", in: "bag-info.txt")
            try bundle.relist()
        },
        Mutation("no note", ["E-BUNDLE-NOTE"]) { try $0.write("none", to: "bundle.note") },
        Mutation("a note with another text", ["E-BUNDLE-NOTE"]) { bundle in
            var signer = try NoteSigner(name: RecordedArchive.origin + "/signer", key: bundle.keys.signer)
            try bundle.write(try signer.sign(Array("hello\n".utf8)), to: "bundle.note")
        },
        Mutation("a note that is too long", ["E-BUNDLE-NOTE"]) {
            try $0.write(Array(repeating: 0x41, count: 2 << 20), to: "bundle.note")
        },
        Mutation("a signature that is wrong", ["E-BUNDLE-NOTE"]) { bundle in
            let note = try SignedNote(parsing: try bundle.read("bundle.note"))
            let wrong = note.signatures.map {
                NoteSignature(name: $0.name, keyID: $0.keyID, signature: $0.signature.flipping(bit: 300))
            }
            try bundle.write(SignedNote(text: note.text, signatures: wrong).encoded(), to: "bundle.note")
        },
        // A key that nobody pinned says nothing; the rest is as proven as before.
        Mutation("a key of the same name that is not pinned", [], .verified) { bundle in
            var signer = try NoteSigner(
                name: RecordedArchive.origin + "/signer", key: try SampleKeys(seed: 9).signer)
            let note = try SignedNote(parsing: try bundle.read("bundle.note"))
            try bundle.write(try signer.sign(note.text), to: "bundle.note")
        },
    ]

    @Test(arguments: notes)
    func `The signer vouches for the lists as they are, or not at all`(_ mutation: Mutation) throws {
        let bundle = try SampleBundle()
        try mutation.change(bundle)
        let verdict = try bundle.verify()
        #expect(verdict.codes == mutation.codes && verdict.status == mutation.status, "\(verdict)")
        let isProven = mutation.name == "as it is"
        #expect(verdict.report?.areViewsProven == isProven)
        #expect(verdict.report?.counts.count(.views, .failed) == (mutation.status == .failed ? 1 : 0))
    }
}
