import ProvenanceEncoding
import ProvenanceSystem

/// What a verifier was given, told by the first bytes of a file or the names in a folder.
public enum Artifact {
    /// A folder that means to be a bundle.
    case bundle
    /// A zip file, by its bytes or its name.
    case zip
    /// A zip in a pipe, which cannot be read from several places.
    case zipInPipe
    /// A tlog-proof.
    case proof
    /// A manifest, with the file that was opened.
    case manifest(FileStream)
    /// Anything else: a post, or what only looks like one.
    case other

    /// The first line of a C2SP tlog-proof begins so, and no post does.
    private static let proofBeginning = Array("c2sp.org/tlog-proof@".utf8)

    /// Tells what stands at a place.
    ///
    /// - Parameters:
    ///   - place: The file or folder.
    ///   - name: Its name as typed, where a link leads to the place.
    ///   - open: Opens the file, if it is to be opened; called once, and not for bundles and zips.
    /// - Returns: What it is.
    public static func detect(at place: RawPath, named name: RawPath, open: () -> FileStream?) -> Artifact {
        if BundleVerifier.isBundle(place) { return .bundle }
        if ZipFile.isZip(place) { return .zip }
        guard let stream = open() else { return .other }
        return detect(in: stream, hasJSONName: name.bytes.suffix(5).elementsEqual(Array(".json".utf8)))
    }

    /// Tells what a file or a pipe holds; nothing of it is used up.
    ///
    /// - Parameters:
    ///   - stream: The open file.
    ///   - hasJSONName: Whether its name ends in `.json`: such a file is judged as a manifest, whatever it begins with.
    /// - Returns: What it is.
    public static func detect(in stream: FileStream, hasJSONName: Bool = false) -> Artifact {
        if ZipFile.isZip((try? stream.peek(4)) ?? []) { return .zipInPipe }
        if (try? stream.peek(proofBeginning.count)) == proofBeginning { return .proof }
        // A manifest starts with a brace, a post never does.
        guard let first = try? stream.peek(1), first == [UInt8(ascii: "{")] || hasJSONName else { return .other }
        return .manifest(stream)
    }
}
