import Foundation
import ProvenanceArchive
import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceExport
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification
import SampleArchives
import TestSupport
import Testing

/// Manifests and bundles of posts that version 2 records, read back by the verifiers.
@Suite struct AnyPostExportTests {
    private static func archive() throws -> RecordedArchive {
        let archive = try RecordedArchive()
        for post in AnyPosts.all { try archive.write(post.text, to: post.path) }
        try archive.add(reading: AnyPosts.rules)
        try archive.bundle()
        return archive
    }

    private func bundle(_ archive: RecordedArchive) throws -> (report: BundleReport, problems: [Problem]) {
        var problems: [Problem] = []
        let report = try BundleVerifier.verify(
            RawPath(archive.folder("bundle")), name: "bundle", trust: try archive.keys.trust(),
            report: { problems.append($0) })
        return (report, problems)
    }

    private func manifest(_ archive: RecordedArchive) throws -> (report: ManifestReport, problems: [Problem]) {
        var problems: [Problem] = []
        let report = try ManifestVerifier.verify(
            source: FileStream(RawPath(archive.folder("bundle/manifest.json"))), place: "manifest.json",
            trust: try archive.keys.trust(), posts: archive.archive.root, report: { problems.append($0) })
        return (report, problems)
    }

    /// Posts whose record states a source, and those that state a time.
    private static let sources = UInt64(AnyPosts.all.count { $0.source != nil })
    private static let times = UInt64(
        AnyPosts.all.count { $0.dated != nil || $0.form == "rss" || $0.form == "headed" })

    @Test func `A bundle and its manifest prove each post, and what it does not state is unknown`() throws {
        let archive = try Self.archive()
        let all = UInt64(AnyPosts.all.count)
        for counts in [try bundle(archive).report.counts, try manifest(archive).report.counts] {
            #expect(counts.status == .verified)
            #expect(counts.count(.content, .proven) == all && counts.count(.content, .failed) == 0)
            #expect(
                counts.count(.source, .proven) == Self.sources && counts.count(.source, .unknown) == all - Self.sources)
            #expect(counts.count(.published, .proven) == Self.times)
            #expect(counts.count(.published, .unknown) == all - Self.times)
        }
    }

    @Test(arguments: AnyPosts.all)
    func `A changed post is noticed by both`(post: AnyPosts.Post) throws {
        let archive = try Self.archive()
        let name = "bundle/data/" + BundleLayout.payloadName(SHA256.hash(Array(post.text.utf8)))
        var bytes = try archive.folder.read(name)
        bytes[bytes.count / 2] ^= 0x01
        try archive.folder.write(bytes, to: name)
        #expect(try bundle(archive).problems.contains { $0.code == "E-ALTERED" })
        try archive.write(bytes, to: post.path)
        let (report, problems) = try manifest(archive)
        #expect(report.status == .failed && problems.contains { $0.code == "E-ALTERED" })
    }
}
