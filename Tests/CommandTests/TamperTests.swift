import Foundation
import TestSupport
import Testing

/// One byte, one line, one file is changed at a time, and the audit names the place.
@Suite struct TamperTests {
    /// Two accessions, a known copy and a refused file, so that every kind of line is there.
    private func sample() throws -> CommandLineArchive {
        let archive = try CommandLineArchive()
        for number in 0..<4 { try archive.write(samplePost(number), to: postPath(number)) }
        try archive.write("no post\n", to: "_posts/broken.md")
        try archive.run("add", "_posts", exits: 2)
        try archive.write(samplePost(9), to: postPath(9))
        try archive.write(samplePost(1), to: "_posts/copy.md")
        try archive.run("add", "_posts", exits: 0)
        try archive.run("audit", exits: 0)
        // Left over from the smaller tree; no checkpoint covers them any more.
        for name in ["log/tile/0/000.p/5", "log/tile/entries/000.p/5"] { try archive.remove(name) }
        return archive
    }

    /// Whether flipping a bit of the byte changes no statement: in comments, and in the newline after a PEM.
    private func isHarmless(_ path: String, _ bytes: [UInt8], _ place: Int) -> Bool {
        if path.hasSuffix(".pub.pem") { return place == bytes.count - 1 }
        guard path == "keys/policy" || path == "keys/signers" else { return false }
        let start = bytes[..<place].lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        return bytes[start] == UInt8(ascii: "#") && place > start && bytes[place] != 0x0a
    }

