import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceRecording
import ProvenanceSystem
import ProvenanceVerification

/// Records a post in a new archive and verifies it; then changes one byte of the post and verifies it again.
@main struct Record {
    static let post = """
        ---
        title: "A quiet day at the lock"
        date: 2022-02-10T05:52:00.000Z
        from: https://news.example/2022/lock
        ---
        <!--1644472320000-->
        [A quiet day at the lock](https://news.example/2022/lock)
        ------

        <p>Nothing passed but a heron.</p>

        """

    static func main() throws {
        let folder = try TemporaryPlace.folder(in: "/tmp", prefix: "provenance-example")
        var environment = Environment.ofProcess()
        // The archive goes with its folder: nothing is pinned for this user, and no key is made elsewhere.
        (environment.keyStore, environment.privateKeys) = (nil, nil)
        let archive = try Initialization.run(
            folder.path, origin: "archive.example.org/news", passphrase: nil, environment
        ).archive
        let place = archive.root.appending("lock.md")
        try DurableFile.create(place, with: Array(post.utf8))
        _ = try Recorder.run([place], archive: archive, options: .init(version: "example"), environment)

        // This program made the keys, so it may trust them. Anybody else gets the folder in another way than the archive.
        let trust = try Trust.folder(archive.keys)
        try verify(place, archive, trust)
        try DurableFile.replace(place, with: Array(post.replacing("heron", with: "Heron").utf8))
        try verify(place, archive, trust)
    }

    static func verify(_ place: RawPath, _ archive: ArchiveFolder, _ trust: Trust) throws {
        let verifier = PostVerifier(try LogView(archive, trust: trust))
        let post = (place, "lock.md", archive.registeredPlace(place), archive.named(place))
        for verdict in try verifier.verify([post]) {
            for claim in verdict.claims { print("  \(claim.subject.rawValue): \(claim.standing.rawValue)") }
            for problem in verdict.problems { print("  \(problem.line)") }
            print("\(verdict.status.word.uppercased()): \(verdict.path)")
        }
    }
}
