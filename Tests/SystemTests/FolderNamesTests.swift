import Testing

@testable import ProvenanceSystem

/// Runs of a folder's names: together they are the whole folder in order, for every run length.
@Suite("Folder names in runs")
struct FolderNamesTests {
    private static let names: [(String, FileStatus.Kind)] = (0..<97).map { number in
        ("\(number * 37 % 97)" + (number % 5 == 0 ? "" : "-x.md"), number % 5 == 0 ? .directory : .regular)
    }

    @Test(
        "any run length gives every name once, in the order of the keys", arguments: [1, 2, 3, 10, 48, 96, 97, 98, 500])
    func runs(most: Int) {
        var found: [String] = []
        var after: [UInt8]?
        while true {
            var run = FolderNames(after: after, most: most)
            for (name, kind) in Self.names {
                Array(name.utf8).withUnsafeBytes { run.add($0, kind) }
            }
            run.finish()
            #expect(run.count <= most)
            for index in 0..<run.count {
                let (name, kind) = run[index]
                found.append(name.description + (kind == .directory ? "/" : ""))
            }
            after = run.lastKey
            guard run.hasMore else { break }
        }
        let wanted = Self.names.map { $0.0 + ($0.1 == .directory ? "/" : "") }
        #expect(found == wanted.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
}
