import ProvenanceLog
import ProvenanceMerkle
import ProvenanceNote
import ProvenanceOpenSSL
import TestStores
import TestSupport
import Testing

/// Audits of logs with one file changed: the audit names exactly that file and its entries.
@Suite struct AuditMutationTests {
    private static let codes: [LogError.Code] = [.tileMissing, .tileMalformed, .tileForged, .entryForged]

    @Test("each change to each file of a small log is blamed on that file", arguments: [1, 5, 256, 257])
    func small(_ size: Int) throws {
        let log = try IntactLog.small(size)
        #expect(try SampleLog.audit(log.storage(), log.checkpoint).findings.isEmpty)
        for mutation in try Mutation.all(log, everyByte: size == 5) { try check(log, mutation) }
    }

    private func check(_ log: IntactLog, _ mutation: Mutation) throws {
        let storage = log.storage(changing: [mutation.path: mutation.bytes])
        let findings = try SampleLog.audit(storage, log.checkpoint).findings
        let finding = try #require(findings.first, "\(mutation) is not found")
        #expect(findings.count == 1, "\(mutation): \(findings)")
        #expect(finding.path == mutation.path, "\(mutation): \(finding)")
        #expect(AuditMutationTests.codes.contains(finding.code), "\(mutation): \(finding)")
        let touched = try #require(finding.entries, "\(mutation)")
        #expect(touched.overlaps(mutation.entries), "\(mutation): \(touched)")
    }

    @Test(
        "each kind of file of a log of 70,000, at its ends and in its middle",
        arguments: [
            "tile/entries/000", "tile/entries/100", "tile/entries/255", "tile/entries/256", "tile/entries/272",
            "tile/entries/273.p/112", "tile/0/000", "tile/0/100", "tile/0/255", "tile/0/256", "tile/0/272",
            "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1",
        ])
    func large(_ path: String) throws {
        let log = try IntactLog.large.get()
        let bytes = try log.bytes(path)
        let tile = try Mutation.parsed(path)
        let parts = try Mutation.parts(tile, bytes)
        let middle = parts.count / 2
        let flipped = bytes.flipping(bit: 8 * parts[middle].upperBound - 1)
        for (description, changed) in [("flipped", flipped), ("dropped", nil)] as [(String, [UInt8]?)] {
            let touched = changed == nil ? Mutation.covered(tile, log) : Mutation.under(tile, middle, log)
            try check(
                log, Mutation(path: path, description: "\(path) \(description)", bytes: changed, entries: touched))
        }
    }

