import Foundation
import ProvenanceArchive
import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceVerification
import TestSupport
import Testing

/// `.provenance/config`, and the canonical text of rules.
@Suite struct ConfigurationTests {
    private static let origin = "archive.example.org/news"

    private func file(_ settings: String, version: Int = 2) throws -> ConfigurationFile {
        try ConfigurationFile(
            parsing: Array("provenance/archive@v\(version)\norigin \(ConfigurationTests.origin)\n\(settings)".utf8),
            place: "config")
    }

    private func words(_ texts: [String]) -> [SettingWord] { texts.map { SettingWord($0.utf8) } }

    // MARK: The file

    @Test func `A file with the origin alone has version 1, byte for byte as before`() throws {
        let bytes = try ConfigurationFile(origin: ConfigurationTests.origin, Configuration()).encoded()
        #expect(String(decoding: bytes, as: UTF8.self) == "provenance/archive@v1\norigin archive.example.org/news\n")
        let read = try ConfigurationFile(parsing: bytes, place: "config")
        #expect(try read.settings.get().isDefault && read.origin == ConfigurationTests.origin)
        // A setting that is made with its default leaves version 1.
        var configuration = Configuration()
        try configuration.set(.source, words(["from"]))
        #expect(try ConfigurationFile(origin: ConfigurationTests.origin, configuration).encoded() == bytes)
    }

    @Test(arguments: [
        "source original_url url\n", "dated 日期\n", "title headline title\n", "suffix .md .markdown\n", "accept plain\n",
        "require source dated\n", "ignore drafts/\nignore !drafts/kept%20100%25.md\n", "keep git\n",
        "attachments root . static source\n",
        "accept plain any-source\nignore %FF\nrequire source\nsource from link\n",
    ])
    func `Settings are read and written back`(_ settings: String) throws {
        let file = try file(settings)
        let configuration = try file.settings.get()
        #expect(!configuration.isDefault)
        let bytes = try ConfigurationFile(origin: ConfigurationTests.origin, configuration).encoded()
        #expect(String(decoding: bytes.dropFirst(22 + 32), as: UTF8.self) == settings)
        #expect(bytes.starts(with: Array("provenance/archive@v2\n".utf8)), "0.1.0 refuses it as another version")
        let again = try ConfigurationFile(parsing: bytes, place: "config").settings.get()
        #expect(again == configuration)
    }

    @Test func `The settings mean what they say`() throws {
        let configuration = try file(
            "suffix .md .markdown\nsource original_url url\naccept plain\nrequire source\nignore a%20b\n"
        ).settings.get()
        #expect(configuration.keys(.source) == ["original_url", "url"] && configuration.keys(.dated) == ["date"])
        #expect(configuration.acceptsPlain && !configuration.acceptsAnySource)
        #expect(configuration.words(.require) == ["source"])
        #expect(configuration.posts.isPost(RawPath("x/y.markdown")) && !configuration.posts.isPost(RawPath("x/y.txt")))
        #expect(configuration.words(.ignore) == ["a b"])
        #expect(configuration.changed.map(\.rawValue) == ["accept", "ignore", "require", "source", "suffix"])
    }

