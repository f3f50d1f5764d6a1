import ProvenanceMerkle
import TestSupport
import Testing

@Suite("Tiles of a tree") struct TileGeometryTests {
    struct Known: Sendable {
        let size: UInt64
        /// Full tiles and the width of the partial one, by level.
        let levels: [(full: UInt64, partial: Int)]
    }

    /// tlog-tiles' own examples (256, 70,000) and the sizes around every border, worked out by hand.
    static let knownAnswers = [
        Known(size: 0, levels: [(0, 0), (0, 0)]),
        Known(size: 1, levels: [(0, 1), (0, 0)]),
        Known(size: 255, levels: [(0, 255), (0, 0)]),
        Known(size: 256, levels: [(1, 0), (0, 1), (0, 0)]),
        Known(size: 257, levels: [(1, 1), (0, 1), (0, 0)]),
        Known(size: 512, levels: [(2, 0), (0, 2), (0, 0)]),
        Known(size: 65_535, levels: [(255, 255), (0, 255), (0, 0)]),
        Known(size: 65_536, levels: [(256, 0), (1, 0), (0, 1), (0, 0)]),
        Known(size: 65_537, levels: [(256, 1), (1, 0), (0, 1), (0, 0)]),
        Known(size: 70_000, levels: [(273, 112), (1, 17), (0, 1), (0, 0)]),
        Known(size: 16_777_215, levels: [(65_535, 255), (255, 255), (0, 255), (0, 0)]),
        Known(size: 16_777_216, levels: [(65_536, 0), (256, 0), (1, 0), (0, 1), (0, 0)]),
        Known(size: 16_777_473, levels: [(65_537, 1), (256, 1), (1, 0), (0, 1), (0, 0)]),
        Known(
            size: largestTreeSize,
            levels: [
                ((1 << 55) - 1, 255), ((1 << 47) - 1, 255), ((1 << 39) - 1, 255), ((1 << 31) - 1, 255),
                ((1 << 23) - 1, 255), ((1 << 15) - 1, 255), (127, 255), (0, 127), (0, 0),
            ]),
    ]

    @Test("full and partial tiles by level", arguments: knownAnswers)
    func widths(known: Known) throws {
        for (level, (full, partial)) in known.levels.enumerated() {
            #expect(Tile.hashCount(level: level, size: known.size) == full * 256 + UInt64(partial))
            #expect(Tile.partialWidth(level: level, size: known.size) == partial)
            if full > 0 {
                for hash in [0, 255, full * 256 - 1] {
                    let tile = try #require(Tile.holding(hash: hash, level: level, size: known.size))
                    #expect(tile.isFull)
                    #expect(tile.number == hash / 256)
                }
            }
            if partial > 0 {
                for hash in [full * 256, full * 256 + UInt64(partial) - 1] {
                    let tile = try #require(Tile.holding(hash: hash, level: level, size: known.size))
                    #expect(tile.width == partial)
                    #expect(tile.number == full)
                }
            }
            #expect(Tile.holding(hash: full * 256 + UInt64(partial), level: level, size: known.size) == nil)
            #expect(Tile.holding(hash: .max, level: level, size: known.size) == nil)
        }
        // Bundles lie beside level 0.
        for index in [0, 255, 256, known.size / 2, known.size &- 1] {
            let bundle = Tile.bundle(holding: index, size: known.size)
            let tile = Tile.holding(hash: index, level: 0, size: known.size)
            #expect(bundle?.number == tile?.number)
            #expect(bundle?.width == tile?.width)
            #expect((bundle == nil) == (index >= known.size))
            if let bundle { #expect(bundle.kind == .entries) }
        }
    }

    @Test("the geometry printed in the specification")
    func specification() throws {
        struct Examples: Decodable {
            enum CodingKeys: String, CodingKey { case geometry = "tile_geometry" }
            let geometry: [[String: Int]]
        }
        let file = "vectors/C2SP-spec-examples/examples.json"
        guard let examples = try Shared.json(Examples.self, file) else { return }
        #expect(examples.geometry.count == 2)
        for example in examples.geometry {
            let size = UInt64(try #require(example["size"]))
            for level in 0...2 {
                if let full = example["level\(level)_full"] {
                    #expect(Tile.hashCount(level: level, size: size) / 256 == UInt64(full))
                }
                if let partial = example["level\(level)_partial"] {
                    #expect(Tile.partialWidth(level: level, size: size) == partial)
                }
            }
        }
    }

    @Test("levels outside the tree have nothing", arguments: [-1, -8, .min, 8, 63, 64, .max])
    func otherLevels(level: Int) {
        #expect(Tile.hashCount(level: level, size: .max) == 0)
        #expect(Tile.partialWidth(level: level, size: .max) == 0)
        #expect(Tile.holding(hash: 0, level: level, size: .max) == nil)
    }

    @Test("tiles of every size up to 70,000 hold each hash once")
    func partition() {
        var failures: [UInt64] = []
        for size in UInt64(1)...70_000 {
            let full = size / 256
            let width = Tile.partialWidth(level: 0, size: size)
            let last = Tile.holding(hash: size - 1, level: 0, size: size)
            let expected = width == 0 ? (full - 1, 256) : (full, width)
            if full * 256 + UInt64(width) != size || last?.number != expected.0 || last?.width != expected.1 {
                failures.append(size)
            }
        }
        #expect(failures.isEmpty)
    }
}
