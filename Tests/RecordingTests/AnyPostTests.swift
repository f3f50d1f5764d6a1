import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceRecording
import ProvenanceVerification
import SampleArchives
import SampleLogs
import Testing

/// What an `add` records of posts that version 1 cannot state.
@Suite struct AnyPostTests {
    private typealias Counts = AddTests.Counts

    private static func archive() throws -> RecordedArchive {
        let archive = try RecordedArchive()
        for post in AnyPosts.all { try archive.write(post.text, to: post.path) }
        return archive
    }

    @Test func `Each post is recorded in its form, with the key of what it states`() throws {
        let archive = try Self.archive()
        let outcome = try archive.add(reading: AnyPosts.rules)
        #expect(Counts(outcome) == Counts(recorded: UInt64(AnyPosts.all.count)))
        #expect(outcome.status(tolerateRefused: false) == .verified)
        let records = try archive.entries().compactMap { PostRecord(entry: $0[...]) }
        #expect(records.count == AnyPosts.all.count)
        for post in AnyPosts.all {
            let bytes = Array(post.text.utf8)
            let record = try #require(records.first { $0.sha256 == SHA256.hash(bytes) }, "\(post)")
            #expect(record.form?.word.string == post.form, "\(post)")
            #expect(record.source?.string == post.source?.address && record.sourceKey?.string == post.source?.key)
            #expect(record.dated?.string == post.dated?.text, "\(post)")
            #expect(record.datedKey?.string == (post.form == nil ? nil : post.dated?.key), "\(post)")
            #expect(record.log?.string == (post.form == nil ? nil : RecordedArchive.origin))
            #expect(record.differences(from: try record.rebuilt(from: bytes)).isEmpty)
        }
        // Counted by the key of which they speak.
        #expect(outcome.warnings["W-SOURCE-OTHER url"]?.count == 1)
        #expect(outcome.warnings["W-NOT-STATED unreadable"]?.count == 1)
        // Nothing of version 2 is used in the accession.
        let accession = try #require(try archive.entries().last.flatMap { AccessionRecord(entry: $0[...]) })
        #expect(!accession.isVersion2 && accession.posts == AnyPosts.all.count)
    }

    @Test func `Without rules all but those of version 1 are refused, as ever`() throws {
        let archive = try Self.archive()
        let outcome = try archive.add()
        #expect(Counts(outcome) == Counts(recorded: 1, refused: UInt64(AnyPosts.all.count - 1)))
        let codes = Set(outcome.refusals.map(\.code))
        #expect(codes == ["E-KEY-MISSING", "E-NESTED", "E-NO-FRONT-MATTER", "E-FRONT-MATTER-UNCLOSED", "E-YAML"])
        // With rules they are recorded afterwards.
        let second = try archive.add(reading: AnyPosts.rules)
        #expect(Counts(second) == Counts(recorded: UInt64(AnyPosts.all.count - 1), unchanged: 1))
        #expect(Counts(try archive.add(reading: AnyPosts.rules)) == Counts(unchanged: UInt64(AnyPosts.all.count)))
        // Rules that read less record no bytes again.
        #expect(Counts(try archive.add()) == Counts(unchanged: UInt64(AnyPosts.all.count)))
    }

    @Test func `A plain record may be followed by one that reads more`() throws {
        let archive = try RecordedArchive()
        try archive.write("[The Linden](https://harbour.example/)\n", to: "_posts/a.md")
        try archive.write("---\ndate: 2024-03-05\ndate: 2024-03-06\n---\nText\n", to: "_posts/b.md")
        var rules = AnyPosts.rules
        #expect(Counts(try archive.add(reading: rules)) == Counts(recorded: 2))
        rules.datedKeys = ["published"]
        // The key that stood twice is no key of the rules any more, and the file is html.
        let second = try archive.add(reading: rules)
        #expect(Counts(second) == Counts(recorded: 1, unchanged: 1) && second.replaced.isEmpty)
        let records = try archive.entries().compactMap { PostRecord(entry: $0[...]) }
        #expect(records.map { $0.form?.word } == ["linked", "plain", "html"])
        // From then on that one counts, at other places too.
        #expect(Counts(try archive.add(reading: rules)) == Counts(unchanged: 2))
        try archive.write("---\ndate: 2024-03-05\ndate: 2024-03-06\n---\nText\n", to: "_posts/c.md")
        let third = try archive.add(reading: rules)
        #expect(Counts(third) == Counts(known: 1, unchanged: 2))
        #expect(Counts(try archive.add(reading: AnyPosts.rules)) == Counts(unchanged: 3))
    }

    /// "A file that had front matter at this place before is *replaced*, never quietly plain."
    @Test(arguments: ["_posts/v1.md", "_posts/news.md", "_posts/rss.md", "_posts/linked.md"])
    func `A file that had a form before is replaced when it is plain now`(path: String) throws {
        let archive = try Self.archive()
        try archive.add(reading: AnyPosts.rules)
        try archive.write("---\ntitle: a: b\n---\nOther text\n", to: path)
        let outcome = try archive.add(reading: AnyPosts.rules)
        #expect(Counts(outcome) == Counts(recorded: 1, unchanged: UInt64(AnyPosts.all.count - 1), replaced: 1))
        #expect(outcome.replaced.first?.path == path && outcome.replaced.first?.problem.code == "E-REPLACED")
        #expect(outcome.status(tolerateRefused: false) == .failed)
    }

    @Test func `The digest of the rules stands in the accession, which then is of version 2`() throws {
        let archive = try Self.archive()
        var options = Recorder.Options(lockTimeout: 10, version: RecordedArchive.version)
        let rules = SHA256.hash(Array("rules".utf8))
        (options.reading, options.rules) = (AnyPosts.rules, rules)
        _ = try Recorder.run(["_posts"], archive: archive.archive, options: options, archive.environment)
        let accession = try #require(try archive.entries().last.flatMap { AccessionRecord(entry: $0[...]) })
        #expect(accession.isVersion2 && accession.rules == rules && accession.state.isEmpty)
        // Its register is read as before: nothing is recorded again.
        #expect(Counts(try archive.add(reading: AnyPosts.rules)) == Counts(unchanged: UInt64(AnyPosts.all.count)))
    }
}
