import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification
import SampleLogs
import TestSupport
import Testing

/// The members of a manifest that prove nothing: labels, shown keys, and the words of a filter.
///
/// Changing them leaves every claim as it was. With any other change the manifest must not verify.
private enum Free {
    static let strings: Set<String> = [
        "entries[].title", "entries[].placements[].path", "entries[].placements[].root", "keys[]",
        "selection.filter.url", "selection.filter.paths[]",
    ]
    static let elements: Set<String> = ["entries[].placements", "keys", "selection.filter.paths"]
    static let droppable: Set<String> = [
        "entries[].title", "entries[].placements", "selection.filter.url", "selection.filter.paths",
    ]
    /// Objects that may have any member.
    static let open: Set<String> = ["selection.filter"]
    /// Free too, as long as it has the required form.
    static let formed: Set<String> = ["entries[].placements[].path64"]

    static func holds(_ mutant: Mutant) -> Bool {
        switch mutant.change {
        case .text: strings.contains(mutant.pattern)
        case .elements: elements.contains(mutant.pattern)
        case .drop: droppable.contains(mutant.pattern)
        case .addition: open.contains(mutant.pattern)
        case .number, .type: false
        }
    }
}

/// The manifests that are mutated.
enum Mutated: String, CaseIterable {
    case one = "a range of 1"
    case five = "a range of 5"
    case end = "the end of a log of 257"
    case filter = "a filter over a log of 257"
    case since = "what a log of 257 grew by"

    func manifest(_ keys: SampleKeys) throws -> [UInt8] {
        switch self {
        case .one: try SampleLog(1, keys: keys).range()
        case .five: try SampleLog(5, keys: keys).range()
        case .end: try SampleLog(257, keys: keys).manifest(.range(from: 255, to: 257))
        case .filter: try SampleLog(257, keys: keys).filter([0, 2, 104, 256])
        case .since: try SampleLog(257, checkpoints: [254], keys: keys).manifest(.range(from: 254, to: 257), since: 254)
        }
    }
}

@Suite("Mutated manifests")
struct ManifestMutationTests {
    let keys: SampleKeys
    let trust: Trust
    let folder: TemporaryFolder

    init() throws {
        keys = try SampleKeys()
        trust = try keys.trust()
        folder = try TemporaryFolder()
    }

    /// Words of which a problem's place must contain one.
    private func names(_ mutant: Mutant) -> [String] {
        if mutant.path.isEmpty { return ["keys"] }
        if mutant.pattern == "entries" { return ["entry ", "entries", "selection"] }
        if mutant.pattern.hasPrefix("entries") { return ["entry ", "entries["] }
        return [String(mutant.pattern.prefix { $0 != "." && $0 != "[" })]
    }

    @Test("each member, string, line, element and hash, one at a time", arguments: Mutated.allCases)
    func members(manifest: Mutated) throws {
        let bytes = try manifest.manifest(keys)
        let document = try #require(CanonicalJSON.decode(bytes))
        let whole = try verify(bytes, trust: trust, in: folder)
        #expect(whole.status == .verified)
        let table = try #require(whole.report?.counts.table)
        var count = 0
        try Mutant.forEach(of: document) { mutant in
            count += 1
            let outcome = try verify(CanonicalJSON.encode(mutant.document), trust: trust, in: folder)
            if Free.holds(mutant) {
                #expect(outcome.status == .verified, "\(mutant.description)")
                #expect(outcome.report?.counts.table == table, "\(mutant.description)")
                return
            }
            if Free.formed.contains(mutant.pattern), outcome.status == .verified {
                #expect(outcome.report?.counts.table == table, "\(mutant.description)")
                return
            }
            if mutant.pattern == "consistency", mutant.change == .drop {
                // Without the link the manifest makes one claim less, and none that is false.
                #expect(outcome.report?.counts.subjects.contains(.consistency) == false)
                #expect(outcome.report?.since == nil)
                return
            }
            #expect(outcome.status != .verified, "\(mutant.description)")
            #expect(outcome.names(names(mutant)), "\(mutant.description) -> \(outcome.problems.map(\.line))")
            if !mutant.pattern.hasPrefix("checkpoint"), !mutant.pattern.hasPrefix("consistency") {
                #expect(outcome.status == .failed || outcome.status == .environment, "\(mutant.description)")
            }
        }
        #expect(count > 150)
    }

