import Foundation
import TestSupport
import Testing

/// `maintain`, the one line of a scheduler: it records what is new, and tells what is new once.
@Suite struct MaintainTests {
    @Test func `Where nothing is wrong it records what is new and says nothing`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.write(samplePost(5), to: "_posts/new.md")
        let size = try archive.size()
        let ended = try archive.run("maintain", exits: 0)
        #expect(ended.output.isEmpty && ended.errors.isEmpty, "\(ended)")
        #expect(try archive.size() == size + 2, "the post and its accession")
        let told = try archive.run("maintain", "--verbose", exits: 0)
        #expect(told.stdout.hasPrefix("Nothing is wrong: 0 posts recorded; quick, full reading at "), "\(told)")
        #expect(!told.stdout.contains("VERIFIED"), "a quick run proves nothing")
        #expect(
            try archive.run("maintain", "-v", "--full", exits: 0).stdout.contains(
                "VERIFIED: 0 posts recorded; 3 files compared."))
    }

    @Test func `A finding is told once, in the first line, and the exit status stays 1`() throws {
        let archive = try CommandLineArchive.withPosts(4)
        try archive.run("maintain", exits: 0)
        try archive.write(samplePost(1, words: "Altered."), to: postPath(1))
        try archive.write(samplePost(8), to: "_posts/new.md")
        let first = try archive.run("maintain", exits: 1)
        #expect(first.stdout.hasPrefix("altered    \(postPath(1))  entry 1: "), "\(first)")
        #expect(first.stdout.contains("FAILED: 1 new finding, 2 posts recorded"), "\(first)")
        // The new bytes are recorded now, and it is the same finding.
        for _ in 0..<2 {
            let again = try archive.run("maintain", exits: 1)
            #expect(again.output.isEmpty && again.errors.isEmpty, "\(again)")
        }
        try archive.remove(postPath(2))
        let second = try archive.run("maintain", exits: 1)
        #expect(second.stdout.hasPrefix("missing    \(postPath(2))  entry 2: the file is gone"), "\(second)")
        #expect(second.stdout.contains("1 new finding, 2 open in all"), "\(second)")
        let json = try archive.json("maintain", exits: 1)
        #expect(json["new"].int == 0 && json["open"].int == 2 && json["findings"].items.count == 2)
        guard try isThere("faketime") else { return }
        let daily = try archive.run("maintain", exits: 1, under: ["faketime", "+25 hours"])
        #expect(daily.stdout.hasPrefix("2 findings open since "), "\(daily)")
        // Further changes of the same place are new.
        try archive.write(samplePost(1, words: "Altered again."), to: postPath(1))
        #expect(try archive.run("maintain", exits: 1).stdout.hasPrefix("altered    \(postPath(1))"))
    }

    @Test func `What it remembers decides no verdict`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try archive.write(samplePost(0, words: "Altered."), to: postPath(0))
        try archive.run("maintain", exits: 1)
        let memory = String(decoding: try archive.read(".provenance/maintain"), as: UTF8.self)
        for text in [nil, "", "{}", "[1]", memory + "x", memory.replacingOccurrences(of: "@v1", with: "@v9")] {
            try archive.remove(".provenance/maintain")
            if let text { try archive.write(text, to: ".provenance/maintain") }
            let ended = try archive.run("maintain", exits: 1)
            #expect(ended.stdout.hasPrefix("replaced   \(postPath(0))"), "told anew\n\(ended)")
        }
        // A full reading in the future was made by a wrong clock.
        let late = memory.replacingOccurrences(
            of: "\"fullReading\":[0-9]+", with: "\"fullReading\":9000000000000000", options: .regularExpression)
        try archive.write(late, to: ".provenance/maintain")
        #expect(try archive.json("maintain", exits: 1)["reading"].string == "full")
    }

    @Test func `A quick run that no full one follows is overdue after a day`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        let never = try archive.run("maintain", "--quick", exits: 1)
        #expect(never.stdout.contains("E-READING-OVERDUE  log: no full reading was ever made"), "\(never)")
        try archive.run("maintain", "--full", exits: 0)
        try archive.run("maintain", "--quick", exits: 0)
        guard try isThere("faketime") else { return }
        let ended = try archive.run("maintain", "--quick", exits: 1, under: ["faketime", "+25 hours"])
        #expect(ended.stdout.contains("E-READING-OVERDUE  log: the last full reading was on "), "\(ended)")
        #expect(try archive.json("maintain", exits: 0, under: ["faketime", "+26 hours"])["reading"].string == "full")
    }

    @Test func `New posts are recorded although something is wrong, but not on a log that was rolled back`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try FileManager.default.copyItem(atPath: archive("log"), toPath: archive.folder("before"))
        try archive.write(samplePost(5), to: "_posts/a.md")
        try archive.remove(postPath(0))
        let size = try archive.size()
        try archive.run("maintain", exits: 1)
        #expect(try archive.size() > size)
        try archive.remove("log")
        try FileManager.default.moveItem(atPath: archive.folder("before"), toPath: archive("log"))
        try archive.write(samplePost(6), to: "_posts/b.md")
        let ended = try archive.run("maintain", exits: 1)
        #expect(ended.stdout.contains("E-LOG-ROLLED-BACK") && ended.stdout.contains("nothing was recorded"), "\(ended)")
        #expect(try archive.size() == size)
    }

    @Test func `Refusals of a new cause are told, and few of a known one wait for the daily line`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.write("no post", to: "_posts/bad.md")
        let first = try archive.run("maintain", exits: 2)
        #expect(
            first.stdout.hasPrefix("E-NO-FRONT-MATTER  _posts/bad.md:1")
                && first.stdout.contains("1 new file was refused"),
            "\(first)")
        for number in 10..<60 { try archive.write(samplePost(number), to: "_posts/\(number).md") }
        try archive.write("no post either", to: "_posts/bad2.md")
        let second = try archive.run("maintain", exits: 0)
        #expect(second.output.isEmpty, "\(second)")
        // Two among thirty are too many.
        for number in 60..<90 { try archive.write(samplePost(number), to: "_posts/\(number).md") }
        for number in 0..<2 { try archive.write("no post \(number)", to: "_posts/worse\(number).md") }
        #expect(
            try archive.run("maintain", exits: 2).stdout.hasPrefix(
                "E-NO-FRONT-MATTER  2 new files were refused: they want "))
        guard try isThere("faketime") else { return }
        let daily = try archive.run("maintain", exits: 0, under: ["faketime", "+25 hours"])
        #expect(daily.stdout.contains("1 file was refused for known causes"), "\(daily)")
    }

    @Test func `Posts that are gone for good are told by their token, once`() throws {
        let archive = try CommandLineArchive.withPosts(70)
        for number in 0..<55 { try archive.remove(postPath(number)) }
        try archive.write(samplePost(100), to: "_posts/new.md")
        let size = try archive.size()
        let asked = try archive.run("maintain", exits: 1)
        #expect(asked.stdout.hasPrefix("E-MASS-CHANGE  _posts: is the folder mounted?"), "\(asked)")
        #expect(try archive.size() == size)
        let token = try #require(try archive.json("status", exits: 1)["massChanges"].items.first?["token"].string)
        try archive.run("maintain", "--mass-change", "000000000000", exits: 1)
        #expect(try archive.size() == size)
        let ended = try archive.run("maintain", "--mass-change", token, exits: 1)
        #expect(ended.stdout.hasPrefix("missing    ") && ended.stdout.contains("and 35 more"), "\(ended)")
        #expect(try archive.size() == size + 2)
        #expect(try archive.run("maintain", exits: 1).output.isEmpty)
    }

    @Test func `Posts of a folder that was removed for good are told by their token, once`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try archive.write(samplePost(9), to: "other/a.md")
        try archive.run("add", "other", exits: 0)
        try archive.remove("_posts")
        let asked = try archive.run("maintain", exits: 1)
        #expect(asked.stdout.hasPrefix("E-FOLDER-EMPTY  _posts: is the folder mounted?"), "\(asked)")
        let token = try #require(try archive.json("status", exits: 1)["massChanges"].items.first?["token"].string)
        let ended = try archive.run("maintain", "--mass-change", token, exits: 1)
        #expect(ended.stdout.hasPrefix("missing    _posts/"), "\(ended)")
        #expect(try archive.json("status", exits: 1)["massChanges"].items.isEmpty)
        try archive.write(samplePost(10), to: "other/b.md")
        #expect(try archive.json("maintain", exits: 1)["recorded"].int == 1)
    }

    @Test func `Posts that move up to the archive's own folder do not make it record everything`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.write(samplePost(9), to: "elsewhere/draft.md")
        try FileManager.default.moveItem(atPath: archive(postPath(0)), toPath: archive("moved.md"))
        #expect(try archive.run("status", exits: 0).stdout.contains("`provenance add moved.md` registers"))
        let json = try archive.json("maintain", exits: 0)
        #expect(json["known"].int == 1 && json["recorded"].int == 0, "\(json)")
        #expect(try archive.json("status", exits: 0)["counts"]["moved"].int == 0)
    }

    @Test func `A folder that was never added is not recorded because a post has moved there`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        for number in 10..<13 { try archive.write(samplePost(number), to: "drafts/\(number).md") }
        try archive.write(samplePost(20), to: "node_modules/p/README.md")
        try FileManager.default.moveItem(atPath: archive(postPath(0)), toPath: archive("drafts/0000.md"))
        for _ in 0..<2 {
            let json = try archive.json("maintain", exits: 0)
            #expect(json["recorded"].int == 0, "\(json)")
        }
        #expect(try archive.json("status", exits: 0)["counts"]["moved"].int == 0, "it is registered where it is")
        try FileManager.default.moveItem(atPath: archive(postPath(1)), toPath: archive("node_modules/p/a.md"))
        #expect(try archive.json("maintain", exits: 0)["recorded"].int == 0)
        // Somebody says that they may be.
        try archive.run("add", "drafts", exits: 0)
        try archive.write(samplePost(14), to: "drafts/14.md")
        #expect(try archive.json("maintain", exits: 0)["recorded"].int == 1)
    }

    @Test func `Posts in a folder that git ignores are told once`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        try #require(try TestSupport.run("git", arguments: ["init", "-q", archive("")]).status == 0)
        try archive.run("maintain", exits: 0)
        try archive.write("_posts/2*/\n", to: ".gitignore")
        try archive.write(samplePost(9), to: "_posts/2022/new.md")
        let first = try archive.run("maintain", exits: 0)
        #expect(first.stdout.hasPrefix("not looked at  1 post in _posts/2022, which is ignored\n"), "\(first)")
        #expect(try archive.run("maintain", exits: 0).output.isEmpty)
    }

    @Test func `While one folder is away, what is missing elsewhere is told, and a token is good once`() throws {
        let archive = try CommandLineArchive.withPosts(12)
        for number in 20..<23 { try archive.write(samplePost(number), to: "other/\(number).md") }
        try archive.run("add", "other", exits: 0)
        try FileManager.default.moveItem(atPath: archive("_posts"), toPath: archive(".away"))
        let asked = try archive.run("maintain", exits: 1)
        #expect(asked.stdout.hasPrefix("E-FOLDER-EMPTY  _posts: is the folder mounted?"), "\(asked)")
        try archive.remove("other/20.md")
        let other = try archive.run("maintain", exits: 1)
        #expect(other.stdout.hasPrefix("missing    other/20.md"), "\(other)")
        let token = try #require(try archive.json("status", exits: 1)["massChanges"].items.first?["token"].string)
        try archive.run("maintain", "--mass-change", token, exits: 1)
        #expect(try archive.json("status", exits: 1)["massChanges"].items.isEmpty)
        try FileManager.default.moveItem(atPath: archive(".away"), toPath: archive("_posts"))
        try archive.run("maintain", exits: 1)
        // Another disk, with files of its own.
        try FileManager.default.moveItem(atPath: archive("_posts"), toPath: archive(".away"))
        try archive.write(samplePost(90), to: "_posts/other.md")
        let again = try archive.run("maintain", exits: 1)
        #expect(again.stdout.hasPrefix("E-MASS-CHANGE  _posts: is the folder mounted? 12 of its posts"), "\(again)")
        #expect(try archive.json("status", exits: 1)["massChanges"].items.first?["token"].string == token)
    }

    @Test func `A folder that was added by itself is asked about, also below another`() throws {
        let archive = try CommandLineArchive()
        for number in 0..<3 {
            try archive.write(samplePost(number), to: "posts/2021/\(number).md")
            try archive.write(samplePost(10 + number), to: "posts/2022/\(number).md")
        }
        try archive.run("add", "posts/2021", "posts/2022", exits: 0)
        for number in 0..<3 { try archive.remove("posts/2021/\(number).md") }
        try archive.write(samplePost(50), to: "posts/2022/new.md")
        let asked = try archive.run("maintain", exits: 1)
        #expect(asked.stdout.hasPrefix("E-FOLDER-EMPTY  posts/2021: is the folder mounted?"), "\(asked)")
        #expect(try archive.json("maintain", exits: 1)["recorded"].int == 0)
    }

    @Test func `A clock that is behind is told, and does not date the last post back`() throws {
        guard try isThere("faketime") else { return }
        let archive = try CommandLineArchive.withPosts(2)
        try archive.run("maintain", exits: 0)
        try archive.write(samplePost(7), to: "_posts/old.md")
        let early = try archive.run("maintain", exits: 0, under: ["faketime", "2020-01-01"])
        #expect(early.stdout.contains("W-CLOCK  the clock shows 2020-01-01"), "\(early)")
        try archive.run("status", "--max-quiet", "48h", "--max-gap", "48h", exits: 0)
    }

    @Test(arguments: [
        ["--ping", "http://"], ["--ping", "http:///x"], ["--report", "-"], ["--report", "_posts/r.md"],
        ["--report", "x", "--metrics", "x"],
    ])
    func `An output or address that cannot be meant is a mistake`(words: [String]) throws {
        let archive = try CommandLineArchive.withPosts(1)
        let ended = try archive.run(["maintain"] + words, exits: 2)
        #expect(ended.stderr.hasPrefix("E-USAGE  --"), "\(ended)")
    }

    @Test func `Names that are no posts' are told, and an output that cannot be meant stops the run before it begins`()
        throws
    {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.write("x", to: "_posts/page.html")
        #expect(try archive.json("maintain", exits: 0)["notLookedAt"]["names"][".html"].int == 1)
        #expect(try archive.run("maintain", "-v", exits: 0).stdout.contains("; not looked at: 1 .html."))
        try archive.write(samplePost(5), to: "_posts/new.md")
        let size = try archive.size()
        try archive.write("mine", to: "other")
        try archive.run("maintain", "--metrics", "other", exits: 2)
        #expect(try archive.size() == size)
    }

    @Test func `A folder to which posts have moved is recorded too`() throws {
        let archive = try CommandLineArchive.withPosts(3)
        try FileManager.default.moveItem(atPath: archive("_posts"), toPath: archive("archived"))
        let json = try archive.json("maintain", exits: 0)
        #expect(json["known"].int == 3, "\(json)")
        #expect(try archive.json("status", exits: 0)["counts"]["moved"].int == 0)
    }

    @Test func `Without a folder that was ever added it has nothing to do`() throws {
        let archive = try CommandLineArchive()
        let ended = try archive.run("maintain", exits: 3)
        #expect(ended.stdout.contains("name the folders once: provenance maintain FOLDER"), "\(ended)")
        try archive.write(samplePost(0), to: "_posts/a.md")
        try archive.run("maintain", "_posts", exits: 0)
        try archive.write(samplePost(1), to: "_posts/b.md")
        #expect(try archive.json("maintain", exits: 0)["recorded"].int == 1)
    }

    @Test func `What keeps it from its work is told once a day`() throws {
        let archive = try CommandLineArchive.withPosts(1)
        let first = try archive.run("maintain", "--publish", "git", exits: 2)
        #expect(first.stdout.hasPrefix("E-PUBLISH  "), "\(first)")
        let again = try archive.run("maintain", "--publish", "git", exits: 2)
        #expect(again.output.isEmpty, "\(again)")
        #expect(try archive.run("maintain", "--publish", "git", "-v", exits: 2).stdout.hasPrefix("E-PUBLISH  "))
        guard try isThere("faketime") else { return }
        let daily = try archive.run("maintain", "--publish", "git", exits: 2, under: ["faketime", "+25 hours"])
        #expect(daily.stdout.hasPrefix("E-PUBLISH  "), "\(daily)")
    }

    // MARK: Monitoring

    @Test func `Report and figures are files of their own kind, replaced at once`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        try archive.write(samplePost(0, words: "Altered."), to: postPath(0))
        let line = ["maintain", "--report", "r.json", "--metrics", "m.prom"]
        for _ in 0..<2 { try archive.run(line, exits: 1) }
        let report = try #require(try JSON.lines(try archive.read("r.json")).first)
        #expect(report["status"].string == "failed" && report["open"].int == 1 && report["new"].int == 0)
        let figures = String(decoding: try archive.read("m.prom"), as: UTF8.self)
        let label = "{origin=\"\(CommandLineArchive.origin)\"}"
        #expect(figures.contains("\nprovenance_exit_status\(label) 1\n"), "\(figures)")
        #expect(figures.contains("\nprovenance_open_findings\(label) 1\n"))
        for row in figures.split(separator: "\n") where !row.hasPrefix("#") {
            #expect(row.wholeMatch(of: /[a-z_]+\{origin="[^"]+"\} [0-9]+/) != nil, "\(row)")
        }
        // Nothing else is replaced.
        try archive.write("mine", to: "other")
        for option in ["--report", "--metrics"] {
            #expect(try archive.run("maintain", option, "other", exits: 2).stderr.contains("E-OUTPUT-EXISTS"))
        }
        #expect(try archive.read("other") == Array("mine".utf8))
    }

    /// A server that writes down what is asked, and answers each request with a status; with 0 it never answers.
    private final class Server {
        let port: String
        private let process: pid_t

        init(_ archive: CommandLineArchive, status: Int) throws {
            // It names its own process, since `python3` on PATH may be a script that starts another.
            let script = """
                import http.server, os, threading, time
                class Handler(http.server.BaseHTTPRequestHandler):
                    def do_GET(self):
                        with open("asked", "a") as file:
                            file.write(f"{self.command} {self.path} {self.headers.get('Content-Length', '-')}\\n")
                        if \(status) == 0: time.sleep(60)
                        self.send_response(\(status) or 200); self.send_header("Location", "/elsewhere"); self.end_headers()
                    def log_message(self, *words): pass
                threading.Timer(120, lambda: os._exit(0)).start()
                server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
                with open("port.new", "w") as file: file.write(f"{server.server_port} {os.getpid()}")
                os.rename("port.new", "port")
                server.serve_forever()
                """
            for name in ["port", "asked"] { try? FileManager.default.removeItem(atPath: archive.folder(name)) }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["python3", "-c", script]
            process.currentDirectoryURL = URL(fileURLWithPath: archive.folder.path)
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            for _ in 0..<200 {
                let words = (try? String(contentsOfFile: archive.folder("port"), encoding: .utf8))?.split(
                    separator: " ")
                if let words, words.count == 2, let number = pid_t(words[1]) {
                    (port, self.process) = (String(words[0]), number)
                    return
                }
                usleep(50_000)
            }
            process.terminate()
            throw CocoaError(.fileReadNoSuchFile)
        }

        deinit { kill(process, SIGKILL) }
    }

    private func asked(_ archive: CommandLineArchive) -> [String] {
        let text = (try? String(contentsOfFile: archive.folder("asked"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    @Test func `A service is told of start and end, and its answer changes no verdict`() throws {
        guard try isThere("python3") else { return }
        let archive = try CommandLineArchive.withPosts(2)
        for (status, warns) in [(200, false), (404, true), (302, false)] {
            let server = try Server(archive, status: status)
            let ended = try archive.run("maintain", "--ping", "http://127.0.0.1:\(server.port)/job/", exits: 0)
            #expect(asked(archive).sorted() == ["GET /job -", "GET /job/start -"], "\(status)")
            #expect(ended.stderr.contains("W-PING  the service answered with status 404") == warns, "\(ended)")
        }
        try archive.write(samplePost(0, words: "Altered."), to: postPath(0))
        let server = try Server(archive, status: 200)
        try archive.run("maintain", "--ping", "http://127.0.0.1:\(server.port)/job", exits: 1)
        #expect(asked(archive).sorted() == ["GET /job/fail -", "GET /job/start -"])
    }

    @Test func `A service that hangs or is not there costs seconds and no verdict`() throws {
        guard try isThere("python3") else { return }
        let archive = try CommandLineArchive.withPosts(1)
        let server = try Server(archive, status: 0)
        let began = ContinuousClock.now
        let ended = try archive.run("maintain", "--ping", "http://127.0.0.1:\(server.port)/job", exits: 0)
        // Bounded, not measured: twice five seconds, and what a busy machine adds.
        #expect(ContinuousClock.now - began < .seconds(40))
        #expect(ended.stderr.contains("W-PING") && ended.stdout.isEmpty, "\(ended)")
        let gone = try archive.run("maintain", "--ping", "http://127.0.0.1:1/secret-name", exits: 0)
        #expect(gone.stderr.contains("W-PING") && !gone.stderr.contains("secret-name"), "\(gone)")
    }

    @Test(arguments: ["file:///etc/passwd", "ftp://a.example/x", "http://a.example/?a", "http://a b/", "a.example"])
    func `An address that is none of a service is refused`(_ address: String) throws {
        let archive = try CommandLineArchive.withPosts(1)
        try archive.run("maintain", "--ping", address, exits: 2)
    }
}
