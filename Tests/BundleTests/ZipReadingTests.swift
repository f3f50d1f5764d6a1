import Foundation
import ProvenanceEncoding
import ProvenanceVerification
import SampleArchives
import SampleLogs
import TestSupport
import Testing

@testable import ProvenanceBundle

/// Zip files, unpacked to what every reader makes of them, or refused.
@Suite struct ZipReadingTests {
    /// The files that a zip is unpacked to, with their text, below the folder that is taken for the bundle's.
    private func unpacked(_ bytes: [UInt8]) throws -> [String: String] {
        let folder = try TemporaryFolder()
        let path = RawPath(try folder.write(bytes, to: "x.zip"))
        let (place, files) = try ZipFile.unpacked(path, name: "x.zip") { (place) throws(Problem) in
            let place = place.description
            let found = FileManager.default.enumerator(atPath: place)?.compactMap { $0 as? String } ?? []
            var files: [String: String] = [:]
            for name in found {
                guard let data = FileManager.default.contents(atPath: place + "/" + name) else { continue }
                files[name] = String(decoding: data, as: UTF8.self)
            }
            return (place, files)
        }
        #expect(!FileManager.default.fileExists(atPath: place), "it is removed again")
        return files
    }

    private typealias Entry = HandMadeZip.Entry

    // MARK: What is read

    /// Zips that say the same in every place.
    enum Good: String, CaseIterable {
        case stored, deflated, mixed, descriptors, long, longEnd, repeatedEnd, folders, comments, extras, empty, flags

        var zip: HandMadeZip {
            let long = String(repeating: "many words ", count: 20_000)
            func both(_ change: (inout HandMadeZip.Entry) -> Void) -> HandMadeZip {
                HandMadeZip([.init("b/one", "1", change: change), .init("b/two", long, change: change)])
            }
            switch self {
            case .stored: return both { _ in }
            case .deflated: return both { $0.isDeflated = true }
            case .mixed: return HandMadeZip([.init("b/one", "1"), .init("b/two", long) { $0.isDeflated = true }])
            case .descriptors:
                return both {
                    $0.hasDescriptor = true
                    $0.isDeflated = $0.name.last == UInt8(ascii: "o")
                }
            case .long:
                return both {
                    $0.isLong = true
                    $0.hasDescriptor = $0.name.last == UInt8(ascii: "o")
                }
            case .longEnd:
                var zip = both { _ in }
                zip.isLong = true
                zip.changeEnd = { $0.replaceSubrange(8..<20, with: Array(repeating: 0xff, count: 12)) }
                return zip
            case .repeatedEnd:
                // The end record may say itself what the one with 64 bits says.
                var zip = both { _ in }
                zip.isLong = true
                return zip
            case .folders:
                return HandMadeZip([.init("b/"), .init("b/one", "1"), .init("b/two", long), .init("b/empty/")])
            case .comments:
                var zip = both { $0.comment = Array("a comment".utf8) }
                zip.comment = Array("made by hand".utf8)
                return zip
            case .extras:
                return both {
                    $0.localExtra = [0x55, 0x54, 1, 0, 7, 0x75, 0x78, 0, 0]
                    $0.centralExtra = [0x55, 0x54, 1, 0, 7]
                }
            case .empty: return HandMadeZip([.init("b/one", "1"), .init("b/two", long), .init("b/none", "")])
            case .flags:
                return both {
                    $0.changeLocal = { $0[7] = 0x08 }
                    $0.changeCentral = { $0[9] = 0x08 }
                    $0.madeBy = 0
                    $0.attributes = 0x20
                }
            }
        }
    }

    @Test(arguments: Good.allCases)
    func `A zip whose parts agree gives its files`(_ good: Good) throws {
        var wanted = ["one": "1", "two": String(repeating: "many words ", count: 20_000)]
        if good == .empty { wanted["none"] = "" }
        #expect(try unpacked(good.zip.bytes) == wanted)
    }

    @Test func `The bundle's folder is the one in the zip, unless something stands beside it`() throws {
        func names(_ names: String...) throws -> [String] {
            try unpacked(HandMadeZip(names.map { HandMadeZip.Entry($0, $0.hasSuffix("/") ? "" : "x") }).bytes).keys
                .sorted()
        }
        #expect(try names("bundle/a", "bundle/b/c") == ["a", "b/c"])
        #expect(try names("a", "b/c") == ["a", "b/c"])
        #expect(try names("bundle/a", "other/b") == ["bundle/a", "other/b"])
        #expect(try names("a", "b") == ["a", "b"])
        // What file managers leave does not count.
        #expect(try names("My Bundle/a", "__MACOSX/._My Bundle", ".DS_Store", "._My Bundle", "Thumbs.db") == ["a"])
        #expect(try names("bundle/a", "._other").count == 2)
    }

