import Foundation
import TestSupport
import Testing

/// The program prints what the documentation shows.
@Suite struct PageExampleTests {
    /// Pages with blocks marked `console`.
    static let pages = [
        "README.md", "Documentation/other-posts.md", "Documentation/when-things-go-wrong.md",
    ]

    @Test(arguments: pages) func `the page says what the program says`(page: String) throws {
        let ended = try run(
            Shared.packageFolder + "/Scripts/page-examples", arguments: [page],
            environment: ["PROVENANCE": productsFolder + "/provenance"], folder: Shared.packageFolder, limit: 300)
        #expect(ended.status == 0, "\(ended)")
    }
}
