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

/// A copy of a bundle, for one test to change: three posts, entries 0 to 2, and their accession, 3.
final class SampleBundle {
    /// The bundle that all are copies of; it is only read.
    private static let original = Result {
        let archive = try RecordedArchive(posts: 3)
        try archive.bundle()
        return archive
    }

    /// The test's folder; the bundle is `bundle` in it.
    let folder: TemporaryFolder
    /// The keys of log and signer.
    let keys: SampleKeys

    init() throws {
        let original = try SampleBundle.original.get()
        folder = try TemporaryFolder()
        keys = original.keys
        try FileManager.default.copyItem(atPath: original.folder("bundle"), toPath: folder("bundle"))
    }

    /// The name of a post in the bundle.
    static func post(_ number: Int) -> String {
        "data/" + BundleLayout.payloadName(SHA256.hash(SampleLog.post(number)))
    }

    // MARK: Files

    func path(_ name: String) -> String { folder("bundle/" + name) }
    func read(_ name: String) throws -> [UInt8] { try folder.read("bundle/" + name) }
    func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }
    func write(_ bytes: [UInt8], to name: String) throws { try folder.write(bytes, to: "bundle/" + name) }
    func write(_ text: String, to name: String) throws { try folder.write(text, to: "bundle/" + name) }
    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }
    func copy(_ name: String, to other: String) throws { try write(try read(name), to: other) }

    /// Replaces a piece of a text file, wherever it stands.
    func replace(_ found: String, with put: String, in name: String) throws {
        let before = try text(name)
        let after = before.replacing(found, with: put)
        guard after != before else { throw NotRun(description: "\(name) does not hold \(found)") }
        try write(after, to: name)
    }

    /// Flips one bit of a file, at its middle unless told otherwise.
    func flip(_ name: String, at place: Int? = nil) throws {
        let bytes = try read(name)
        try write(bytes.flipping(bit: (place ?? bytes.count / 2) * 8), to: name)
    }

    // MARK: Lists

    /// Makes the lists, the sums in `bag-info.txt` and the signer's note anew, as whoever has the signer's key could: what is
    /// still found then is found by what the entries say.
    func relist(signing text: ((BundleNote) -> BundleNote)? = nil) throws {
        let own = ["SHA256SUMS", "manifest-sha256.txt", "tagmanifest-sha256.txt", "bundle.note"]
        let names = folder.files(below: "bundle").filter { !own.contains($0) && $0.utf8.allSatisfy(BundleList.isPlain) }
        let payload = names.filter { $0.hasPrefix("data/") }
        if let information = BagInformation(parsing: try read("bag-info.txt")) {
            var changed = information
            changed.octets = UInt64(try payload.reduce(0) { $0 + (try read($1).count) })
            changed.files = UInt64(payload.count)
            try write(changed.encoded(), to: "bag-info.txt")
        }
        func list(_ names: [String]) throws -> String {
            try names.map { "\(SHA256.hash(try read($0)).hex)  \($0)\n" }.joined()
        }
        try write(try list(payload), to: "manifest-sha256.txt")
        let others = names.filter { !$0.hasPrefix("data/") } + ["manifest-sha256.txt"]
        try write(try list(payload + others), to: "SHA256SUMS")
        try write(try list(others + ["SHA256SUMS"]), to: "tagmanifest-sha256.txt")
        let note = BundleNote(
            signer: RecordedArchive.origin + "/signer", origin: RecordedArchive.origin, size: 4,
            tagManifest: SHA256.hash(try read("tagmanifest-sha256.txt")))
        var signer = try NoteSigner(name: note.signer, key: keys.signer)
        try write(try signer.sign((text?(note) ?? note).encoded()), to: "bundle.note")
    }

    // MARK: Verdicts

    /// What verifying came to, whether it returned or threw.
    struct Verdict: CustomStringConvertible {
        let status: ProvenanceVerification.ExitStatus
        let problems: [Problem]
        let report: BundleReport?

        var codes: Set<String> { Set(problems.map(\.code)) }
        var description: String { "\(status)\n" + problems.map { $0.line + "\n" }.joined() }
    }

    func verify(trust: Trust? = nil) throws -> Verdict {
        let trust = try trust ?? keys.trust()
        return SampleBundle.verify(RawPath(folder("bundle")), trust: trust)
    }

    static func verify(_ folder: RawPath, trust: Trust) -> Verdict {
        var problems: [Problem] = []
        do {
            let report = try BundleVerifier.verify(
                folder, name: "bundle", trust: trust, report: { problems.append($0) })
            return Verdict(status: report.status, problems: problems, report: report)
        } catch {
            return Verdict(status: error.status, problems: problems + [error], report: nil)
        }
    }
}

/// One change to a bundle, and what it comes to.
struct Mutation: CustomTestStringConvertible, Sendable {
    let name: String
    /// Every code that is reported, each once.
    let codes: Set<String>
    let status: ProvenanceVerification.ExitStatus
    let change: @Sendable (SampleBundle) throws -> Void

    init(
        _ name: String, _ codes: Set<String>, _ status: ProvenanceVerification.ExitStatus = .failed,
        _ change: @escaping @Sendable (SampleBundle) throws -> Void
    ) {
        self.name = name
        self.codes = codes
        self.status = status
        self.change = change
    }

    var testDescription: String { name }
}
