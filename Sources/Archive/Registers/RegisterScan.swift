import ProvenanceEncoding
import ProvenanceLog
import ProvenancePost
import ProvenanceRecord
import ProvenanceSystem
import ProvenanceVerification

/// An accession's entry.
public struct LoggedAccession: Sendable {
    /// The entry's index.
    public let index: UInt64
    /// What the entry states.
    public let record: AccessionRecord

    /// An accession with its index in the log.
    public init(index: UInt64, record: AccessionRecord) {
        self.index = index
        self.record = record
    }
}

/// Reads registers on all cores. A register counts only if its root is the one that its accession's entry states.
public enum RegisterScan {
    /// What was found in one register.
    public struct Register<Found: Sendable>: Sendable {
        /// The accession of the register.
        public let accession: LoggedAccession
        /// The result of reading it.
        public let outcome: RegisterReader.Outcome
        /// Results of its lines, in order; empty unless the register is authentic.
        public let found: [Found]
    }

    /// Reads the registers of some accessions, and passes on what is found line by line, so that a register of a million
    /// lines takes no memory of its own.
    ///
    /// - Parameters:
    ///   - accessions: The accessions, in the order of the log.
    ///   - store: The registers.
    ///   - find: Returns the result for a line, given its root's name, or `nil` to skip it; called on several threads.
    ///   - line: Receives the results in the order of the log. They count only if `end` says that the register is
    ///     authentic.
    ///   - end: Called after the lines of each register.
    /// - Throws: What `end` throws, and libcrypto's errors.
    public static func stream<Found: Sendable>(
        _ accessions: [LoggedAccession], in store: any ArchiveStore,
        find: @Sendable (_ line: RegisterLine, _ root: String, _ accession: LoggedAccession) -> Found?,
        line: (Found) -> Void, end: (LoggedAccession, RegisterReader.Outcome) throws -> Void
    ) throws {
        var next = 0
        while next < accessions.count {
            let accession = accessions[next]
            if accession.record.lines >= longAlone {
                let outcome = try RegisterReader.read(
                    from: store, root: accession.record.register, count: accession.record.lines,
                    isVersion2: accession.record.isVersion2,
                    prepare: { entry, roots in
                        find(entry, entry.root < roots.count ? roots[entry.root] : "?", accession)
                    },
                    line: { _, found in if let found { line(found) } })
                try end(accession, outcome)
                next += 1
                continue
            }
            let last = accessions[next...].firstIndex { $0.record.lines >= longAlone } ?? accessions.count
            try run(Array(accessions[next..<last]), in: store, find: find) { register in
                for found in register.found { line(found) }
                try end(register.accession, register.outcome)
            }
            next = last
        }
    }

    /// Minimum number of lines for dividing a register among the cores; one core reads a shorter register in full.
    private static let longAlone = 4_096
    /// Lines read between two calls of `each`; limits the memory of their results.
    private static let linesAtOnce = 65_536

    /// Reads the registers of some accessions.
    ///
    /// - Parameters:
    ///   - accessions: The accessions, in the order of the log.
    ///   - store: The registers.
    ///   - find: Returns the result for a line, given its root's name, or `nil` to skip it; called on several threads.
    ///   - each: Receives what was found, in the order of the log.
    /// - Throws: What `each` throws, and libcrypto's errors. A file that cannot be read is an outcome, not an error.
    public static func run<Found: Sendable>(
        _ accessions: [LoggedAccession], in store: any ArchiveStore,
        find: @Sendable (_ line: RegisterLine, _ root: String, _ accession: LoggedAccession) -> Found?,
        each: (Register<Found>) throws -> Void
    ) throws {
        var next = 0
        while next < accessions.count {
            guard accessions[next].record.lines < longAlone else {
                try each(try read(accessions[next], store, onAllCores: true, find))
                next += 1
                continue
            }
            var lines = 0
            var end = next
            while end < accessions.count, accessions[end].record.lines < longAlone, lines < linesAtOnce {
                lines += accessions[end].record.lines
                end += 1
            }
            let group = accessions[next..<end]
            let start = next
            let slices = try concurrentMap(group.count) { (range) throws(Problem) in
                var read: [Register<Found>] = []
                read.reserveCapacity(range.count)
                for place in range {
                    read.append(try self.read(group[start + place], store, onAllCores: false, find))
                }
                return read
            }
            for register in slices.joined() { try each(register) }
            next = end
        }
    }

    private static func read<Found: Sendable>(
        _ accession: LoggedAccession, _ store: any ArchiveStore, onAllCores: Bool,
        _ find: @Sendable (RegisterLine, String, LoggedAccession) -> Found?
    ) throws(Problem) -> Register<Found> {
        do {
            var found: [Found] = []
            let outcome = try RegisterReader.read(
                from: store, root: accession.record.register, count: accession.record.lines,
                isVersion2: accession.record.isVersion2, onAllCores: onAllCores,
                prepare: { line, roots in
                    find(line, line.root < roots.count ? roots[line.root] : "?", accession)
                },
                line: { _, prepared in if let prepared { found.append(prepared) } })
            guard case .authentic = outcome else {
                return Register(accession: accession, outcome: outcome, found: [])
            }
            return Register(accession: accession, outcome: outcome, found: found)
        } catch {
            throw Problem(any: error)
        }
    }
}
