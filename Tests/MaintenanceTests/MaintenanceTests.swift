import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceMaintenance
import ProvenanceRecording
import ProvenanceVerification
import SampleArchives
import SampleLogs
import Testing

/// Runs of a scheduler under a clock that the test sets.
@Suite struct MaintenanceTests {
    private static let hour: Int64 = 3_600_000

    /// A run so many hours after the archive was made.
    private func run(
        _ archive: RecordedArchive, after hours: Int64, reading: Maintenance.Reading = .automatic,
        quiet: Int64? = nil
    ) throws -> MaintenanceReport {
        archive.setClock(RecordedArchive.start + hours * MaintenanceTests.hour)
        var options = Maintenance.Options(recorder: Recorder.Options(version: RecordedArchive.version))
        options.reading = reading
        options.limits.maxQuiet = [StatusLimits.Quiet(folder: nil, limit: quiet)]
        return try Maintenance.run(
            archive.archive, trust: try Trust.folder(archive.archive.keys), options: options, archive.environment)
    }

    @Test func `A day of hourly runs has two full readings, one heartbeat, and nothing to say`() throws {
        let archive = try RecordedArchive(posts: 3)
        let size = try archive.view().size
        var full: [Int64] = []
        for hour in Int64(1)...24 {
            let report = try run(archive, after: hour)
            #expect(report.exit == .verified && !report.speaks, "\(hour): \(report.findings) \(report.problems)")
            if !report.isQuick { full.append(hour) }
        }
        #expect(full == [1, 23])
        #expect(try archive.view().size == size + 1, "a quiet day can be told from a dead job")
    }

    @Test func `A finding is new once, told again after a day, and gone when it is mended`() throws {
        let archive = try RecordedArchive(posts: 3)
        _ = try run(archive, after: 1)
        let kept = try archive.read(RecordedArchive.path(1))
        try archive.remove(RecordedArchive.path(1))
        let first = try run(archive, after: 2)
        #expect(first.findings.map(\.isNew) == [true] && first.speaks && first.exit == .failed)
        #expect(first.findings.map(\.codes) == [["E-MISSING"]])
        for hour in Int64(3)...24 {
            let report = try run(archive, after: hour)
            #expect(!report.speaks && report.exit == .failed, "\(hour)")
        }
        let daily = try run(archive, after: 25)
        #expect(daily.isDaily && daily.speaks && daily.open.count == 1)
        #expect(daily.open.first?.since == RecordedArchive.start + 2 * MaintenanceTests.hour)
        try archive.write(kept, to: RecordedArchive.path(1))
        let mended = try run(archive, after: 27)
        #expect(mended.findings.isEmpty && mended.exit == .verified)
        try archive.remove(RecordedArchive.path(1))
        #expect(try run(archive, after: 28).findings.map(\.isNew) == [true], "it is new when it comes back")
    }

    @Test func `While a folder is not there its posts are told as one finding, and what was open stays open`() throws {
        let archive = try RecordedArchive(posts: 4)
        try archive.remove(RecordedArchive.path(3))
        #expect(try run(archive, after: 1).findings.count == 1)
        try archive.move("_posts", to: ".aside")
        let size = try archive.view().size
        let gone = try run(archive, after: 2)
        #expect(gone.findings.map(\.codes) == [["E-FOLDER-EMPTY"]] && gone.outcome == nil)
        #expect(gone.findings.first?.problem.reason.hasPrefix("is the folder mounted? ") == true)
        #expect(try archive.view().size == size)
        try archive.move(".aside", to: "_posts")
        let back = try run(archive, after: 3)
        #expect(back.findings.map(\.isNew) == [false], "it was told before the folder went away")
    }

    @Test func `What the history suggests is three times the longest usual gap, at least a day`() throws {
        let archive = try RecordedArchive(posts: 1)
        for number in 1...21 {
            archive.setClock(RecordedArchive.start + Int64(number) * 20 * MaintenanceTests.hour)
            try archive.write(SampleLog.post(number), to: RecordedArchive.path(number))
            try archive.add()
        }
        // 21 gaps of 20 hours.
        #expect(try run(archive, after: 420 + 59).exit == .verified)
        let late = try run(archive, after: 420 + 61)
        #expect(late.findings.map(\.codes) == [["E-QUIET"]], "\(late.findings)")
        #expect(late.findings.first?.problem.reason.contains("61 h ago; expected within 60 h") == true)
    }

    @Test func `Figures have one line each, and an origin cannot break out of its label`() throws {
        let archive = try RecordedArchive(posts: 1)
        let report = try run(archive, after: 1)
        let lines = report.metrics(origin: "a\"b\\c").split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count == 9)
        #expect(lines.allSatisfy { $0.contains("{origin=\"a\\\"b\\\\c\"} ") }, "\(lines)")
        #expect(lines.contains("provenance_log_size{origin=\"a\\\"b\\\\c\"} 2"))
    }
}
