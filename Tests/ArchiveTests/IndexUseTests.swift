import Foundation
import TestSupport
import Testing

/// The index decides nothing: the files that could make it decide are listed here, and a new one is seen in review.
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

    /// The types of the index; a file that names none of them cannot use it.
    private let types: Set<String> = [
        "Index", "IndexLookup", "IndexBuilder", "IndexWriter", "IndexUpdate", "IndexRows", "IndexConnection",
    ]

    @Test func `No file but those for lists, titles and its own upkeep names the index`() throws {
        #expect(try files { !types.isDisjoint(with: words($0)) || $0.contains(".index()") } == users)
    }

    @Test func `Only the listed files read its rows`() throws {
        #expect(
            try files {
                $0.contains("index.read") || $0.contains(".index()") || words($0).contains("IndexLookup")
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
                try String(contentsOfFile: folder + "/" + path, encoding: .utf8).utf8.split(separator: 0x0a).contains {
                    let line = String(decoding: $0, as: UTF8.self)
                    guard line.contains("ndex"), !line.drop(while: { $0 == " " }).hasPrefix("//") else { return false }
                    return passes(line)
                }
            })
    }
}