    @Test func `One byte turned over in any file of log, accessions and keys is found, and the file is named`() throws {
        let archive = try sample()
        var random = FixedRandom(seed: 99)
        for path in archive.files(below: "log") + archive.files(below: "accessions") + archive.files(below: "keys") {
            // An audit does not read private keys; an `add` finds them damaged.
            if path.hasSuffix(".key.pem") { continue }
            let bytes = try archive.read(path)
            var places = [0, bytes.count / 2, bytes.count - 1]
            for _ in 0..<3 { places.append(Int.random(in: bytes.indices, using: &random)) }
            for place in Set(places).sorted() where !isHarmless(path, bytes, place) {
                try archive.overwrite(
                    path, with: bytes.flipping(bit: place * 8 + Int.random(in: 0..<8, using: &random)))
                let ended = try archive.run("audit", exits: nil)
                // A changed bit in the name or id on a signature line turns a known signer into an unknown one.
                let isSigner = path == "log/checkpoint" && isOnSignatureLine(bytes, place)
                #expect(
                    [1, 2].contains(ended.status) || isSigner && ended.status == 3, "\(path), byte \(place)\n\(ended)")
                if !isSigner {
                    let name = (path as NSString).lastPathComponent
                    #expect((ended.stdout + ended.stderr).contains(name), "\(path), byte \(place)\n\(ended)")
                }
            }
            try archive.overwrite(path, with: bytes)
        }
        try archive.run("audit", exits: 0)
    }

    private func isOnSignatureLine(_ bytes: [UInt8], _ place: Int) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\n\n") else { return false }
        return place > text.utf8.distance(from: text.startIndex, to: end.lowerBound)
    }

    @Test func `A bit of a private key turned over signs nothing`() throws {
        let archive = try sample()
        try archive.write(samplePost(30), to: postPath(30))
        let size = try archive.size()
        for role in ["log", "signer"] {
            let path = "keys/\(role).key.pem"
            let bytes = try archive.read(path)
            for place in stride(from: 0, to: bytes.count - 1, by: 9) {
                try archive.overwrite(path, with: bytes.flipping(bit: place * 8))
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: archive(path))
                let ended = try archive.run("add", "_posts", exits: 2)
                #expect(ended.stderr.contains("E-KEY"), "\(ended)")
            }
            try archive.overwrite(path, with: bytes)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: archive(path))
        }
        #expect(try archive.size() == size)
        try archive.run("add", "_posts", exits: 0)
    }

    @Test func `A file of the log that is gone, empty, cut or doubled is found`() throws {
        let archive = try sample()
        for path in archive.files(below: "log") {
            let bytes = try archive.read(path)
            for changed in [nil, [], Array(bytes.dropLast()), bytes + bytes, bytes + [0]] as [[UInt8]?] {
                if let changed { try archive.overwrite(path, with: changed) } else { try archive.remove(path) }
                for line in [["audit"], ["verify", "_posts"], ["status"]] {
                    let ended = try archive.run(line, exits: nil)
                    #expect([1, 2].contains(ended.status), "\(line), \(path)\n\(ended)")
                    let name = (path as NSString).lastPathComponent
                    #expect((ended.stdout + ended.stderr).contains(name), "\(path)\n\(ended)")
                }
                let size = try? archive.size()
                try archive.write(samplePost(31), to: postPath(31))
                let ended = try archive.run("add", "_posts", exits: nil)
                #expect([1, 2].contains(ended.status), "add, \(path)\n\(ended)")
                #expect((try? archive.size()) == size, "nothing is published on damage")
                try archive.remove(postPath(31))
                try archive.overwrite(path, with: bytes)
            }
        }
        try archive.run("audit", exits: 0)
    }

    @Test func `Entries that change places are found`() throws {
        let archive = try sample()
        let path = "log/tile/entries/000.p/7"
        let bytes = try archive.read(path)
        // Each entry has its length before it, two bytes.
        var entries: [[UInt8]] = []
        var rest = bytes[...]
        while rest.count >= 2 {
            let length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
            entries.append(Array(rest.prefix(2 + length)))
            rest = rest.dropFirst(2 + length)
        }
        try #require(entries.count == 7 && rest.isEmpty)
        for (one, other) in [(0, 1), (2, 3), (0, 5), (3, 4)] {
            var changed = entries
            changed.swapAt(one, other)
            try archive.overwrite(path, with: Array(changed.joined()))
            let ended = try archive.run("audit", exits: 1)
            #expect(ended.stdout.contains("000.p/7"), "\(ended)")
            try archive.run("status", exits: 1)
        }
        // One is left out, and another takes its place.
        var changed = entries
        changed[2] = entries[1]
        try archive.overwrite(path, with: Array(changed.joined()))
        try archive.run("audit", exits: 1)
        try archive.overwrite(path, with: bytes)
        try archive.run("audit", exits: 0)
    }

    @Test func `A withheld register line is as logged, and its place unknown; a changed, moved or lost one is forged`()
        throws
    {
        let archive = try sample()
        let path = try #require(
            try archive.files(below: "accessions").first { try archive.read($0).split(separator: 0x0a).count == 6 })
        let bytes = try archive.read(path)
        let lines = bytes.split(separator: 0x0a).map(Array.init)
        func write(_ lines: [[UInt8]]) throws {
            try archive.overwrite(path, with: Array(lines.map { $0 + [0x0a] }.joined()))
        }
        // Withheld: its leaf hash, SHA-256 of 0x00 and the line, in its place.
        for number in 1..<lines.count {
            try archive.folder.write([0] + lines[number], to: "leaf")
            let hash = try TestSupport.run("sha256sum", archive.folder("leaf")).stdout.prefix(64)
            var changed = lines
            changed[number] = Array("\"\(hash)\"".utf8)
            try write(changed)
            try archive.run("audit", exits: 0)
            for line in [["status"], ["verify", postPath(0)]] {
                let ended = try archive.run(line, exits: 3)
                #expect(ended.stdout.contains("E-REGISTER-MISSING") && ended.stdout.contains("withheld"), "\(ended)")
            }
            changed[number] = Array("\"\(String(repeating: "0", count: 64))\"".utf8)
            try write(changed)
            try archive.run("audit", exits: 1)
        }
        for change in 0..<4 {
            var changed = lines
            switch change {
            case 0: changed.swapAt(1, 2)
            case 1: changed.remove(at: 3)
            case 2: changed.append(lines[3])
            default: changed[0] = Array("{\"roots\":[\"/\"]}".utf8)
            }
            try write(changed)
            let ended = try archive.run("audit", exits: 1)
            #expect(ended.stdout.contains("E-REGISTER-FORGED"), "\(ended)")
            try archive.run("status", exits: 1)
        }
        try archive.overwrite(path, with: bytes)
        try archive.run("audit", exits: 0)
    }

    @Test func `A register that is not there makes its claim unknown, not failed`() throws {
        let archive = try sample()
        for path in archive.files(below: "accessions") {
            let bytes = try archive.read(path)
            try archive.remove(path)
            let audit = try archive.json("audit", exits: 0)
            let claim = try #require(audit["claims"].items.first { $0["claim"].string == "registers" })
            #expect(claim["unknown"].int == 1 && claim["failed"].int == 0 && claim["proven"].int == 1)
            let status = try archive.run("status", exits: 3)
            #expect(status.stdout.contains("E-REGISTER-MISSING"), "\(status)")
            // Which record belonged to a place is unknown without the registers.
            let verdict = try archive.run("verify", postPath(0), postPath(9), exits: 3)
            #expect(verdict.stdout.contains("E-REGISTER-MISSING"), "\(verdict)")
            try archive.overwrite(path, with: bytes)
        }
        try archive.run("audit", exits: 0)
    }

    @Test func `An altered post that is added again stays a finding, its old bytes put back as well`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try archive.run("export", "-o", "Manifests/before.json", exits: 0)
        try archive.write(samplePost(1, words: "Other words."), to: postPath(1))
        let altered = try archive.run("status", exits: 1)
        #expect(altered.stdout.contains("altered    \(postPath(1))  entry 1"), "\(altered)")
        #expect(altered.stdout.contains("E-BODY-CHANGED") && altered.stdout.contains("E-WORDS-CHANGED"), "\(altered)")

        try archive.run("add", "_posts", exits: 1)
        let status = try archive.run("status", exits: 1)
        #expect(status.stdout.contains("replaced   \(postPath(1))  entry 1 "), "\(status)")
        let verdict = try archive.run("verify", postPath(1), exits: 3)
        #expect(verdict.stdout.contains("inclusion    proven     entry 4 of 6"), "\(verdict)")
        #expect(verdict.stdout.contains("Other records of this address or place:\n  entry 1 "), "\(verdict)")
        let manifest = try archive.run("verify", "Manifests/before.json", "--posts", ".", exits: 1)
        #expect(manifest.stdout.contains("E-ALTERED  entry 1 (\(postPath(1)))"), "\(manifest)")

        // A copy of the old bytes elsewhere does not undo the replacement.
        try archive.write(samplePost(1), to: "_posts/kept.md")
        let kept = try archive.json("status", exits: 1)
        #expect(kept["counts"]["replaced"].int == 1 && kept["counts"]["moved"].int == 0, "\(kept)")
        // The restored old bytes are not those last recorded here, until an `add` records them.
        try archive.remove("_posts/kept.md")
        try archive.write(samplePost(1), to: postPath(1))
        for line in [["verify", postPath(1)], ["status"]] {
            let ended = try archive.run(line, exits: 1)
            #expect(ended.stdout.contains("E-ALTERED"), "\(ended)")
        }
        #expect(try archive.json("add", "_posts", exits: 1)["known"].int == 1)
        try archive.run("verify", postPath(1), exits: 3)
        try archive.run("status", exits: 1)
    }

    @Test func `A changed ad slot can be told from a changed sentence`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        let text = samplePost(0)
        try archive.write(text.replacingOccurrences(of: "<p>", with: "<p><img src=\"ad.png\">"), to: postPath(0))
        let markup = try archive.run("verify", postPath(0), exits: 1)
        #expect(markup.stdout.contains("E-BODY-CHANGED") && !markup.stdout.contains("E-WORDS-CHANGED"), "\(markup)")
        try archive.write(text.replacingOccurrences(of: "posts/0\ntags", with: "posts/00\ntags"), to: postPath(0))
        let source = try archive.run("verify", postPath(0), exits: 1)
        #expect(source.stdout.contains("E-SOURCE-CHANGED") && !source.stdout.contains("E-BODY-CHANGED"), "\(source)")
        try archive.write(text.replacingOccurrences(of: "1644472320000", with: "1644472320001"), to: postPath(0))
        let time = try archive.run("verify", postPath(0), exits: 1)
        #expect(time.stdout.contains("E-PUBLISHED-CHANGED"), "\(time)")
    }
}