    @Test(arguments: [
        ("\n", "E-CONFIG-LINE", 3, 1), ("source url", "E-CONFIG-LINE", 3, 1), ("source url\r\n", "E-CONFIG-LINE", 3, 8),
        (" source url\n", "E-CONFIG-LINE", 3, 1), ("source  url\n", "E-CONFIG-LINE", 3, 8),
        ("source url \n", "E-CONFIG-LINE", 3, 12), ("source a%2\n", "E-CONFIG-LINE", 3, 8),
        ("source a%2f\n", "E-CONFIG-LINE", 3, 8), ("source a\tb\n", "E-CONFIG-LINE", 3, 8),
        ("sources url\n", "E-CONFIG-KEY", 3, 1), ("Source url\n", "E-CONFIG-KEY", 3, 1),
        ("# why\n", "E-CONFIG-KEY", 3, 1),
        ("source url\nsource link\n", "E-CONFIG-REPEATED", 4, 1), ("source url url\n", "E-CONFIG-REPEATED", 3, 12),
        ("accept plain plain\n", "E-CONFIG-REPEATED", 3, 14),
        ("source\n", "E-CONFIG-VALUE", 3, 7), ("ignore a b\n", "E-CONFIG-VALUE", 3, 7),
        ("ignore %23comment\n", "E-CONFIG-VALUE", 3, 8), ("ignore ok\nignore /\n", "E-CONFIG-VALUE", 4, 8),
        ("accept all\n", "E-CONFIG-VALUE", 3, 8), ("require title\n", "E-CONFIG-VALUE", 3, 9),
        ("suffix md\n", "E-CONFIG-VALUE", 3, 8), ("suffix .md .a/b\n", "E-CONFIG-VALUE", 3, 12),
        ("suffix .\n", "E-CONFIG-VALUE", 3, 8), ("keep some\n", "E-CONFIG-VALUE", 3, 6),
        ("source %20url\n", "E-CONFIG-VALUE", 3, 8), ("source a%0Ab\n", "E-CONFIG-VALUE", 3, 8),
        ("keep all git\n", "E-CONFIG-TOO-LARGE", 3, 10),
    ])
    func `A fault is told with its place`(_ settings: String, _ code: String, _ line: Int, _ column: Int) throws {
        let file = try file(settings)
        #expect(file.origin == ConfigurationTests.origin, "the origin is read all the same")
        guard case .failure(let error) = file.settings else {
            Issue.record("accepted: \(settings.debugDescription)")
            return
        }
        #expect(error.code.rawValue == code, "\(error.problem("config").line)")
        #expect((error.line, error.column) == (line, column), "\(error.problem("config").line)")
        #expect(error.problem("config").status == .environment)
        #expect(error.problem("config").place == "config:\(line):\(column)")
    }

