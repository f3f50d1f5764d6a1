import ArgumentParser
import Glibc
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification

/// Options for the private keys of a command that signs: their folder, and their passphrase.
struct SigningOptions: ParsableArguments {
    @Option(name: .long, help: "A file whose first line is the passphrase of the private keys; '-' is standard input.")
    var passphraseFile: PathArgument?

    @Option(name: .long, help: "The folder of the private keys, where they are not in the archive's keys/.")
    var keysFrom: PathArgument?

    /// Maximum size of a passphrase file, in bytes.
    private static let maxFileBytes = 65_536

    func validate() throws {
        try refuseEmpty(passphraseFile, "--passphrase-file")
        try refuseEmpty(keysFrom, "--keys-from")
    }

    /// The archive, with the folder of its private keys.
    func archive(_ common: CommonOptions, _ environment: Environment) throws -> ArchiveFolder {
        var archive = try common.folder(environment)
        if let folder = folder(environment) { archive.privateKeys = folder }
        return archive
    }

    /// The folder given with `--keys-from`, else `PROVENANCE_KEYS_FROM`; `nil` if private keys are beside the public
    /// ones.
    func folder(_ environment: Environment) -> RawPath? {
        (keysFrom?.path ?? environment.privateKeys).map { environment.absolute($0) }
    }

    /// The passphrase: the first line of the file given with `--passphrase-file`, else with
    /// `PROVENANCE_PASSPHRASE_FILE`.
    ///
    /// - Throws: `Problem` with `E-KEY` if others may read or write the file, as for a private key.
    func passphrase() throws -> Secret? {
        guard let name = passphraseFile?.path ?? SigningOptions.fileVariable else { return nil }
        let place = name.description
        keepSecrets()
        var bytes: [UInt8]
        do {
            let file = try SecretFile(name, acceptsStreams: true)
            if let exposure = file.exposure {
                throw KeyFiles.refusal(
                    name, exposure,
                    elsewhere: "keep it on another file system, or give it by a pipe: --passphrase-file -")
            }
            bytes = try file.read(limit: SigningOptions.maxFileBytes)
        } catch let error as FileError {
            throw Problem(
                .key, place, "cannot be read: \(error.reason); wanted a file whose first line is the passphrase",
                advice: "check the name and its permissions (mode 0600), or give it by a pipe: --passphrase-file -")
        }
        defer { wipe(&bytes) }
        let line = Array(bytes.prefix { $0 != 0x0a && $0 != 0x0d })
        guard !line.isEmpty else {
            throw Problem(
                .key, place, "found an empty first line; wanted the passphrase there",
                advice: "write the passphrase into the first line")
        }
        return Secret(line)
    }

    private static var fileVariable: RawPath? {
        guard let value = getenv("PROVENANCE_PASSPHRASE_FILE"), value.pointee != 0 else { return nil }
        return RawPath(UnsafeRawBufferPointer(start: value, count: strlen(value)))
    }
}
