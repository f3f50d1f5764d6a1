import ProvenanceMerkle
import ProvenanceOpenSSL

/// What is wrong with a log, or why it could not be read or written.
///
/// Equal when the codes are: a caller decides on the code, people read the rest.
public struct LogError: Error, Sendable, CustomStringConvertible {
    /// A stable name of the failure.
    public struct Code: Hashable, Sendable {
        /// The name as it is printed.
        public let name: String
        /// There is no checkpoint where the log should be.
        public static let missing = Code(name: "E-LOG-MISSING")
        /// The checkpoint is malformed, of another log, or not signed by a known key.
        public static let checkpoint = Code(name: "E-LOG-CHECKPOINT")
        /// A tile or entry bundle that the checkpoint implies is not there.
        public static let tileMissing = Code(name: "E-LOG-TILE-MISSING")
        /// A tile or entry bundle has the wrong length or form.
        public static let tileMalformed = Code(name: "E-LOG-TILE-MALFORMED")
        /// A tile's hashes are not those that the checkpoint authenticates.
        public static let tileForged = Code(name: "E-LOG-TILE-FORGED")
        /// An entry does not match its authenticated leaf hash.
        public static let entryForged = Code(name: "E-LOG-ENTRY-FORGED")
        /// The tree's root is not the checkpoint's.
        public static let root = Code(name: "E-LOG-ROOT")
        /// The log is older than what it once signed, or differs from it.
        public static let rolledBack = Code(name: "E-LOG-ROLLED-BACK")
        /// The checkpoint was replaced since it was read.
        public static let changed = Code(name: "E-LOG-CHANGED")
        /// The log has no such index or size.
        public static let outOfRange = Code(name: "E-LOG-OUT-OF-RANGE")
        /// An entry is longer than 65,535 bytes.
        public static let entryTooLong = Code(name: "E-LOG-ENTRY-TOO-LONG")
        /// The storage failed.
        public static let storage = Code(name: "E-IO")
        /// libcrypto failed.
        public static let crypto = Code(name: "E-CRYPTO")

        /// Every code of this target, for the documentation's test.
        public static let all: [Code] = [
            .missing, .checkpoint, .tileMissing, .tileMalformed, .tileForged, .entryForged, .root, .rolledBack,
            .changed, .outOfRange, .entryTooLong, .storage, .crypto,
        ]
    }

    /// The stable code.
    public let code: Code
    /// Path below the log's folder, empty where no single file is meant.
    public let path: String
    /// The entries that the failure affects.
    public let entries: Range<UInt64>?
    /// What was found and what was expected.
    public let reason: String
    /// Whether the system denied access, so that the file may be intact.
    public let isDenied: Bool
    /// The system's error number, when a system call failed.
    public let system: Int32?

    /// An error with its code, place and reason.
    public init(
        _ code: Code, path: String = "", entries: Range<UInt64>? = nil, _ reason: String, isDenied: Bool = false,
        system: Int32? = nil
    ) {
        self.system = system
        self.code = code
        self.path = path
        self.entries = entries
        self.reason = reason
        self.isDenied = isDenied
    }

    init(_ error: OpenSSLError) { self.init(.crypto, "\(error)") }

    /// A store's failure with a file of the log.
    ///
    /// - Parameters:
    ///   - error: The store's error.
    ///   - entries: The entries that the file is about.
    public init(_ error: StoreError, entries: Range<UInt64>? = nil) {
        let code: Code
        switch error.kind {
        case .tooLarge: code = error.path == .checkpoint ? .checkpoint : .tileMalformed
        case .changed, .differs: code = .changed
        case .denied, .unavailable, .failed, .unknown: code = .storage
        }
        self.init(
            code, path: error.path?.text ?? "", entries: entries, error.reason, isDenied: error.isForbidden,
            system: error.cause?.number)
    }

    /// Path and reason.
    public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}

extension LogError: Equatable {
    /// Whether the codes are equal.
    public static func == (left: LogError, right: LogError) -> Bool { left.code == right.code }
}

extension Tile {
    /// The entries under this tile in a tree of `size` leaves.
    func entries(size: UInt64) -> Range<UInt64> {
        var shift: UInt64 = 0
        if case .hashes(let level) = kind { shift = UInt64(level * Tile.height) }
        let unit = shift >= 56 ? UInt64(Int64.max) : UInt64(Tile.fullWidth) << shift
        let (start, overflow) = number.multipliedReportingOverflow(by: unit)
        if overflow || start >= size { return size..<size }
        let (end, carry) = start.addingReportingOverflow(unit)
        return start..<(carry ? size : Swift.min(size, end))
    }
}
