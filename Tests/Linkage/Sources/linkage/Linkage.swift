import Glibc
import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// `linkage MANIFEST|BUNDLE KEYS`: verifies a manifest or a bundle's folder with a folder of public keys, and prints the verdict.
/// The exit status is that of `provenance verify`.
@main struct Linkage {
    static func main() {
        let words = CommandLine.arguments.dropFirst().map { RawPath($0) }
        guard let evidence = words.first, let keys = words.last, words.count == 2 else {
            print("usage: linkage MANIFEST|BUNDLE KEYS")
            exit(ExitStatus.environment.rawValue)
        }
        do throws(Problem) {
            let trust = try Trust.folder(keys)
            let status: ExitStatus
            if BundleVerifier.isBundle(evidence) {
                status = try BundleVerifier.verify(evidence, name: "\(evidence)", trust: trust, report: show).status
            } else {
                let source = try Linkage.open(evidence)
                status = try ManifestVerifier.verify(source: source, place: "\(evidence)", trust: trust, report: show)
                    .status
            }
            end(status)
        } catch {
            show(error)
            end(error.status)
        }
    }

    private static func open(_ path: RawPath) throws(Problem) -> FileStream {
        do { return try FileStream(named: path) } catch { throw Problem(.unreadable, "\(path)", error.reason) }
    }

    private static func show(_ problem: Problem) { print(problem.line) }

    private static func end(_ status: ExitStatus) -> Never {
        print(status.word.uppercased())
        exit(status.rawValue)
    }
}
