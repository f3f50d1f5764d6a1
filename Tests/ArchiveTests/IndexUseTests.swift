import Foundation
import TestSupport
import Testing

/// The index decides nothing: the files that could let it are named here, and a new one is seen in review.
@Suite struct IndexUseTests {
    /// Files that may name a type of the index, or ask a view for it.
    private let users: Set<String> = [
        // The index itself, making it and comparing it.
        "Archive/Index.swift", "Archive/IndexBuilder.swift", "Archive/IndexConnection.swift",
        "Archive/IndexInsertion.swift", "Archive/IndexLookup.swift", "Archive/IndexMaintenance.swift",
        "Archive/IndexReaders.swift", "Archive/IndexRow.swift", "Archive/IndexRows.swift", "Archive/IndexSums.swift",
        "Archive/IndexUpdate.swift", "Archive/IndexWriter.swift", "Archive/KeyGenerations.swift",
        // An `add` brings it up to date; an audit remarks on it.
        "Archive/Accession.swift", "Archive/AccessionCommitter.swift", "Archive/ArchiveAudit.swift",
        "Archive/LogView.swift",
        // Titles, and `list`.
        "Archive/EntryFinder.swift", "Archive/ExportLabels.swift", "provenance/ListCommand.swift",
    ]

    /// Files that may read a row of it.
    private let readers: Set<String> = [
        "Archive/Index.swift", "Archive/IndexLookup.swift", "Archive/IndexMaintenance.swift", "Archive/IndexSums.swift",
        "Archive/EntryFinder.swift", "Archive/ExportLabels.swift", "provenance/ListCommand.swift",
    ]

    @Test func `No file but those for lists, titles and its own upkeep names the index`() throws {
        let pattern = /\bIndex\b(?!:)|\bIndex(Lookup|Builder|Writer|Update|Rows|Connection)\b|\.index\(\)/
        #expect(try files { $0.contains(pattern) } == users)
    }

    @Test func `Fewer read it`() throws {
        let pattern = /\bIndexLookup\b|\bindex\.read\b|\.index\(\)/
        #expect(try files { $0.contains(pattern) } == readers)
    }

    /// The sources whose code, without comments, passes; as `TARGET/FILE`.
    private func files(_ passes: (Substring) -> Bool) throws -> Set<String> {
        let folder = Shared.packageFolder + "/Sources"
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
        try #require(paths.count > 100)
        return Set(
            try paths.filter { path in
                try String(contentsOfFile: folder + "/" + path, encoding: .utf8).split(separator: "\n").contains {
                    line in
                    passes(line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex))
                }
            })
    }
}
