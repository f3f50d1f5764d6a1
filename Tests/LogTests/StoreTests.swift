import ProvenanceEncoding
import ProvenanceLog
import ProvenanceMerkle
import TestStores
import TestSupport
import Testing

/// Both stores under the one contract, and what is named in them.
@Suite struct StoreTests {
    /// A store to be tried, empty.
    enum Kind: String, CaseIterable, Sendable {
        case memory
        case folder
        case flatFolder
    }

    @Test("every store keeps every promise", arguments: Kind.allCases, StoreContract.all)
    func contract(_ kind: Kind, _ contract: StoreContract) throws {
        let folder = try TemporaryFolder()
        switch kind {
        case .memory: try contract.check(MemoryStore())
        case .folder: try contract.check(FolderStore(RawPath(folder.path)))
        case .flatFolder: try contract.check(FolderStore(flat: RawPath(folder.path), pending: "register"))
        }
    }

    @Test(
        "a path has one spelling",
        arguments: [
            "", "/", "a/", "/a", "a//b", ".", "..", "a/..", "./a", "a/./b", "...", "A", "a b", "a_b", "a%20", "\u{e4}",
            "a\n",
        ])
    func refused(_ text: String) { #expect(StorePath(text) == nil) }

    @Test("what the log and the registers are named by can be spelled")
    func paths() throws {
        for text in ["checkpoint", "tile/0/x001/x234/067.p/8", "tile/entries/000", "a", ".a", "a.", "-", "a..b", "0/1"]
        {
            #expect(StorePath(text)?.text == text)
        }
        let name = StorePath(jsonLines: .zero)
        #expect(name.text == String(repeating: "0", count: 64) + ".jsonl")
        #expect(StorePath(name.text) == name)
        let tile = try #require(Tile(kind: .hashes(level: 5), number: .max, width: 200))
        #expect(StorePath(tile.path) == StorePath(tile))
        #expect(StorePath(String(repeating: "a", count: StorePath.maxBytes)) != nil)
        #expect(StorePath(String(repeating: "a", count: StorePath.maxBytes + 1)) == nil)
    }

    @Test("an object lies below the folders on its way, and not below what begins like them")
    func below() throws {
        let path = try #require(StorePath("tile/0/000.p/5"))
        for folder in ["tile", "tile/0", "tile/0/000.p"] {
            #expect(path.isBelow(try #require(StorePath(folder))))
        }
        for other in ["til", "tile/0/000", "tile/0/000.p/5", "tile/0/000.p/5/6", "0"] {
            #expect(!path.isBelow(try #require(StorePath(other))))
        }
    }

    @Test("a fault comes at its call, and only there when the store recovers", arguments: MemoryStore.Fault.allCases)
    func faults(_ fault: MemoryStore.Fault) throws {
        let store = MemoryStore()
        store.fail(at: 1, fault)
        let one = try store.replace(.checkpoint, expecting: nil, with: [1])
        #expect(!store.hasFailed)
        let kind: StoreError.Kind
        do {
            _ = try store.replace(.checkpoint, expecting: one, with: [2])
            return #expect(Bool(false), "nothing was thrown")
        } catch {
            kind = error.kind
        }
        let wanted: [MemoryStore.Fault: StoreError.Kind] = [
            .lostBefore: .unknown, .lostHalfway: .unknown, .lostAfter: .unknown, .stale: .changed, .full: .failed,
            .denied: .denied,
        ]
        #expect(kind == wanted[fault])
        #expect(store.hasFailed)
        #expect(try store.read(.checkpoint, limit: 9)?.bytes == (fault == .lostAfter ? [2] : [1]))
    }
}