    @Test(arguments: ["", "x\n", "provenance/archive@v3\norigin a\n", "provenance/archive@v1 \norigin a\n"])
    func `Another first line is another version`(_ text: String) throws {
        #expect {
            try ConfigurationFile(parsing: Array(text.utf8), place: "config")
        } throws: { ($0 as? Problem)?.code == "E-ARCHIVE-VERSION" }
    }

    @Test(arguments: [
        "provenance/archive@v1\norigin a\nsource url\n", "provenance/archive@v1\norigin a", "provenance/archive@v2\n",
        "provenance/archive@v2\nsource url\norigin a\n", "provenance/archive@v1\norigin a b\n",
    ])
    func `A file without its origin, or of version 1 with more, is malformed`(_ text: String) throws {
        #expect {
            try ConfigurationFile(parsing: Array(text.utf8), place: "config")
        } throws: { ($0 as? Problem)?.code == "E-MALFORMED" }
    }

    // MARK: The canonical text

    /// An answer of Tests/Interop/rules.py.
    private struct Answer: Decodable {
        let settings: [String: [String]]
        let files: [String: String]
        let text: String
        let sha256: String
    }

    private func answers() throws -> [Answer] {
        let path = Shared.packageFolder + "/Tests/ArchiveTests/Cases/rules.json"
        return try JSONDecoder().decode([Answer].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    @Test func `The canonical text is the one that another program writes`() throws {
        let answers = try answers()
        #expect(answers.count == 120)
        for answer in answers {
            var configuration = Configuration()
            for (key, words) in answer.settings {
                let setting = try #require(Setting(rawValue: key))
                try configuration.set(setting, words.map { SettingWord(try #require(Data(base64Encoded: $0))) })
            }
            var files: [RawPath: Digest] = [:]
            for (path, digest) in answer.files { files[RawPath(path)] = Digest(hex: digest) }
            let text = RulesText(configuration, files: files)
            let wanted = [UInt8](try #require(Data(base64Encoded: answer.text)))
            #expect(text.encoded() == wanted, "\(String(decoding: wanted, as: UTF8.self))")
            #expect(text.digest.hex == answer.sha256)
            let read = try RulesText(parsing: wanted)
            #expect(read.configuration == configuration && read.files == files && read.notUnderstood.isEmpty)
        }
    }

    @Test func `The page's configuration gives the page's text`() throws {
        let path = Shared.packageFolder + "/Documentation/formats/config.md"
        let page = try String(contentsOfFile: path, encoding: .utf8)
        func block(_ name: String) throws -> [UInt8] {
            let start = try #require(page.range(of: "\n```\(name)\n")).upperBound
            let end = try #require(page.range(of: "\n```", range: start..<page.endIndex)).lowerBound
            return Array((page[start..<end] + "\n").utf8)
        }
        let bytes = try block("config")
        let file = try ConfigurationFile(parsing: bytes, place: "config")
        #expect(try file.encoded() == bytes, "in its own order")
        let files: [RawPath: Digest] = [
            ".gitignore": SHA256.hash(Array("node_modules\n".utf8)),
            "keys/policy": SHA256.hash(Array("quorum none\n".utf8)),
        ]
        let text = RulesText(try file.settings.get(), files: files)
        #expect(text.encoded() == (try block("rules")))
        #expect(page.contains("`\(text.digest.hex)`"))
    }

    @Test func `No change of a byte reads as the same rules`() throws {
        for answer in try answers().suffix(8) {
            let bytes = [UInt8](try #require(Data(base64Encoded: answer.text)))
            let text = try RulesText(parsing: bytes)
            for place in bytes.indices {
                for changed in [bytes[place] ^ 1, bytes[place] ^ 0x20, 0x0A] where changed != bytes[place] {
                    var mutant = bytes
                    mutant[place] = changed
                    guard let read = try? RulesText(parsing: mutant) else { continue }
                    #expect(read != text && read.encoded() == mutant, "\(place)")
                }
                #expect((try? RulesText(parsing: Array(bytes[..<place]))) != text)
            }
        }
    }

    @Test(arguments: [
        "", "provenance/rules@v1", "provenance/rules@v2\n", "provenance/rules@v1\n\n",
        "provenance/rules@v1\nsource from\n",
        "provenance/rules@v1\nsource url\ndated day\n", "provenance/rules@v1\nsource url\nsource link\n",
        "provenance/rules@v1\nsource  url\n", "provenance/rules@v1\nsource\n", "provenance/rules@v1\ndated %e6\n",
        "provenance/rules@v1\ndated %41\n", "provenance/rules@v1\ndated 日期\n",
        "provenance/rules@v1\nfile keys/policy 00\n",
        "provenance/rules@v1\nsource url", "provenance/rules@v1\r\nsource url\r\n", "provenance/rules@v1\nSource url\n",
    ])
    func `Another spelling is refused`(_ text: String) {
        #expect(throws: ConfigurationError.self, "\(text.debugDescription)") {
            try RulesText(parsing: Array(text.utf8))
        }
    }

    @Test(arguments: [
        ("replacements declared within 72h\nsource url\n", ["replacements"]),
        ("accept plain toml\nsource url\n", ["accept"]),
        ("ignore a\nsource url\nzeal 1\nzeal 2\n", ["zeal"]),
    ])
    func `A setting of a later version is told, and the others apply`(_ lines: String, _ names: [String]) throws {
        let bytes = Array(("provenance/rules@v1\n" + lines).utf8)
        let text = try RulesText(parsing: bytes)
        #expect(text.notUnderstood == names && text.encoded() == bytes)
        #expect(text.configuration.keys(.source) == ["url"] && !text.configuration.acceptsPlain)
    }

    @Test func `A text that is too long is refused`() {
        let line = "ignore \(String(repeating: "x", count: 4_000))\n"
        let text = "provenance/rules@v1\n" + String(repeating: line, count: 17)
        #expect(throws: ConfigurationError.self) { try RulesText(parsing: Array(text.utf8)) }
    }
}