    @Test("each byte of a manifest of one entry")
    func bytes() throws {
        let bytes = try Mutated.one.manifest(keys)
        try checkBytes(bytes, places: Array(bytes.indices))
    }

    @Test("bytes here and there", arguments: [Mutated.five, .filter, .since])
    func someBytes(manifest: Mutated) throws {
        let bytes = try manifest.manifest(keys)
        var random = FixedRandom(seed: 7)
        try checkBytes(bytes, places: (0..<150).map { _ in Int.random(in: bytes.indices, using: &random) })
    }

    private func checkBytes(_ bytes: [UInt8], places: [Int]) throws {
        let whole = try verify(bytes, trust: trust, in: folder)
        let table = try #require(whole.report?.counts.table)
        let free = StringPlaces(bytes).strings.filter { place in
            Free.strings.contains(place.pattern) || Free.formed.contains(place.pattern)
        }
        var random = FixedRandom(seed: 1)
        for place in places {
            var mutants: [(words: String, bytes: [UInt8])] = []
            var other = bytes
            other[place] ^= 1 << UInt8.random(in: 0..<7, using: &random)
            mutants.append(("one bit flipped", other))
            other = bytes
            other[place] ^= 0x80
            mutants.append(("the high bit flipped", other))
            other = bytes
            other.remove(at: place)
            mutants.append(("dropped", other))
            other = bytes
            other.insert(bytes[place], at: place)
            mutants.append(("twice", other))
            mutants.append(("the file ends before it", Array(bytes[..<place])))
            if place + 1 < bytes.count, bytes[place] != bytes[place + 1] {
                other = bytes
                other.swapAt(place, place + 1)
                mutants.append(("swapped with the next", other))
            }
            // A swap also changes the byte after it.
            let isFree = free.contains { $0.range.contains(place) }
            let isNextFree = free.contains { $0.range.contains(place + 1) }
            for mutant in mutants {
                let outcome = try verify(mutant.bytes, trust: trust, in: folder)
                if outcome.status == .verified {
                    let freed = isFree && (isNextFree || !mutant.words.hasPrefix("swapped"))
                    #expect(freed, "byte \(place) \(mutant.words)")
                    #expect(outcome.report?.counts.table == table, "byte \(place) \(mutant.words)")
                } else {
                    let members = ["$format", "checkpoint", "consistency", "entr", "keys", "selection", "end"]
                    #expect(outcome.names(members), "byte \(place) \(mutant.words)")
                    if isFree { #expect(outcome.status == .environment, "byte \(place) \(mutant.words)") }
                }
            }
        }
    }

    @Test("entries of a long range dropped, doubled and swapped", arguments: [0, 1, 3, 127, 128, 255, 256])
    func entries(place: Int) throws {
        let log = try SampleLog(257, keys: keys)
        let document = try #require(CanonicalJSON.decode(try log.range()))
        let elements = try #require(document["entries"]?.array)
        var members = try #require(document.members)
        func outcome(_ elements: [JSONValue]) throws -> Outcome {
            members["entries"] = .array(elements)
            return try verify(CanonicalJSON.encode(.object(members)), trust: trust, in: folder)
        }
        var others = elements
        others.remove(at: place)
        let dropped = try outcome(others)
        #expect(dropped.status == .failed)
        #expect(dropped.problems.contains { $0.code == "E-INCOMPLETE" && $0.place == "entry \(place)" })
        #expect(dropped.report?.counts.count(.completeness, .failed) == 1)
        others = elements
        others.insert(elements[place], at: place)
        let doubled = try outcome(others)
        #expect(doubled.status == .environment)
        #expect(doubled.names(["entries[\(place + 1)]"]))
        guard place < 256 else { return }
        others = elements
        others.swapAt(place, place + 1)
        let swapped = try outcome(others)
        #expect(swapped.status == .environment || swapped.status == .failed)
        #expect(swapped.names(["entries[\(place + 1)]"]))
    }
}
