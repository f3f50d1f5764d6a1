import Foundation
import TestSupport
import Testing

/// Bundles in zip files, by the built command: those that every reader reads alike, and others.
@Suite struct ZipTests {
    /// An archive of the samples, with a bundle and a zip of it.
    private func packed() throws -> CommandLineArchive {
        let archive = try CommandLineArchive.withSamples()
        try archive.run("export", "--bundle", "bundle", exits: 0)
        try archive.run("export", "--bundle", "good.zip", exits: 0)
        return archive
    }

    /// Where some bytes begin, from the front or from the end.
    private func place(of text: [UInt8], in bytes: [UInt8], last: Bool = false) throws -> Int {
        let data = Data(bytes)
        return try #require(data.range(of: Data(text), options: last ? .backwards : [])).lowerBound
    }

    @Test func `A zip whose headers disagree is no bundle, and the entry and the field are named`() throws {
        let archive = try packed()
        let good = try archive.read("good.zip")
        try archive.run("verify", "good.zip", exits: 0)
        let name = Array("bundle/records/3.note".utf8)
        let end = try place(of: [0x50, 0x4b, 5, 6], in: good, last: true)
        let (local, central) = (try place(of: name, in: good) - 30, try place(of: name, in: good, last: true) - 46)
        func changed(_ place: Int, _ value: UInt8? = nil) -> [UInt8] {
            var bytes = good
            bytes[place] = value ?? bytes[place] ^ 1
            return bytes
        }
        let cases: [(what: String, bytes: [UInt8], words: String)] = [
            ("local name", changed(local + 30 + 8), "bundle/records/3.note: name"),
            ("central name", changed(central + 46 + 8), "name"),
            ("flags", changed(central + 8, 0), "bundle/records/3.note: flags"),
            ("encrypted", changed(central + 8, 9), "encrypted"),
            ("method", changed(local + 8, 0), "method: 0 in its local header"),
            ("time", changed(local + 10), "bundle/records/3.note: time"), ("CRC", changed(central + 16), "CRC"),
            ("packed size", changed(central + 20), "bundle/records/3.note: "), ("size", changed(central + 24), "size"),
            ("disk", changed(central + 34), "disk"), ("offset", changed(central + 42), "offset"),
            ("a link", changed(central + 41, 0xa1), "a link or a special file"),
            ("system", changed(central + 5, 1), "system 1"),
            ("entries", changed(end + 10), "entries"), ("directory's offset", changed(end + 16), "central directory"),
            ("a byte behind", good + [0], "comment length"), ("a byte before", [0] + good, "central directory"),
            ("a zip before", good + good, "central directory"),
        ]
        for (what, bytes, words) in cases {
            try archive.overwrite("bad.zip", with: bytes)
            let ended = try archive.run("verify", "bad.zip", exits: 2)
            #expect(ended.stderr.contains("E-BUNDLE-MALFORMED  bad.zip: "), "\(what)\n\(ended)")
            #expect(ended.stderr.contains(words), "\(what)\n\(ended)")
        }
    }

    @Test func `A zip that Finder made is the bundle of its one folder`() throws {
        let archive = try packed()
        let program = """
            import os, zipfile
            def zip(name, more, top="My Bundle"):
                with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as z:
                    for base, _, files in os.walk("bundle"):
                        for file in files:
                            path = os.path.join(base, file)
                            z.write(path, top + path.removeprefix("bundle"))
                    for path in more: z.writestr(path, "left")
            mac = ["__MACOSX/._My Bundle", "__MACOSX/My Bundle/._bagit.txt", "My Bundle/.DS_Store", "My Bundle/records/._0.note"]
            zip("finder.zip", mac)
            zip("beside.zip", mac + [".DS_Store", "._My Bundle", "Thumbs.db"])
            zip("within.zip", ["__MACOSX/x", "._bagit.txt"], ".")
            zip("stray.zip", mac + ["My Bundle/records/._99.note"])
            zip("other.zip", mac + ["other/x"])
            zip("file.zip", mac + ["x"])
            zip("hidden.zip", mac + ["__MACOSX/My Bundle/records/99.note"])
            """
        let made = try TestSupport.run(
            "python3", arguments: ["-W", "ignore", "-c", program], environment: [:], folder: archive.root)
        guard made.status == 0 else { return try skip("no python3 to make zip files with") }
        for name in ["finder", "beside", "within", "hidden"] {
            let ended = try archive.run("verify", name + ".zip", exits: 0)
            #expect(ended.stdout.contains("VERIFIED: 15 entries"), "\(name)\n\(ended)")
        }
        let stray = try archive.run("verify", "stray.zip", exits: 1)
        #expect(stray.stdout.contains("E-BUNDLE-STRAY  records/._99.note"), "\(stray)")
        for name in ["other", "file"] { try archive.run("verify", name + ".zip", exits: 2) }
    }
}
