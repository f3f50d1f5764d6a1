import Foundation
import ProvenanceEncoding
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceVerification
import SampleArchives
import SampleLogs
import TestSupport
import Testing

@testable import ProvenanceBundle

/// What verifying a bundle finds when something in it is changed, and when the lists are made to fit again.
@Suite struct BundleMutationTests {
    private func check(_ mutation: Mutation, _ bundle: SampleBundle) throws {
        let verdict = try bundle.verify()
        #expect(verdict.codes == mutation.codes && verdict.status == mutation.status, "\(verdict)")
        if let report = verdict.report { #expect(report.problems == UInt64(verdict.problems.count)) }
    }

    // MARK: With the lists as they were

    static let unlisted: [Mutation] = [
        // Every file by itself: gone, or other bytes.
        Mutation("a post is gone", ["E-BUNDLE-MISSING", "E-BUNDLE-CHANGED", "E-CONTENT-NOT-COMPARED"]) {
            try $0.remove(SampleBundle.post(1))
        },
        Mutation("a post is changed", ["E-BUNDLE-CHANGED", "E-ALTERED"]) { try $0.flip(SampleBundle.post(1)) },
        Mutation("a post is longer", ["E-BUNDLE-CHANGED", "E-ALTERED"]) {
            try $0.write(try $0.read(SampleBundle.post(1)) + [0x0a], to: SampleBundle.post(1))
        },
        Mutation("a record is gone", ["E-BUNDLE-MISSING", "E-BUNDLE-STRAY", "E-INCOMPLETE"]) {
            try $0.remove("records/1.note")
        },
        Mutation("a proof is gone", ["E-BUNDLE-MISSING", "E-INCLUSION-INVALID"]) {
            try $0.remove("proofs/1.tlog-proof")
        },
        Mutation("the manifest is changed", ["E-BUNDLE-CHANGED"]) { try $0.flip("manifest.json") },
        Mutation("the guide is changed", ["E-BUNDLE-CHANGED", "E-VERIFIER-UNKNOWN"]) { try $0.flip("VERIFY.md") },
        Mutation("a verifier is gone", ["E-BUNDLE-MISSING"]) { try $0.remove("verify.sh") },
        Mutation("a shown key is changed", ["E-BUNDLE-CHANGED"]) { try $0.flip("keys/signer.vkey") },
        Mutation("the statement is changed", ["E-BUNDLE-CHANGED"]) { try $0.flip("statement.dsse.json") },
        Mutation("the signature is gone", ["E-BUNDLE-NOTE"]) { try $0.remove("bundle.note") },
        Mutation("a listed file is a folder", ["E-BUNDLE-MISSING"]) {
            try $0.remove("VERIFY.md")
            try $0.write("x", to: "VERIFY.md/._x.DS_Store")
            try $0.remove("VERIFY.md/._x.DS_Store")
        },
        // What is in it beside.
        Mutation("a file more", ["E-BUNDLE-STRAY"]) { try $0.write("x", to: "notes.txt") },
        Mutation("a post more", ["E-BUNDLE-STRAY"]) {
            try $0.write(SampleLog.post(7), to: SampleBundle.post(7))
        },
        Mutation(
            "a record of another index", ["E-BUNDLE-STRAY", "E-BUNDLE-MISSING", "E-INCLUSION-INVALID", "E-INCOMPLETE"]
        ) {
            try $0.copy("records/1.note", to: "records/9.note")
        },
        Mutation("a link", ["E-BUNDLE-STRAY"]) {
            try FileManager.default.createSymbolicLink(atPath: $0.path("link"), withDestinationPath: "verify.sh")
        },
        Mutation("a post that is a link", ["E-BUNDLE-STRAY", "E-BUNDLE-MISSING", "E-BUNDLE-CHANGED", "E-ALTERED"]) {
            try $0.write(try $0.read(SampleBundle.post(1)), to: "../outside.md")
            try $0.remove(SampleBundle.post(1))
            try FileManager.default.createSymbolicLink(
                atPath: $0.path(SampleBundle.post(1)), withDestinationPath: $0.folder("outside.md"))
        },
        Mutation("a pipe", ["E-BUNDLE-STRAY"]) { guard mkfifo($0.path("pipe"), 0o600) == 0 else { return } },
        Mutation("a name with a space", ["E-BUNDLE-STRAY"]) { try $0.write("x", to: "a b") },
        Mutation("a name that is no UTF-8 text", ["E-BUNDLE-STRAY"]) { try $0.write("x", to: "\u{fc}") },
        Mutation("folders in folders", ["E-BUNDLE-STRAY"]) {
            try $0.write("x", to: Array(repeating: "f", count: 40).joined(separator: "/"))
        },
        Mutation("a name that is no index", ["E-BUNDLE-STRAY", "E-BUNDLE-MALFORMED"]) {
            try $0.write("x", to: "records/01.note")
        },
        Mutation("a file among the proofs", ["E-BUNDLE-STRAY", "E-BUNDLE-MALFORMED"]) {
            try $0.write("x", to: "proofs/readme.txt")
        },
        // What file managers leave.
        Mutation("what file managers leave", [], .verified) {
            for name in [
                ".DS_Store", "records/.DS_Store", "data/Thumbs.db", "proofs/desktop.ini", "._bagit.txt",
                "records/._1.note", "__MACOSX/anything at all", "__MACOSX/records/77.note",
            ] { try $0.write("left", to: name) }
        },
        Mutation("what only looks like it", ["E-BUNDLE-STRAY", "E-BUNDLE-MALFORMED"]) {
            try $0.write("left", to: "records/._99.note")
        },
        // The lists and the description.
        Mutation("no description", ["E-BUNDLE-MALFORMED", "E-BUNDLE-CHANGED"]) {
            try $0.write("none\n", to: "bag-info.txt")
        },
        Mutation("a line of a list twice", ["E-BUNDLE-MALFORMED", "E-BUNDLE-CHANGED"]) {
            let line = try $0.text("manifest-sha256.txt").split(separator: "\n")[0]
            try $0.write(try $0.text("manifest-sha256.txt") + line + "\n", to: "manifest-sha256.txt")
        },
        Mutation("a list without its last line feed", ["E-BUNDLE-MALFORMED", "E-BUNDLE-CHANGED", "E-BUNDLE-STRAY"]) {
            try $0.write(Array(try $0.read("manifest-sha256.txt").dropLast()), to: "manifest-sha256.txt")
        },
        Mutation("a tag manifest of something else", ["E-BUNDLE-NOTE", "E-BUNDLE-STRAY"]) {
            let lines = try $0.text("tagmanifest-sha256.txt").split(separator: "\n").filter {
                !$0.hasSuffix("bagit.txt")
            }
            try $0.write(lines.map { $0 + "\n" }.joined(), to: "tagmanifest-sha256.txt")
        },
        // What every bundle has.
        Mutation("no tag manifest", ["E-BUNDLE-MALFORMED"], .environment) { try $0.remove("tagmanifest-sha256.txt") },
        Mutation("no payload list", ["E-BUNDLE-MALFORMED"], .environment) { try $0.remove("manifest-sha256.txt") },
        Mutation("no bag-info.txt", ["E-BUNDLE-MALFORMED"], .environment) { try $0.remove("bag-info.txt") },
        Mutation("no checkpoint", ["E-BUNDLE-MALFORMED"], .environment) { try $0.remove("checkpoint") },
        Mutation("a checkpoint that is a link", ["E-BUNDLE-MALFORMED"], .environment) {
            try $0.copy("checkpoint", to: "../outside")
            try $0.remove("checkpoint")
            try FileManager.default.createSymbolicLink(
                atPath: $0.path("checkpoint"), withDestinationPath: $0.folder("outside"))
        },
    ]

    @Test(arguments: unlisted)
    func `A change to a bundle is found`(_ mutation: Mutation) throws {
        let bundle = try SampleBundle()
        try mutation.change(bundle)
        try check(mutation, bundle)
    }

    // MARK: With lists that fit

    static let relisted: [Mutation] = [
        Mutation("nothing", [], .verified) { _ in },
        Mutation("a file more", [], .verified) { try $0.write("x", to: "notes.txt") },
        Mutation("a post is gone", ["E-CONTENT-NOT-COMPARED"], .inconclusive) { try $0.remove(SampleBundle.post(1)) },
        Mutation("a post is changed", ["E-ALTERED"]) { try $0.flip(SampleBundle.post(1)) },
        Mutation("a post under another name", ["E-BUNDLE-STRAY", "E-CONTENT-NOT-COMPARED"]) {
            try $0.copy(SampleBundle.post(1), to: "data/sha256/x.md")
            try $0.remove(SampleBundle.post(1))
        },
        Mutation("an entry is gone", ["E-INCOMPLETE", "E-BUNDLE-STRAY"]) {
            try $0.remove("records/1.note")
            try $0.remove("proofs/1.tlog-proof")
        },
        Mutation("the last entries are gone", ["E-INCOMPLETE", "E-BUNDLE-STRAY"]) {
            for index in 2...3 {
                try $0.remove("records/\(index).note")
                try $0.remove("proofs/\(index).tlog-proof")
            }
        },
        Mutation("every entry is gone", ["E-NOTHING-CHECKED", "E-INCOMPLETE", "E-BUNDLE-STRAY"]) {
            try $0.remove("records")
            try $0.remove("proofs")
        },
        Mutation("an entry from outside the range", ["E-INCOMPLETE"]) {
            try $0.replace("Selection: 0..3", with: "Selection: 0..2", in: "bag-info.txt")
        },
        Mutation("a range that goes on", ["E-INCOMPLETE"]) {
            try $0.replace("Selection: 0..3", with: "Selection: 0..9", in: "bag-info.txt")
        },
        Mutation("a choice by a filter", [], .verified) {
            try $0.replace("Selection: 0..3", with: "Selection: filter", in: "bag-info.txt")
        },
        Mutation("two records in each other's place", ["E-INCLUSION-INVALID"]) {
            let (one, two) = (try $0.read("records/1.note"), try $0.read("records/2.note"))
            try $0.write(two, to: "records/1.note")
            try $0.write(one, to: "records/2.note")
        },
        Mutation("two proofs in each other's place", ["E-INCLUSION-INVALID"]) {
            let (one, two) = (try $0.read("proofs/1.tlog-proof"), try $0.read("proofs/2.tlog-proof"))
            try $0.write(two, to: "proofs/1.tlog-proof")
            try $0.write(one, to: "proofs/2.tlog-proof")
        },
        Mutation("a proof that is none", ["E-INCLUSION-INVALID"]) { try $0.write("none", to: "proofs/1.tlog-proof") },
        Mutation("a proof that is a folder", ["E-BUNDLE-MISSING", "E-INCLUSION-INVALID"]) {
            try $0.remove("proofs/1.tlog-proof")
            try $0.write("x", to: "proofs/1.tlog-proof/x")
            try $0.remove("proofs/1.tlog-proof/x")
        },
        Mutation("a proof that is too long", ["E-INCLUSION-INVALID"]) {
            try $0.write(Array(repeating: 0x41, count: 2 << 20), to: "proofs/1.tlog-proof")
        },
        Mutation("a proof with an extra line", ["E-INCLUSION-INVALID"]) { bundle in
            try bundle.reprove(1) {
                TlogProof(extra: Array("x".utf8), index: $0.index, hashes: $0.hashes, checkpoint: $0.checkpoint)
            }
        },
        Mutation("a proof of a smaller tree", ["E-INCLUSION-INVALID"]) { bundle in
            try bundle.reprove(1) {
                TlogProof(
                    extra: nil, index: $0.index, hashes: Array($0.hashes.dropLast()), checkpoint: $0.checkpoint)
            }
        },
        Mutation("a proof with another checkpoint", ["E-INCLUSION-INVALID"]) { bundle in
            let other = try RecordedArchive(posts: 3, keys: SampleKeys(seed: 9)).view().note
            try bundle.reprove(1) {
                TlogProof(extra: nil, index: $0.index, hashes: $0.hashes, checkpoint: other)
            }
        },
        Mutation("an entry behind the tree's end", ["E-INCLUSION-INVALID"]) { bundle in
            try bundle.replace("Selection: 0..3", with: "Selection: filter", in: "bag-info.txt")
            try bundle.copy("records/1.note", to: "records/9.note")
            try bundle.copy("proofs/1.tlog-proof", to: "proofs/9.tlog-proof")
            try bundle.reprove(9) {
                TlogProof(extra: nil, index: 9, hashes: $0.hashes, checkpoint: $0.checkpoint)
            }
        },
        Mutation("a record with another source", ["E-INCLUSION-INVALID", "E-SIGNATURE-INVALID", "E-RECORD-MISMATCH"]) {
            try $0.replace("https://news.example/a/1", with: "https://news.example/a/7", in: "records/1.note")
        },
        Mutation("a record that is not one", ["E-INCLUSION-INVALID", "E-ENTRY-MALFORMED", "E-BUNDLE-STRAY"]) {
            try $0.replace("sha256 ", with: "sha255 ", in: "records/1.note")
        },
        Mutation("a record that is too long", ["E-INCLUSION-INVALID", "E-ENTRY-MALFORMED", "E-BUNDLE-STRAY"]) {
            try $0.write(Array(repeating: 0x41, count: 70_000), to: "records/1.note")
        },
        Mutation(
            "a post that is none, under a record that states it",
            ["E-INCLUSION-INVALID", "E-SIGNATURE-INVALID", "E-RECORD-MISMATCH", "E-BUNDLE-STRAY"]
        ) {
            try $0.restate(1, as: Array("no post".utf8))
        },
        Mutation(
            "another post, under a record that states it",
            ["E-INCLUSION-INVALID", "E-SIGNATURE-INVALID", "E-RECORD-MISMATCH", "E-BUNDLE-STRAY"]
        ) {
            try $0.restate(1, as: SampleLog.post(7, body: "other words"))
        },
        // The description against the checkpoint.
        Mutation("another log's name", ["E-BUNDLE-CHANGED"]) {
            try $0.replace(
                "Provenance-Log: \(RecordedArchive.origin)", with: "Provenance-Log: archive.example/other",
                in: "bag-info.txt")
        },
        Mutation("another size of the log", ["E-BUNDLE-CHANGED"]) {
            try $0.replace("Log-Size: 4", with: "Log-Size: 5", in: "bag-info.txt")
        },
        Mutation("posts that are said to be withheld", ["E-BUNDLE-STRAY"]) {
            try $0.replace("Posts: included", with: "Posts: withheld", in: "bag-info.txt")
        },
        Mutation("no signer is named", ["E-BUNDLE-NOTE"]) {
            try $0.replace("Provenance-Signer: \(RecordedArchive.origin)/signer\n", with: "", in: "bag-info.txt")
        },
        Mutation("bag-info of another version", ["E-BUNDLE-MALFORMED"]) {
            try $0.replace("bundle@v1", with: "bundle@v2", in: "bag-info.txt")
        },
        Mutation("bag-info that is too long", ["E-BUNDLE-MALFORMED"]) {
            try $0.write(Array(repeating: 0x41, count: 70_000), to: "bag-info.txt")
        },
        // The checkpoint.
        Mutation("a checkpoint's signature that is wrong", ["E-CHECKPOINT-INVALID", "E-INCLUSION-INVALID"]) {
            let bytes = try $0.read("checkpoint")
            // A digit of the base64 in the middle of the signature.
            let place = bytes.count - 40
            try $0.write(
                bytes[..<place] + [bytes[place] == 0x41 ? 0x42 : 0x41] + bytes[(place + 1)...], to: "checkpoint")
        },
        // The verifiers.
        Mutation("a verifier that lies", ["E-VERIFIER-UNKNOWN"]) {
            try $0.write(try $0.read("verify.sh") + Array("exit 0\n".utf8), to: "verify.sh")
        },
        Mutation("a page without a place for data", ["E-VERIFIER-UNKNOWN"]) {
            try $0.write("<!doctype html>", to: "evidence.html")
        },
        Mutation("no verifier at all", [], .verified) {
            for name in ["verify.sh", "evidence.html", "VERIFY.md"] { try $0.remove(name) }
        },
    ]

    @Test(arguments: relisted)
    func `A change that the lists were made to fit is found by what the entries say`(_ mutation: Mutation) throws {
        let bundle = try SampleBundle()
        try mutation.change(bundle)
        try bundle.relist()
        try check(mutation, bundle)
    }

    @Test func `Without a checkpoint nothing of the tree is proven`() throws {
        let bundle = try SampleBundle()
        try bundle.write("none\n", to: "checkpoint")
        try bundle.relist()
        let verdict = try bundle.verify()
        let report = try #require(verdict.report)
        #expect(verdict.status == .failed && verdict.codes.contains("E-CHECKPOINT-INVALID"), "\(verdict)")
        #expect(report.checkpoint == nil && report.counts.count(.checkpoint, .failed) == 1)
        for subject: Claim.Subject in [.inclusion, .signature, .completeness, .views] {
            #expect(report.counts.count(subject, .proven) == 0, "\(subject)")
        }
        #expect(report.counts.count(.inclusion, .unknown) == 4)
        #expect(report.sentence.hasPrefix("4 entries, the range 0..3: "))
    }

    @Test func `A file that is too large for any bundle is told and not opened`() throws {
        let bundle = try SampleBundle()
        try bundle.write("", to: "large")
        // A hole: it takes no space. Reading it would take minutes.
        #expect(truncate(bundle.path("large"), 65 << 30) == 0)
        let verdict = try bundle.verify()
        #expect(verdict.status == .failed && verdict.codes == ["E-BUNDLE-STRAY"], "\(verdict)")
        #expect(verdict.problems.map(\.place) == ["large"])
    }
}

extension SampleBundle {
    /// Replaces a proof.
    fileprivate func reprove(_ index: Int, _ change: (TlogProof) -> TlogProof) throws {
        let name = BundleLayout.proof(UInt64(index))
        try write(change(try TlogProof(parsing: try read(name))).encoded(), to: name)
    }

    /// Puts other bytes in the place of a post, and their digest and size in its record.
    fileprivate func restate(_ index: Int, as bytes: [UInt8]) throws {
        let old = SampleLog.post(index)
        let name = "records/\(index).note"
        try replace(SHA256.hash(old).hex, with: SHA256.hash(bytes).hex, in: name)
        try replace("size \(old.count)\n", with: "size \(bytes.count)\n", in: name)
        try write(bytes, to: "data/" + BundleLayout.payloadName(SHA256.hash(bytes)))
    }
}
