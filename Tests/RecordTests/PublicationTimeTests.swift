import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord
import Testing

/// When a post was published, as its record states it.
@Suite struct PublicationTimeTests {
    private func time(_ date: String, epoch: String? = nil) throws -> PublicationTime? {
        let head = epoch.map { "<!--\($0)-->\n[A](https://example.org/1)\n------\n\n" } ?? ""
        let bytes = Array("---\ntitle: A\ndate: \(date)\nfrom: https://example.org/1\n---\n\(head)<p>a</p>\n".utf8)
        let post = try Post(parsing: bytes)
        return PublicationTime(
            PostRecord(post, PostDigests.compute(bytes, post), signer: "example.org/key", recorded: 0))
    }

    @Test func `The epoch comes first, then the date, with its time or as a day`() throws {
        #expect(try time("2022-02-10", epoch: "5") == .moment(5))
        #expect(try time("2022-02-10", epoch: "NaN") == .day(1_644_451_200_000))
        #expect(try time("2022-02-10") == .day(1_644_451_200_000))
        #expect(try time("2022-02-10T05:52:00+01:00") == .moment(1_644_468_720_000))
    }

    private static let noon = 1_644_494_400_000 as Int64
    private static let midnight = 1_644_451_200_000 as Int64
    private static let nextMidnight = 1_644_537_600_000 as Int64

    @Test(
        arguments: [
            (nil, nil, true), (midnight, nextMidnight, true), (nextMidnight, nil, false), (nil, midnight, false),
            (noon, nil, true), (nil, noon, true), (nextMidnight - 1, nil, true), (nil, midnight + 1, true),
        ] as [(Int64?, Int64?, Bool)])
    func `A day passes if any of its moments does`(start: Int64?, end: Int64?, passes: Bool) {
        #expect(PublicationTime.day(Self.midnight).isWithin(from: start, before: end) == passes)
    }

    @Test(
        arguments: [(noon, nil, true), (noon + 1, nil, false), (nil, noon, false), (nil, noon + 1, true)]
            as [(Int64?, Int64?, Bool)])
    func `A moment lies at or after the start, and before the end`(start: Int64?, end: Int64?, passes: Bool) {
        #expect(PublicationTime.moment(Self.noon).isWithin(from: start, before: end) == passes)
    }
}
