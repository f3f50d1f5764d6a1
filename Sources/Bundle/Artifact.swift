import ProvenanceEncoding
import ProvenanceSystem

/// The kind of a verifier's input, detected by the first bytes of a file or the names in a folder.
public enum Artifact {
    /// A folder with a file that only bundles have.
    case bundle
    /// A zip file, by its bytes or its name.
    case zip
    /// A zip in a pipe, which does not allow random access.
    case zipInPipe
    /// A tlog-proof.
    case proof
    /// A manifest, with the file that was opened.
    case manifest(FileStream)
    /// Anything else: a post, or a file that cannot be recognized.
    case other

    /// The beginning of a C2SP tlog-proof's first line; a post cannot begin so.
    private static let proofBeginning = Array("c2sp.org/tlog-proof@".utf8)

    /// Detects the kind of a file or folder.
    ///
    /// - Parameters:
    ///   - place: The file or folder.
    ///   - name: Its name as typed, where a link leads to the place.
    ///   - open: Opens the file; called at most once, and not for bundles and zips.
    /// - Returns: What it is.
    public static func detect(at place: RawPath, named name: RawPath, open: () -> FileStream?) -> Artifact {
        if BundleVerifier.isBundle(place) { return .bundle }
        if ZipFile.isZip(place) { return .zip }
        guard let stream = open() else { return .other }
        return detect(in: stream, hasJSONName: name.bytes.suffix(5).elementsEqual(Array(".json".utf8)))
    }

    /// Detects what a file or a pipe holds, without consuming any of it.
    ///
    /// - Parameters:
    ///   - stream: The open file.
    ///   - hasJSONName: Whether its name ends in `.json`: such a file is treated as a manifest, whatever it begins
    ///     with.
    /// - Returns: What it is.
    public static func detect(in stream: FileStream, hasJSONName: Bool = false) -> Artifact {
        if ZipFile.isZip((try? stream.peek(4)) ?? []) { return .zipInPipe }
        if (try? stream.peek(proofBeginning.count)) == proofBeginning { return .proof }
        // A manifest begins with a brace, which a post cannot.
        guard let first = try? stream.peek(1), first == [UInt8(ascii: "{")] || hasJSONName else { return .other }
        return .manifest(stream)
    }
}
