import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification

/// The folder `rules/` of an archive: canonical texts that the log approved, and the files approved with them, each named by
/// its SHA-256.
///
/// Nothing in it is believed: a file counts only if its bytes have the digest that an entry of the log, or an approved text,
/// states.
package struct RulesFolder: Sendable {
    /// Files of an archive that decide what is recorded and under whose keys, and that anybody with push rights can change.
    ///
    /// "The same for keys/policy, keys/signers, keys/authorities, .gitignore and .gitattributes, whose digests the canonical
    /// text includes." (config.md)
    package static let guarded: [RawPath] = [
        ".gitattributes", ".gitignore", "keys/authorities", "keys/policy", "keys/signers",
    ]
    /// Those that this program reads: while one of them differs, the approved bytes are read in its place.
    static let read: Set<RawPath> = [".gitignore", "keys/policy", "keys/signers"]
    /// Maximum bytes of a guarded file, as of key files.
    private static let maxFileBytes = Trust.maxKeyFileBytes

    private let root: RawPath
    private let folder: RawPath

    package init(_ archive: ArchiveFolder) {
        root = archive.root
        folder = archive.rules
    }

    private func place(_ digest: Digest) -> RawPath { folder.appending(digest.hex) }

    /// The bytes with a digest; `nil` where the folder does not have them.
    package func bytes(_ digest: Digest) -> [UInt8]? {
        guard let bytes = try? readFileIfPresent(place(digest), limit: RulesFolder.maxFileBytes),
            SHA256.hash(bytes) == digest
        else { return nil }
        return bytes
    }

    /// The bytes of a guarded file as it stands now; `nil` where there is none.
    package func current(_ path: RawPath) throws(FileError) -> [UInt8]? {
        try readFileIfPresent(root.appending(path), limit: RulesFolder.maxFileBytes)
    }

    /// The guarded files as they stand now, those that exist.
    package func current() throws(Problem) -> [RawPath: [UInt8]] {
        var files: [RawPath: [UInt8]] = [:]
        do { for path in RulesFolder.guarded { files[path] = try current(path) } } catch { throw Problem(error) }
        return files
    }

    /// Keeps a text and the files that it names, durably.
    package func keep(_ text: RulesText, _ files: [RawPath: [UInt8]]) throws(Problem) {
        do {
            try DurableFile.createDirectories(folder)
            for bytes in files.values.map({ $0 }) + [text.encoded()] {
                let digest = SHA256.hash(bytes)
                if self.bytes(digest) == nil { try DurableFile.replace(place(digest), with: bytes) }
            }
        } catch {
            throw Problem(error)
        }
    }
}
