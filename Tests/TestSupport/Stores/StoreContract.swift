import ProvenanceLog

/// What every store is held to: a check for each promise of `ArchiveStore`, run over an empty store.
///
/// A check throws where the promise is broken; so this needs no test library, and tests of any target can run it.
public struct StoreContract: Sendable, CustomStringConvertible {
    /// The promise.
    public let description: String
    /// Tries it.
    public let check: @Sendable (any ArchiveStore) throws -> Void

    /// A promise that was not kept.
    public struct Broken: Error, CustomStringConvertible {
        /// What was found.
        public let description: String
    }

    /// Every check.
    public static let all: [StoreContract] = reading + writing + pending + replacing + removing

    init(_ description: String, _ check: @escaping @Sendable (any ArchiveStore) throws -> Void) {
        self.description = description
        self.check = check
    }

    // MARK: Reading

    private static let reading = [
        StoreContract("an object is read whole, and one that is not there is nil") { store in
            try expect(store.read(try path("tile/0/000"), limit: 10) == nil, "there is nothing yet")
            try store.write([(try path("tile/0/000"), [1, 2, 3]), (try path("empty"), [])], .replace)
            try expect(store.read(try path("tile/0/000"), limit: 10)?.bytes == [1, 2, 3], "read")
            try expect(store.read(try path("empty"), limit: 10)?.bytes == [], "read the empty one")
            try expect(store.read(try path("tile/0/001"), limit: 10) == nil, "another name")
            try expect(store.read(try path("tile/0/000/x"), limit: 10) == nil, "below an object")
        },
        StoreContract("an object that is longer than the limit is too large, one as long as it is not") { store in
            try store.write([(try path("a"), [1, 2, 3])], .replace)
            try expect(store.read(try path("a"), limit: 3)?.bytes == [1, 2, 3], "as long")
            try expect(.tooLarge) { () throws(StoreError) in _ = try store.read(StorePath.checked("a"), limit: 2) }
            try expect(store.read([try path("b")], limit: 0) == [nil], "what is not there is not too large")
        },
        StoreContract("several objects come in the order that they are asked for") { store in
            try store.write([(try path("a"), [1]), (try path("b/c"), [2])], .replace)
            let read = try store.read([try path("b/c"), try path("x"), try path("a"), try path("a")], limit: 10)
            try expect(read == [[2], nil, [1], [1]], "\(read)")
            try expect(store.read([], limit: 10) == [], "none")
        },
        StoreContract("a part is read from any place on, and none beyond the end") { store in
            try store.write([(try path("a"), Array(0..<10))], .replace)
            try expect(store.read(try path("a"), from: 0, upTo: 4) == [0, 1, 2, 3], "the beginning")
            try expect(store.read(try path("a"), from: 8, upTo: 4) == [8, 9], "the end")
            try expect(store.read(try path("a"), from: 10, upTo: 4) == [], "at the end")
            try expect(store.read(try path("a"), from: .max, upTo: .max) == [], "beyond the end")
            try expect(store.read(try path("b"), from: 0, upTo: 4) == nil, "nothing there")
        },
        StoreContract("pieces come in their order to the end, then empty ones") { store in
            let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
            try store.write([(try path("a"), bytes), (try path("empty"), [])], .replace)
            for size in [1_000, 3_333, 10_000, 1 << 20] {
                let pieces = try unwrap(store.pieces(of: try path("a"), upTo: size))
                var read: [UInt8] = []
                while true {
                    let piece = try pieces.next()
                    try expect(piece.count <= size, "a piece of \(piece.count) bytes; at most \(size) are wanted")
                    if piece.isEmpty { break }
                    read += piece
                }
                try expect(read == bytes, "pieces of \(size)")
                try expect(pieces.next() == [], "after the end")
            }
            try expect(try unwrap(store.pieces(of: try path("empty"), upTo: 10)).next() == [], "the empty one")
            try expect(store.pieces(of: try path("b"), upTo: 10) == nil, "nothing there")
        },
        StoreContract("a list is sorted by bytes, page by page, and has what is below a folder") { store in
            let names = (0..<25).map { "tile/0/\($0 + 100)" }
            let others = [
                "checkpoint", "tile/0/100.p/7", "tile/0/100-b", "tile/0/x01/000", "tile/0/x01/001", "tile/0/x01.p/1",
                "tile/0/x01-b", "tile/00/1", "tile/1/000", "tile-b/1",
            ]
            try store.write(try (names + others).map { (try path($0), [1]) }, .replace)
            let below = (names + others).filter { $0.hasPrefix("tile/0/") }
            try expect(all(store, below: try path("tile/0")) == sorted(below), "below tile/0")
            try expect(all(store, below: nil) == sorted(names + others), "all")
            try expect(store.list(below: try path("tile/7"), after: nil) == [], "an empty folder")
            try expect(store.list(below: try path("checkpoint"), after: nil) == [], "below an object")
            let rest = try store.list(below: try path("tile/0"), after: try path("tile/0/1235"))
            try expect(rest.first?.text == "tile/0/124", "\(rest.first?.text ?? "none") follows what is not there")
        },
    ]

