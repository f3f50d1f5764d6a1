import ProvenanceMerkle
import TestSupport
import Testing

@Suite("Paths of tiles") struct TilePathTests {
    static let knownAnswers: [(number: UInt64, text: String)] = [
        (0, "000"), (1, "001"), (999, "999"), (1000, "x001/000"), (1_234_067, "x001/x234/067"),
        (999_999, "x999/999"), (1_000_000, "x001/x000/000"), (UInt64(Int64.max) / 256, "x036/x028/x797/x018/x963/967"),
        (.max, "x018/x446/x744/x073/x709/x551/615"),
    ]

    @Test("known answers of tlog-tiles", arguments: knownAnswers)
    func knownAnswer(number: UInt64, text: String) throws {
        let hashes = try #require(Tile(kind: .hashes(level: 0), number: number))
        #expect(hashes.path == "tile/0/" + text)
        #expect(Tile(path: "tile/0/" + text) == hashes)
        let entries = try #require(Tile(kind: .entries, number: number, width: 17))
        #expect(entries.path == "tile/entries/" + text + ".p/17")
        #expect(Tile(path: "tile/entries/" + text + ".p/17") == entries)
        #expect(entries.full.path == "tile/entries/" + text)
    }

    static let refused = [
        // numbers: not minimal, not three digits, groups with the wrong mark
        "tile/0/x000/001", "tile/0/x000/x001/000", "tile/0/0001", "tile/0/01", "tile/0/1", "tile/0/", "tile/0",
        "tile/0/x001", "tile/0/x001/x000", "tile/0/001/000", "tile/0/123/456/078", "tile/0/x01/000", "tile/0/x0001/000",
        "tile/0/X001/000", "tile/0/xx001/000", "tile/0/x001/0000", "tile/0/x001//000", "tile/0//000", "tile//0/000",
        "tile/0/+01", "tile/0/-01", "tile/0/0x1", "tile/0/ 01", "tile/0/001 ", "tile/0/0_1", "tile/0/1e2",
        "tile/0/٠٠٠", "tile/0/０００", "tile/0/00𝟎", "tile/0/000\u{301}", "tile/0/000\u{0}", "tile/0/000\n",
        "tile/0/x018/x446/x744/x073/x709/x551/616", "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
        // widths
        "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/257", "tile/0/000.p/01", "tile/0/000.p/001",
        "tile/0/000.p/+1", "tile/0/000.p/-1", "tile/0/000.p/", "tile/0/000.p", "tile/0/000.p/1/", "tile/0/000.p/1 ",
        "tile/0/000.p/٣", "tile/0/000.p/1.p/1", "tile/0/000.P/1", "tile/0/000p/1", "tile/0/000.p/99999999999999999999",
        "tile/0/.p/1", "tile/0/x001.p/000", "tile/0/x001.p/1", "tile/0/x001/000.p/256", "tile/0.p/1",
        // levels
        "tile/64/000", "tile/00/000", "tile/01/000", "tile/-1/000", "tile/+1/000", "tile/ 1/000", "tile/1 /000",
        "tile/255/000", "tile/٣/000", "tile/data/000", "tile/Entries/000", "tile/entries", "tile/entries/",
        "tile/99999999999999999999/000",
        // what surrounds them
        "", "/", "tile", "tile/", "/tile/0/000", "tile/0/000/", "tile/0/000/000", "Tile/0/000", "./tile/0/000",
        "tile/0/../000", "tile/../tile/0/000", "tiles/0/000", "checkpoint", "tile/0/000?x", "tile\\0\\000",
    ]

