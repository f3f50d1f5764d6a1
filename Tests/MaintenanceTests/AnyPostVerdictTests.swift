import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import ProvenanceRecording
import ProvenanceVerification
import SampleArchives
import SampleLogs
import Testing

/// Verdicts on posts that version 2 records.
@Suite struct AnyPostVerdictTests {
    private static func archive() throws -> RecordedArchive {
        let archive = try RecordedArchive()
        for post in AnyPosts.all { try archive.write(post.text, to: post.path) }
        try archive.add(reading: AnyPosts.rules)
        return archive
    }

    private func verify(_ archive: RecordedArchive, _ path: String) throws -> PostVerdict {
        let view = try LogView(archive.archive, trust: try archive.keys.trust())
        let place = archive.archive.root.appending(RawPath(path))
        let verdicts = try PostVerifier(view).verify([(place, path, RawPath(path), nil)])
        return try #require(verdicts.first)
    }

    @Test func `Each post is proven, and its source is shown with its key`() throws {
        let archive = try Self.archive()
        for post in AnyPosts.all {
            let verdict = try verify(archive, post.path)
            #expect(verdict.status == .verified && verdict.problems.isEmpty, "\(post): \(verdict)")
            func claim(_ subject: Claim.Subject) -> Claim? { verdict.claims.first { $0.subject == subject } }
            #expect(claim(.content)?.standing == .proven, "\(post)")
            // "a claim nobody made is *unknown*, never a refusal"
            #expect(claim(.source)?.standing == (post.source == nil ? .unknown : .proven), "\(post)")
            if let source = post.source { #expect(claim(.source)?.detail.contains(source.address) ?? false) }
            if let key = post.source?.key {
                #expect(claim(.source)?.detail.hasSuffix("from its `\(key)`") ?? false, "\(post)")
            }
            let hasTime = post.dated != nil || ["rss", "headed"].contains(post.form)
            #expect(claim(.published)?.standing == (hasTime ? .proven : .unknown), "\(post)")
            if post.form != nil, let key = post.dated?.key {
                #expect(claim(.published)?.detail.hasSuffix("from its `\(key)`") ?? false, "\(post)")
            }
            let warnings = verdict.warnings.map { $0.code.rawValue + ($0.subject.map { " \($0)" } ?? "") }
            switch post.path {
            case "_posts/news.md": #expect(warnings == ["W-SOURCE-OTHER url"])
            case "_posts/odd.md": #expect(warnings == ["W-NOT-STATED unreadable"])
            default: #expect(warnings.isEmpty, "\(post)")
            }
        }
    }

    @Test func `A bit of any post that flips is an alteration, and status says so`() throws {
        let archive = try Self.archive()
        for post in AnyPosts.all {
            var bytes = Array(post.text.utf8)
            bytes[bytes.count / 2] ^= 0x01
            try archive.write(bytes, to: post.path)
            let verdict = try verify(archive, post.path)
            #expect(verdict.status == .failed && verdict.problems.contains { $0.code == "E-ALTERED" }, "\(post)")
        }
        let view = try LogView(archive.archive, trust: try archive.keys.trust())
        let report = try StatusComparison.run(view, now: RecordedArchive.start)
        #expect(report.status == .failed)
    }

    @Test func `Lists, titles and audit know posts without source and date`() throws {
        let archive = try Self.archive()
        let view = try LogView(archive.archive, trust: try archive.keys.trust())
        var records: [(index: UInt64, record: PostRecord)] = []
        try view.records(passing: { _ in true }, { records.append(($0, $1)) })
        #expect(records.count == AnyPosts.all.count)
        let listed = try PostLister(view).titledPosts(records)
        let linked = try #require(listed.first { $0.record.form == .linked })
        #expect(linked.title == "The Linden")
        let plain = try #require(listed.first { $0.record.form == .plain })
        #expect(plain.members["source"] == .null && plain.members["dated"] == .null)
        #expect(plain.members["form"] == .string("plain"))
        let report = try ArchiveAudit.run(view, trust: try archive.keys.trust())
        #expect(report.status == .verified && report.posts == UInt64(AnyPosts.all.count), "\(report.problems)")
        // The index that `add` wrote is the one that the log makes.
        #expect(report.remarks.isEmpty, "\(report.remarks)")
    }
}
