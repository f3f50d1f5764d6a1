import ProvenanceOpenSSL
import ProvenanceVerification
import Testing

@testable import ProvenanceBundle

/// Names and extra fields of zip files, tested alone.
@Suite struct ZipPartsTests {
    private func take(_ names: [String]) throws -> (problem: String?, folders: [String]) {
        var taken = ZipNames()
        var folders: [String] = []
        for name in names {
            let isFolder = name.hasSuffix("/")
            let path = Array((isFolder ? String(name.dropLast()) : name).utf8)
            let words = try taken.take(path, isFolder: isFolder) { (folder) throws(Problem) in
                folders.append(String(decoding: folder, as: UTF8.self))
            }
            if let words { return (words, folders) }
        }
        return (nil, folders)
    }

    @Test func `Folders are told once, before what is in them`() throws {
        let taken = try take(["b/", "b/x/y/1", "b/x/2", "b/x/y/3", "b/x/", "c"])
        #expect(taken.problem == nil && taken.folders == ["b", "b/x", "b/x/y"], "\(taken)")
    }

    @Test(arguments: [
        ["a", "a"], ["a", "A"], ["a/b", "A/c"], ["a", "a/b"], ["a/b", "a"], ["a/", "a"], ["a/", "a/"], ["a/", "A/"],
        [""], ["."], [".."], ["/a"], ["a//b"], ["a/./b"], ["a/../b"], ["a\\b"], ["a:b"], ["a;1"], ["a."], ["a "],
        ["a /b"],
        ["\u{0}"], ["a\n"], ["ü"], ["~"], [String(repeating: "a", count: 1_025)],
        [String(repeating: "a/", count: 40) + "a"],
    ])
    func `A name that readers take differently is refused`(_ names: [String]) throws {
        #expect(try take(names).problem != nil)
    }

    @Test func `Many names are taken, and more folders than a bundle may have are not`() throws {
        // Quadratic work would take minutes: long names, deep, in few folders and in many.
        let deep = (0..<30).map { "f\($0)" }.joined(separator: "/")
        let names = (0..<20_000).map { "\(deep)/\($0 % 50)/" + String(repeating: "x", count: 500) + "\($0)" }
        #expect(try take(names).problem == nil)
        #expect(try take((0..<20_000).map { "\($0)/x" }).problem == "over 10000 folders")
    }

    @Test func `An extra field has parts that change nothing, each once`() throws {
        func extra(_ bytes: [UInt8]) throws(ZipExtra.Malformed) -> ZipExtra { try ZipExtra(ZipBytes(bytes: bytes)) }
        #expect(try extra([]).long == nil)
        #expect(try extra([0x55, 0x54, 1, 0, 0, 0x75, 0x78, 0, 0]).long == nil)
        for bytes: [UInt8] in [
            [0x55], [0x55, 0x54, 2, 0, 0], [0x75, 0x70, 0, 0], [0x55, 0x54, 0, 0, 0x55, 0x54, 0, 0],
            [0x55, 0x54, 4, 0, 0x50, 0x4b, 5, 6],
        ] {
            #expect(throws: ZipExtra.Malformed.self) { try extra(bytes) }
        }
        // Sizes in 64 bits, exactly where 32 are too few.
        let long = try extra([1, 0, 8, 0, 0, 0, 0, 0, 1, 0, 0, 0])
        #expect(try long.sizes(size: 7, packed: 8, offset: .max) == (7, 8, 1 << 32))
        #expect(throws: ZipExtra.Malformed.self) { try long.sizes(size: 7, packed: 8, offset: 9) }
        #expect(throws: ZipExtra.Malformed.self) { try long.sizes(size: .max, packed: .max, offset: 9) }
        let small = try extra([1, 0, 8, 0, 9, 0, 0, 0, 0, 0, 0, 0])
        #expect(throws: ZipExtra.Malformed.self) { try small.sizes(size: 7, packed: 8, offset: .max) }
    }

    @Test func `What file managers leave is told by its name and its neighbours`() throws {
        let lines = ["bagit.txt", "data/sha256/ab/x.md", "records/5.note"].map {
            BundleList.Line(path: $0, digest: .zero)
        }
        let litter = Litter(listed: lines)
        for path in [
            ".DS_Store", "data/Thumbs.db", "._bagit.txt", "data/._sha256", "data/sha256/ab/._x.md", "records/._5.note",
            "._bundle.note", "._tagmanifest-sha256.txt", "__MACOSX/a/b", "._data", "x/._desktop.ini",
        ] {
            #expect(litter.passesOver(path), "\(path)")
        }
        for path in [
            "bagit.txt", "._x", "records/._6.note", "records/._bundle.note", "a/__MACOSX/b", "__MACOSX", "._", "._dat",
            "data/._sha256/x", "._._data", "ds_store",
        ] {
            #expect(!litter.passesOver(path), "\(path)")
        }
    }
}