    @Test("every other spelling is refused", arguments: refused)
    func refusedPath(path: String) { #expect(Tile(path: path) == nil) }

    @Test("levels and widths outside the specification make no tile")
    func outOfRange() {
        #expect(Tile(kind: .hashes(level: -1), number: 0) == nil)
        #expect(Tile(kind: .hashes(level: 64), number: 0) == nil)
        #expect(Tile(kind: .hashes(level: 63), number: 0)?.path == "tile/63/000")
        #expect(Tile(kind: .entries, number: 0, width: 0) == nil)
        #expect(Tile(kind: .entries, number: 0, width: -1) == nil)
        #expect(Tile(kind: .entries, number: 0, width: 257) == nil)
        #expect(Tile(kind: .entries, number: 0, width: 256)?.isFull == true)
        #expect(Tile(kind: .entries, number: 0, width: 255)?.isFull == false)
    }

    @Test("writing and reading are inverse for numbers of every size, levels and widths")
    func roundTrip() throws {
        var random = FixedRandom(seed: 4)
        var numbers: [UInt64] = [0, .max]
        for digits in 1...19 {
            let power = (1..<digits).reduce(UInt64(1)) { value, _ in value * 10 }
            numbers += [power - 1, power, power + 1]
        }
        for _ in 0..<3000 {
            let shift = UInt64.random(in: 0...63, using: &random)
            numbers.append(UInt64.random(in: 0...(UInt64.max >> shift), using: &random))
        }
        var paths: Set<String> = []
        for (place, number) in numbers.enumerated() {
            let kind: Tile.Kind = place % 5 == 0 ? .entries : .hashes(level: place % 64)
            let width = place % 3 == 0 ? Tile.fullWidth : Int.random(in: 1...255, using: &random)
            let tile = try #require(Tile(kind: kind, number: number, width: width))
            #expect(Tile(path: tile.path) == tile)
            paths.insert(tile.path)
        }
        // Different tiles have different paths.
        #expect(paths.count > 3000)
    }

    @Test("a path with any one character changed is another tile or none")
    func mutation() throws {
        let tile = try #require(Tile(kind: .hashes(level: 1), number: 1_234_067, width: 17))
        let characters = Array(tile.path)
        for place in characters.indices {
            for other in "0123456789xp./ -+eé" where other != characters[place] {
                var mutant = characters
                mutant[place] = other
                let path = String(mutant)
                if let read = Tile(path: path) {
                    #expect(read != tile)
                    #expect(read.path == path)
                }
            }
        }
    }
}

@Suite("Tile paths of golang.org/x/mod") struct GoTilePathTests {
    struct Vectors: Decodable {
        enum CodingKeys: String, CodingKey { case pairs = "tile_paths_sumdb_layout" }
        let pairs: [Pair]
    }

    struct Pair: Decodable {
        let path: String
        let tile: SumdbTile?

        init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            path = try container.decode(String.self)
            tile = try container.decodeIfPresent(SumdbTile.self)
        }
    }

    struct SumdbTile: Decodable {
        enum CodingKeys: String, CodingKey {
            case height = "H"
            case level = "L"
            case number = "N"
            case width = "W"
        }
        let height: Int
        let level: Int
        let number: UInt64
        let width: Int
    }

    @Test("the same numbers and widths, in the layout without the height")
    func pairs() throws {
        guard let vectors = try Shared.json(Vectors.self, "vectors/golang-mod/note-and-tlog.json") else { return }
        #expect(vectors.pairs.count == 8)
        for pair in vectors.pairs {
            // sumdb: tile/<H>/<L>/<N>, where L is -1 and written "data" for entries; tlog-tiles fixes H = 8.
            var parts = pair.path.split(separator: "/").map(String.init)
            parts.remove(at: 1)
            if parts[1] == "data" { parts[1] = "entries" }
            let path = parts.joined(separator: "/")
            guard let wanted = pair.tile else {
                #expect(Tile(path: path) == nil, "\(path)")
                continue
            }
            let tile = try #require(Tile(path: path), "\(path)")
            #expect(tile.number == wanted.number)
            #expect(tile.kind == (wanted.level == -1 ? .entries : .hashes(level: wanted.level)))
            #expect(tile.isFull == (wanted.width == 1 << wanted.height))
            if !tile.isFull { #expect(tile.width == wanted.width) }
        }
    }
}
