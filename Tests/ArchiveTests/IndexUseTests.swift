import Foundation
import TestSupport
import Testing

/// The index decides nothing: the files that could make it decide are listed here, and a new one is seen in review.
@Suite struct IndexUseTests {
    /// Files beside the two rooms of the index that may name one of its types, or ask a view for it.
    private let users: Set<String> = [
        // Bringing it up to date, and building it again.
        "Archive/Folder/ArchiveEngines.swift", "Archive/Folder/ArchiveFolder.swift", "Archive/Log/LogView.swift",
        "Archive/Index/IndexBuilder.swift",
        "Archive/Index/IndexRebuild.swift",
        "Archive/Index/IndexError+Problem.swift", "Recording/Recorder.swift", "Recording/Committer.swift",
        "Recording/IndexWriter.swift",
        // An audit compares it with the log, and remarks on it.
        "Inspection/Audit/ArchiveAudit.swift", "Inspection/Audit/IndexComparison.swift",
        "Inspection/Audit/IndexSumming.swift",
        // Titles, and the places that `list` and `find` show.
        "Archive/EntryFinder.swift", "Archive/PostLister.swift", "Export/ExportLabels.swift",
    ]

    /// Files that may read a row of it.
    private let readers: Set<String> = [
        "Archive/EntryFinder.swift", "Archive/PostLister.swift", "Export/ExportLabels.swift",
        "Inspection/Audit/IndexComparison.swift", "Inspection/Audit/IndexSumming.swift",
    ]

    /// The types of the index; whoever names none of them cannot use it.
    private let types: Set<String> = [
        "ArchiveIndex", "IndexLocation", "SQLiteIndexFile", "MemoryIndex", "IndexBuilder", "IndexWriter", "IndexRows",
        "IndexEntry", "IndexError",
    ]

    /// Words with which a row is read.
    private let reads = [
        ".index()", "index.entries(", "entries([", "index.placements(", "index.differences(", "index.sums(",
    ]

    @Test func `No file but those for lists, titles and its own upkeep names the index`() throws {
        #expect(try files { !types.isDisjoint(with: words($0)) || $0.contains(".index()") } == users)
    }

    @Test func `Only the listed files read its rows`() throws {
        #expect(
            try files { line in
                reads.contains { line.contains($0) }
            } == readers)
    }

    private func words(_ line: String) -> Set<String> {
        Set(line.utf8.split { !($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7a) }.map { String(decoding: $0, as: UTF8.self) })
    }

    /// The sources with a line of code, comments removed, that matches; as `TARGET/FILE`.
    private func files(_ passes: (String) -> Bool) throws -> Set<String> {
        let folder = Shared.packageFolder + "/Sources"
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
        try #require(paths.count > 100)
        return Set(
            try paths.filter { path in
                guard !path.hasPrefix("Index/"), !path.hasPrefix("SQLiteIndex/") else { return false }
                return try String(contentsOfFile: folder + "/" + path, encoding: .utf8).utf8.split(separator: 0x0a)
                    .contains {
                        let line = String(decoding: $0, as: UTF8.self)
                        guard line.contains("ndex") || line.contains("entries("),
                            !line.drop(while: { $0 == " " }).hasPrefix("//")
                        else { return false }
                        return passes(line)
                    }
            })
    }
}
