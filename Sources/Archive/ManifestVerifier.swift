import Files
import Merkle
import Note
import OpenSSL
import Post

/// Verifies manifests offline: with the file, pinned keys and, when they are at hand, the posts.
public enum ManifestVerifier {
    /// Verifies a manifest.
    ///
    /// - Parameters:
    ///   - source: The file, or standard input; read once, in pieces.
    ///   - place: The file's name, for messages.
    ///   - trust: The pinned keys; those in the manifest are never used.
    ///   - posts: A folder of posts to compare.
    ///   - report: Told every offender as it is found.
    ///   - progress: Told the number of bytes read, now and then.
    /// - Throws: `Problem`: what cannot be read or is no manifest in canonical form, with exit code 2, or 1 when an
    ///   offender was found before.
    public static func verify(
        source: FileStream, place: String, trust: Trust, posts: RawPath? = nil, report: (Problem) -> Void,
        progress: (UInt64) -> Void = { _ in }
    ) throws(Problem) -> ManifestReport {
        throw Problem(.manifest, place, "not yet")
    }
}