    // MARK: Writing

    private static let writing = [
        StoreContract("what is there is replaced, and the rest is left alone") { store in
            try store.write([(try path("a"), [1]), (try path("b"), [2])], .replace)
            try store.write([(try path("a"), [3, 3]), (try path("c"), [4])], .replace)
            let read = try store.read([try path("a"), try path("b"), try path("c")], limit: 9)
            try expect(read == [[3, 3], [2], [4]], "\(read)")
            try store.write([], .replace)
        },
        StoreContract("the same bytes again are success where they must match") { store in
            try store.write([(try path("d/a"), [1])], .mustMatch)
            try store.write([(try path("d/a"), [1]), (try path("d/b"), [2])], .mustMatch)
            try expect(store.read([try path("d/a"), try path("d/b")], limit: 9) == [[1], [2]], "read")
        },
        StoreContract("other bytes differ where they must match, and what is there stays") { store in
            for other: [UInt8] in [[], [2], [1, 1], [1, 2, 3]] {
                try store.write([(try path("a"), [1, 2])], .replace)
                try expect(.differs) { () throws(StoreError) in
                    try store.write([(StorePath.checked("a"), other)], .mustMatch)
                }
                try expect(store.read(try path("a"), limit: 9)?.bytes == [1, 2], "\(other)")
            }
        },
    ]

    private static let pending = [
        StoreContract("an object in pieces is there once it is finished, and not before") { store in
            let object = try store.begin(below: nil)
            try object.append([1, 2])
            try object.append([])
            try object.append([UInt8](repeating: 3, count: 300_000))
            try expect(all(store, below: nil) == [], "before it is finished")
            try object.finish(as: try path("abc.jsonl"))
            let bytes = try store.read(try path("abc.jsonl"), limit: 1_000_000)?.bytes
            try expect(bytes == [1, 2] + [UInt8](repeating: 3, count: 300_000), "finished")
            object.abandon()
            try expect(all(store, below: nil) == ["abc.jsonl"], "a finished object is not dropped")
        },
        StoreContract("an object may be below a folder that is not there yet, and empty") { store in
            try store.begin(below: try path("r/s")).finish(as: try path("r/s/a"))
            try expect(store.read(try path("r/s/a"), limit: 9)?.bytes == [], "read")
        },
        StoreContract("the same bytes under the same name are success") { store in
            for _ in 0..<2 {
                let object = try store.begin(below: nil)
                try object.append([7])
                try object.finish(as: try path("seven"))
            }
            try expect(store.read(try path("seven"), limit: 9)?.bytes == [7], "read")
        },
        StoreContract("an object that is dropped, or let go, leaves nothing") { store in
            let dropped = try store.begin(below: nil)
            try dropped.append([1])
            dropped.abandon()
            _ = try store.begin(below: nil)
            try expect(all(store, below: nil) == [], "nothing")
            try store.settle(around: 0)
            try expect(all(store, below: nil) == [], "nothing after settling")
        },
    ]

    // MARK: Replacing and removing

