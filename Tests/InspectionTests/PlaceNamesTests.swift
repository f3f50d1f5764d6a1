import ProvenanceEncoding
import ProvenanceIndex
import ProvenanceVerification
import Testing

@testable import ProvenanceInspection

/// What `status` collects about the lines of registers.
@Suite struct PlaceNamesTests {
    @Test func `More roots than sixteen bits can number are told apart, and all lie in the archive`() {
        let names = PlaceNames(MarkKey())
        var numbers: Set<UInt32> = []
        for number in 0..<70_000 { numbers.insert(names.note(RawPath("f\(number)/a.md"), accession: 0)) }
        #expect(numbers.count == 70_000)
        #expect(names.outside("/elsewhere") == 70_000)
        let roots = names.all.roots
        #expect(roots.count == 70_001 && roots.count { $0.isInside } == 70_000)
        #expect(names.note("f69999/b.md", accession: 1) == 69_999)
    }

    @Test func `What lines of a forged register led to is dropped`() {
        let names = PlaceNames(MarkKey())
        for accession in UInt64(1)...3 {
            _ = names.note(RawPath("_posts/.hidden\(accession).md"), accession: accession)
            names.report(Problem(.register, "line \(accession)", "a fault"), accession: accession)
        }
        names.settle(accession: 1, isAuthentic: true)
        names.settle(accession: 2, isAuthentic: false)
        #expect(names.all.unwalked == ["_posts/.hidden1.md"])
        #expect(names.all.problems.map(\.place) == ["line 1"])
    }
}