    @Test("several wrong files are each named, with their entries and in the order of the log")
    func several() throws {
        let log = try IntactLog.large.get()
        var changes: [String: [UInt8]?] = [:]
        func flip(_ path: String, _ part: Int) throws {
            let bytes = try log.bytes(path)
            let parts = try Mutation.parts(Mutation.parsed(path), bytes)
            changes[path] = bytes.flipping(bit: 8 * parts[part].upperBound - 1)
        }
        try flip("tile/entries/007", 9)
        try flip("tile/0/020", 3)
        changes["tile/entries/100"] = .some(nil)
        changes["tile/0/130"] = .some(nil)
        // Bundle and tile are gone: the hash above commits to what they held.
        changes["tile/entries/200"] = .some(nil)
        changes["tile/0/200"] = .some(nil)
        try flip("tile/entries/273.p/112", 111)
        let findings = try SampleLog.audit(log.storage(changing: changes), log.checkpoint).findings
        let found = findings.map { "\($0.code.name) \($0.path) \($0.entries ?? 0..<0)" }
        #expect(
            found == [
                "E-LOG-ENTRY-FORGED tile/entries/007 1801..<1802",
                "E-LOG-TILE-FORGED tile/0/020 5120..<5376",
                "E-LOG-TILE-MISSING tile/entries/100 25600..<25856",
                "E-LOG-TILE-MISSING tile/0/130 33280..<33536",
                "E-LOG-TILE-MISSING tile/entries/200 51200..<51456",
                "E-LOG-TILE-MISSING tile/0/200 51200..<51456",
                "E-LOG-ENTRY-FORGED tile/entries/273.p/112 69999..<70000",
            ])
    }

    @Test("two tiles, two bundles, or two of both in each other's place are each named")
    func swapped() throws {
        let log = try IntactLog.large.get()
        let tiles = ["tile/0/007", "tile/0/266"]
        let bundles = ["tile/entries/007", "tile/entries/266"]
        for pairs in [[tiles], [bundles], [bundles, tiles]] {
            var changes: [String: [UInt8]?] = [:]
            for pair in pairs {
                changes[pair[0]] = try log.bytes(pair[1])
                changes[pair[1]] = try log.bytes(pair[0])
            }
            let findings = try SampleLog.audit(log.storage(changing: changes), log.checkpoint).findings
            #expect(Set(findings.map(\.path)) == Set(pairs.joined()), "\(findings)")
            #expect(
                findings.map { $0.entries?.lowerBound ?? 0 } == findings.map { $0.path.contains("007") ? 1792 : 68096 })
        }
    }

    @Test("a bundle gone with its tile blames only them", arguments: [1, 5, 256, 257])
    func bundleAndTile(_ size: Int) throws {
        let log = try IntactLog.small(size)
        for path in log.files.keys where path.hasPrefix("tile/0/") {
            let bundle = path.replacing("tile/0/", with: "tile/entries/")
            let storage = log.storage(changing: [path: nil, bundle: nil])
            let findings = try SampleLog.audit(storage, log.checkpoint).findings
            #expect(findings.map(\.path) == [bundle, path])
            #expect(findings.allSatisfy { $0.code == .tileMissing })
        }
    }

    @Test("entries forged together with their tile blame both; forged up to the edge, the root")
    func consistent() throws {
        let log = try IntactLog.large.get()
        for index in [0, 40_000, 69_000] {
            let number = index / 256
            let bundle = try #require(Tile(kind: .entries, number: UInt64(number)))
            let tile = try #require(Tile(kind: .hashes(level: 0), number: UInt64(number)))
            let parts = try Mutation.parts(bundle, log.bytes(bundle.path))
            let forged = try log.bytes(bundle.path).flipping(bit: 8 * parts[index % 256].upperBound - 1)
            let entries = try #require(EntryBundle.entries(forged, count: 256))
            var hashes = try log.bytes(tile.path)
            let start = index % 256 * 32
            hashes.replaceSubrange(
                start..<(start + 32), with: SHA256.hash([0] + Array(entries[index % 256])).bytes)
            let changes: [String: [UInt8]?] = [bundle.path: forged, tile.path: hashes]
            let findings = try SampleLog.audit(log.storage(changing: changes), log.checkpoint).findings
            #expect(Set(findings.map(\.path)) == [bundle.path, tile.path], "\(findings)")
            #expect(findings.allSatisfy { $0.entries?.contains(UInt64(index)) == true })
        }
        // A whole other log under this checkpoint: the root differs.
        let five = try IntactLog.small(5)
        var files = five.files
        let altered = try Mutation.all(five, "tile/entries/000.p/5", everyByte: true)
        let bytes = try #require(altered.first { $0.description.hasSuffix("flipped") && $0.entries == 1..<2 }?.bytes)
        files["tile/entries/000.p/5"] = bytes
        let entries = try #require(EntryBundle.entries(bytes, count: 5))
        files["tile/0/000.p/5"] = entries.flatMap { SHA256.hash([0] + Array($0)).bytes }
        let findings = try SampleLog.audit(MemoryStore(files), five.checkpoint).findings
        #expect(findings == [LogError(.root, "")])
    }

    @Test("another root, or another size, is found", arguments: [1, 5, 256, 257])
    func otherCheckpoint(_ size: Int) throws {
        let log = try IntactLog.small(size)
        let root = try digest(log.checkpoint.root.bytes.flipping(bit: 77))
        let wrong = SampleLog.checkpoint(size: UInt64(size), root: root)
        #expect(try SampleLog.audit(log.storage(), wrong).findings == [LogError(.root, "")])
        for other in [size - 1, size + 1] where other > 0 {
            let checkpoint = SampleLog.checkpoint(size: UInt64(other), root: log.checkpoint.root)
            #expect(try !SampleLog.audit(log.storage(), checkpoint).findings.isEmpty, "size \(other)")
        }
    }

    @Test("a log whose every bundle is forged names each, and ends")
    func everything() throws {
        let log = try IntactLog.large.get()
        var changes: [String: [UInt8]?] = [:]
        for (path, bytes) in log.files where path.hasPrefix("tile/entries/") {
            changes[path] = bytes.flipping(bit: 8 * bytes.count - 1)
        }
        let findings = try SampleLog.audit(log.storage(changing: changes), log.checkpoint).findings
        #expect(findings.count == 274)
        #expect(findings.allSatisfy { $0.code == .entryForged && ($0.entries?.count ?? 0) == 1 })
        #expect(findings.map(\.path) == changes.keys.sorted())
    }

    @Test("what examine throws ends the audit; an unreadable file does not")
    func failures() throws {
        let log = try IntactLog.small(257)
        let refusal = LogError(.outOfRange, "not this one")
        #expect(throws: refusal) {
            try LogAudit.run(
                log.storage(), log.checkpoint,
                examine: { (first, _) throws(LogError) in if first == 256 { throw refusal } }, consume: { _, _ in })
        }
        let failing = log.storage()
        failing.fail(at: 0, .denied, recovers: false)
        let findings = try SampleLog.audit(failing, log.checkpoint).findings
        #expect(!findings.isEmpty)
        #expect(findings.allSatisfy { $0.code == .storage })
    }
}
