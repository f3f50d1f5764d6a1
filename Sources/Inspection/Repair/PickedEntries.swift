import ProvenanceEncoding
import ProvenanceLog
import ProvenanceSystem
import ProvenanceVerification

/// Selected entries of a manifest, which may be far larger than memory.
struct PickedEntries: RepairSource {
    private(set) var entries: [UInt64: [UInt8]] = [:]
    let place: String
    /// Whether wanted entries were left out because the limit was reached.
    private(set) var isFull = false
    /// Bytes held in memory.
    private var bytes = 0
    private let limit: Int

    /// Maximum bytes of entries held in memory: those of about 1,700 bundles.
    static let maxBytes = 256 << 20

    /// Makes an empty selection.
    ///
    /// - Parameters:
    ///   - place: The manifest's name, for messages.
    ///   - maxBytes: Size at which no further entry is added.
    init(place: String, maxBytes: Int = PickedEntries.maxBytes) {
        self.place = place
        limit = maxBytes
    }

    var passedOver: String? {
        guard isFull else { return nil }
        return
            "more of the manifest is wanted than is held at once (\(limit >> 20) MiB): run it again when anything was "
            + "restored, else name a copy of the log"
    }

    func file(_ path: String, limit: Int) -> [UInt8]? { nil }

    func entry(_ index: UInt64) -> [UInt8]? { entries[index] }

    /// Reads a manifest once and keeps the entries in the ranges.
    ///
    /// - Throws: `Problem` with `E-MANIFEST-MALFORMED` for a malformed file. The caller verifies the entries.
    mutating func pick(_ wanted: RangeSet<UInt64>, from path: RawPath) throws(Problem) {
        let stream: FileStream
        do { stream = try FileStream(path) } catch { throw Problem(error) }
        let scanner = ManifestScanner(stream, place: place)
        _ = try ManifestHeader(scanner)
        try scanner.expect(",\"entries\":[", "entries")
        if try scanner.take("]") { return }
        var number = 0
        while true {
            let element = try scanner.value("entries[\(number)]", limit: Manifest.maxEntryBytes)
            let entry: ManifestEntry
            do { entry = try ManifestEntry(parsing: element) } catch {
                throw Problem(.manifest, "\(place): entries[\(number)]", error.reason)
            }
            if wanted.contains(entry.index), entries[entry.index] == nil {
                if bytes < limit {
                    entries[entry.index] = entry.bytes
                    bytes += entry.bytes.count
                } else {
                    isFull = true
                }
            }
            number += 1
            guard try scanner.take(",") else { return }
        }
    }
}