    private static let replacing = [
        StoreContract("an object is replaced from state to state") { store in
            let one = try store.replace(.checkpoint, expecting: nil, with: [1])
            try expect(store.read(.checkpoint, limit: 9)?.bytes == [1], "made")
            _ = try store.replace(.checkpoint, expecting: one, with: [2])
            let read = try unwrap(store.read(.checkpoint, limit: 9))
            try expect(read.bytes == [2], "replaced")
            _ = try store.replace(.checkpoint, expecting: read.token, with: [3])
            try expect(store.read(.checkpoint, limit: 9)?.bytes == [3], "replaced by what was read")
        },
        StoreContract("another state has changed, and nothing is written") { store in
            let one = try store.replace(.checkpoint, expecting: nil, with: [1])
            try expect(.changed) { () throws(StoreError) in
                _ = try store.replace(.checkpoint, expecting: nil, with: [2])
            }
            _ = try store.replace(.checkpoint, expecting: one, with: [3])
            try expect(.changed) { () throws(StoreError) in
                _ = try store.replace(.checkpoint, expecting: one, with: [4])
            }
            try expect(.changed) { () throws(StoreError) in
                _ = try store.replace(StorePath.checked("other"), expecting: one, with: [4])
            }
            try expect(store.read(.checkpoint, limit: 9)?.bytes == [3], "it stays")
            try expect(all(store, below: nil) == ["checkpoint"], "and nothing else is there")
        },
    ]

    private static let removing = [
        StoreContract("objects are removed; one that is gone is no error") { store in
            try store.write([(try path("a"), [1]), (try path("b"), [2])], .replace)
            try store.remove([try path("a"), try path("x/y")], below: nil)
            try store.remove([try path("a")], below: nil)
            try expect(all(store, below: nil) == ["b"], "b stays")
            try store.remove([], below: nil)
        },
        StoreContract("what is removed below a folder goes, and its neighbours stay") { store in
            let forms = ["tile/0/000.p/1", "tile/0/000.p/2"]
            let others = ["tile/0/000", "tile/0/001.p/1", "tile/entries/000.p/1"]
            try store.write(try (forms + others).map { (try path($0), [1]) }, .replace)
            try store.remove(try forms.map { try path($0) }, below: try path("tile/0/000.p"))
            try expect(all(store, below: nil) == sorted(others), "the others stay")
            try store.remove([], below: try path("tile/0/000.p"))
            try store.remove([], below: try path("tile/7/000.p"))
        },
        StoreContract("settling changes no object") { store in
            try store.settle(around: 0)
            let names = ["checkpoint", "tile/0/000.p/5", "tile/entries/000.p/5"]
            try store.write(try names.map { (try path($0), [1]) }, .replace)
            try store.settle(around: 5)
            try expect(all(store, below: nil) == sorted(names), "all stay")
        },
    ]

    // MARK: Words

    static func path(_ text: String) throws -> StorePath { try StorePath.checked(text) }

    static func expect(_ isTrue: Bool, _ words: String) throws {
        guard isTrue else { throw Broken(description: words) }
    }

    static func expect(_ kind: StoreError.Kind, _ body: () throws(StoreError) -> Void) throws {
        do { try body() } catch {
            return try expect(error.kind == kind, "\(error.kind) instead of \(kind)")
        }
        throw Broken(description: "nothing was thrown; \(kind) was wanted")
    }

    static func unwrap<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw Broken(description: "nil") }
        return value
    }

    /// Every path, page by page.
    public static func all(_ store: any ArchiveStore, below folder: StorePath?) throws -> [String] {
        var found: [String] = []
        var last: StorePath?
        while true {
            let page = try store.list(below: folder, after: last)
            guard let end = page.last else { return found }
            found += page.map(\.text)
            last = end
        }
    }

    static func sorted(_ names: [String]) -> [String] {
        names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}

extension StorePath {
    /// A path that a test states.
    fileprivate static func checked(_ text: String) throws(StoreError) -> StorePath {
        guard let path = StorePath(text) else { throw StoreError(.failed, nil, "\(text) is no path") }
        return path
    }
}
