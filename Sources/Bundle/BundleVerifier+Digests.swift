import ProvenanceEncoding
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification

extension BundleVerifier {
    static func digests(
        _ files: ArraySlice<(path: String, size: UInt64, digest: Digest)>, below folder: RawPath
    ) -> [Result<Digest, FileError>] {
        var sha = SHA256()
        var results: [Result<Digest, FileError>] = []
        for file in files {
            do throws(FileError) {
                let stream = try FileStream(folder.appending(RawPath(file.path)))
                while true {
                    let piece = try stream.read(upTo: 1 << 18)
                    if piece.isEmpty { break }
                    sha.update(piece)
                }
            } catch {
                _ = sha.finish()
                results.append(.failure(error))
                continue
            }
            results.append(.success(sha.finish()))
        }
        return results
    }
}
