import ProvenanceIndex
import ProvenanceLog

/// Where an archive keeps what it publishes, and its index, when that is not its own folder.
///
/// Config, keys, exported manifests and the memory of what was signed are always files of the archive's folder.
public struct ArchiveEngines: Sendable {
    /// Tiles, entry bundles and the checkpoint.
    public let log: any ArchiveStore
    /// Registers of accessions.
    public let registers: any ArchiveStore
    /// The index.
    public let index: any IndexLocation

    /// Engines for the three kinds of data.
    public init(log: any ArchiveStore, registers: any ArchiveStore, index: any IndexLocation) {
        self.log = log
        self.registers = registers
        self.index = index
    }
}