    @Test func `A bundle that is packed is unpacked to the same files, and verifies`() throws {
        let bundle = try SampleBundle()
        let zip = RawPath(bundle.folder("bundle.zip"))
        try ZipFile.pack(RawPath(bundle.folder("bundle")), to: zip, name: "bundle.zip", seconds: nil)
        #expect(ZipFile.isZip(zip))
        let trust = try bundle.keys.trust()
        let verdict = try ZipFile.unpacked(zip, name: "bundle.zip") { (folder) throws(Problem) in
            SampleBundle.verify(folder, trust: trust)
        }
        #expect(verdict.status == .verified, "\(verdict)")
        let files = try unpacked(try bundle.folder.read("bundle.zip"))
        #expect(Set(files.keys) == Set(bundle.folder.files(below: "bundle")))
        for (name, text) in files { #expect(try bundle.text(name) == text, "\(name)") }
        // A folder with a file that a bundle cannot have is not packed, and nothing is left.
        try bundle.write("x", to: "a b")
        let problem = #expect(throws: Problem.self) {
            try ZipFile.pack(
                RawPath(bundle.folder("bundle")), to: RawPath(bundle.folder("no.zip")), name: "no.zip", seconds: nil)
        }
        #expect(problem?.code == "E-BUNDLE-STRAY")
        let nowhere = #expect(throws: Problem.self) {
            try bundle.remove("a b")
            try ZipFile.pack(
                RawPath(bundle.folder("bundle")), to: RawPath(bundle.folder("absent/no.zip")), name: "no.zip",
                seconds: nil)
        }
        #expect(nowhere?.code == "E-IO")
        #expect(try FileManager.default.contentsOfDirectory(atPath: bundle.folder.path).count == 2)
    }

    @Test(arguments: [
        ("x.zip", "", true), ("x.ZIP", "no zip", true), ("x", "PK\u{3}\u{4}more", true), ("x", "PK\u{5}\u{6}", true),
        ("x", "PK\u{3}", false), ("x", "PK\u{1}\u{2}", false), ("x.txt", "", false), ("x.zip/y", "", false),
    ])
    func `A zip is told by its name or its beginning`(_ name: String, _ text: String, _ isZip: Bool) throws {
        let folder = try TemporaryFolder()
        try folder.write(text, to: name)
        #expect(ZipFile.isZip(RawPath(folder(name))) == isZip)
        #expect(!ZipFile.isZip(RawPath(folder("absent.zip"))) && !ZipFile.isZip(RawPath(folder.path)))
    }

    @Test func `A zip that is not there is told`() throws {
        let folder = try TemporaryFolder()
        let absent = #expect(throws: Problem.self) {
            try ZipFile.unpacked(RawPath(folder("absent.zip")), name: "absent.zip") { (_) throws(Problem) in }
        }
        #expect(absent?.code == "E-UNREADABLE" && absent?.place == "absent.zip")
    }

    // MARK: What is refused

    @Test(arguments: ZipMutant.all)
    func `A zip that can be read in two ways is refused, and says why`(_ mutant: ZipMutant) throws {
        let problem = #expect(throws: Problem.self) { try unpacked(mutant.bytes()) }
        #expect(problem?.code == "E-BUNDLE-MALFORMED" && problem?.status == .environment)
        #expect(problem?.place == "x.zip" && problem?.reason.contains(mutant.words) == true, "\(problem?.reason ?? "")")
    }

    @Test func `A zip cut anywhere is refused`() throws {
        let bytes = Good.descriptors.zip.bytes
        for count in stride(from: 0, to: bytes.count, by: 17_001) + [
            bytes.count - 1, bytes.count - 22, bytes.count - 23,
        ] {
            let problem = #expect(throws: Problem.self, "\(count) bytes") { try unpacked(Array(bytes.prefix(count))) }
            #expect(problem?.code == "E-BUNDLE-MALFORMED")
        }
    }

    @Test func `A bit that is flipped anywhere in a zip gives the same files or none`() throws {
        let zip = HandMadeZip([.init("b/one", "1"), .init("b/two", "2") { $0.isDeflated = true }])
        let bytes = zip.bytes
        let wanted = try unpacked(bytes)
        var refused = 0
        for place in bytes.indices {
            // Where a change is let pass it gives the same files: versions, attributes.
            let bit = place % 8
            guard let files = try? unpacked(bytes.flipping(bit: place * 8 + bit)) else {
                refused += 1
                continue
            }
            #expect(files == wanted, "byte \(place), bit \(bit)")
        }
        #expect(refused > bytes.count / 2 && refused < bytes.count, "\(refused) of \(bytes.count) were refused")
    }
}
