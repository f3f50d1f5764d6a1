import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// What `maintain` remembers between runs, in the local folder: which findings it has told, and when it read everything.
///
/// It decides what is printed again and, by the time of the last full reading, which files are read: a quick reading
/// says so and is never VERIFIED, and with `--quick` that time decides whether one is overdue. Without the file all open
/// findings are told anew, and everything is read.
struct MaintenanceMemory {
    /// When each open finding was told first, in milliseconds, by ``Finding/key``.
    var findings: [String: Int64] = [:]
    /// Causes of refusals that were told before.
    var causes: Set<String> = []
    /// What kept the last run from its work, by cause and place.
    var problems: Set<String> = []
    /// Folders, in base64, to which posts have moved and of which nothing else was recorded: unless somebody adds them.
    var partlyTaken: Set<String> = []
    /// Ignored folders with posts that were told before.
    var ignored: Set<String> = []
    /// Files refused for such causes since the last daily line.
    var refused: UInt64 = 0
    /// When everything was read last, in milliseconds.
    var fullReading: Int64?
    /// When the open findings were told last.
    var daily: Int64?

    private let path: RawPath

    /// Maximum bytes of the file: some 100,000 findings.
    private static let maxBytes = 1 << 24
    /// The first member's value; another one is of another version, and counts as nothing.
    private static let format = "provenance/maintain@v1"

    init(_ archive: ArchiveFolder) {
        path = archive.maintenance
        guard let bytes = try? readFileIfPresent(path, limit: MaintenanceMemory.maxBytes),
            let members = CanonicalJSON.decode(bytes.dropLast())?.members,
            members["format"]?.string == MaintenanceMemory.format
        else { return }
        func time(_ value: JSONValue?) -> Int64? { value?.unsigned.flatMap { Int64(exactly: $0) } }
        findings = (members["findings"]?.members ?? [:]).compactMapValues { time($0) }
        causes = Set((members["causes"]?.array ?? []).compactMap(\.string))
        problems = Set((members["problems"]?.array ?? []).compactMap(\.string))
        partlyTaken = Set((members["partlyTaken"]?.array ?? []).compactMap(\.string))
        ignored = Set((members["ignored"]?.array ?? []).compactMap(\.string))
        refused = members["refused"]?.unsigned ?? 0
        fullReading = time(members["fullReading"])
        daily = time(members["daily"])
    }

    /// Writes the file, durably and at once.
    func save() throws(Problem) {
        let value = JSONValue.object([
            "format": .string(MaintenanceMemory.format),
            "findings": .object(findings.mapValues { .number($0) }),
            "causes": .array(causes.sorted().map { .string($0) }),
            "problems": .array(problems.sorted().map { .string($0) }),
            "partlyTaken": .array(partlyTaken.sorted().map { .string($0) }),
            "ignored": .array(ignored.sorted().map { .string($0) }), "refused": .number(refused),
            "fullReading": fullReading.map { .number($0) } ?? .null, "daily": daily.map { .number($0) } ?? .null,
        ])
        do { try DurableFile.replace(path, with: CanonicalJSON.encode(value) + [Bytes.newline]) } catch {
            throw Problem(error)
        }
    }
}
