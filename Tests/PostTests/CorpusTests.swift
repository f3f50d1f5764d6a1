import Foundation
import ProvenanceEncoding
import ProvenanceMerkle
import ProvenanceOpenSSL
import ProvenancePost
import ProvenanceRecord
import TestSupport
import Testing

/// The 400 real posts, read and compared with what an independent parser found in them.
@Suite struct CorpusTests {
    struct Expected: Decodable {
        var path: String
        var sha256: String
        var size: Int
        var title: String?
        var from: String?
        var author: String?
        var date: String?
        var dateMilliseconds: Int64?
        var epoch: Int64?
        var linkText: String?
        var linkURL: String?
        var tags: [String]?
        var categories: [String]?
        var layout: String?
        var form: String
        var yaml: String
        var bodyOffset: Int
        var bodySHA256: String
        var anomalies: [String]

        enum CodingKeys: String, CodingKey {
            case path, sha256, size, title, from, author, date, tags, categories, layout, form, yaml, anomalies
            case dateMilliseconds = "date_ms"
            case epoch = "epoch_ms"
            case linkText = "link_text"
            case linkURL = "link_url"
            case bodyOffset = "body_offset"
            case bodySHA256 = "body_sha256"
        }
    }

    /// One post and what is expected of it.
    struct Case: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let expected: Expected

        var testDescription: String { String(reflecting: expected.path) }
    }

    static let cases: [Case] = {
        guard let archive = try? Shared.path("corpus/posts.tar.gz"), let folder = try? TemporaryFolder(),
            (try? run("tar", "-xzf", archive, "-C", folder.path))?.status == 0,
            let lines = try? folder.read("expected.jsonl")
        else { return [] }
        return lines.split(separator: 0x0A).compactMap { line in
            guard let expected = try? JSONDecoder().decode(Expected.self, from: Data(line)),
                let bytes = try? folder.read("posts/" + expected.path)
            else { return nil }
            return Case(bytes: bytes, expected: expected)
        }
    }()

    @Test func `all 400 posts are there`() throws {
        guard try Shared.path("corpus/posts.tar.gz") != nil else { return }
        #expect(CorpusTests.cases.count == 400)
    }

    @Test func `396 are accepted, 3 have no front matter and 1 is no YAML`() throws {
        guard try Shared.path("corpus/posts.tar.gz") != nil else { return }
        var codes: [String: Int] = [:]
        for item in CorpusTests.cases {
            do throws(PostError) {
                _ = try Post(parsing: item.bytes, path: item.expected.path)
                codes["accepted", default: 0] += 1
            } catch {
                codes[error.code.rawValue, default: 0] += 1
            }
        }
        #expect(codes == ["accepted": 396, "E-NO-FRONT-MATTER": 3, "E-YAML": 1])
    }

    @Test(arguments: CorpusTests.cases)
    func `a post reads as expected`(_ item: Case) throws {
        let expected = item.expected
        var sha = SHA256()
        sha.update(item.bytes)
        #expect(sha.finish().hex == expected.sha256)
        guard expected.form != "none", expected.yaml == "libyaml" else {
            #expect(throws: PostError.self) { try Post(parsing: item.bytes) }
            return
        }
        let post = try Post(parsing: item.bytes, path: expected.path)
        let digests = PostDigests.compute(item.bytes, post)
        #expect(digests.whole.hex == expected.sha256)
        #expect(digests.size == expected.size)
        #expect(post.size == expected.size)
        #expect(post.title == ExactText(try #require(expected.title)))
        #expect(post.source == ExactText(try #require(expected.from)))
        #expect(post.dated == ExactText(try #require(expected.date)))
        #expect(post.dateMilliseconds == expected.dateMilliseconds)
        #expect(post.epoch == expected.epoch)
        #expect(post.author == expected.author.map { ExactText($0) })
        #expect(post.layout == expected.layout.map { ExactText($0) })
        #expect(post.tags == expected.tags?.map { ExactText($0) })
        #expect(post.categories == expected.categories?.map { ExactText($0) })
        #expect(post.head?.linkText == expected.linkText.map { ExactText($0) })
        #expect(post.head?.linkURL == expected.linkURL.map { ExactText($0) })
        #expect(post.form.rawValue == expected.form)
        #expect(post.bodyRange == expected.bodyOffset..<expected.size)
        #expect(post.headRange.upperBound == expected.bodyOffset)
        #expect(post.frontMatterRange.upperBound == post.headRange.lowerBound)
        #expect(digests.body.hex == expected.bodySHA256)

        let warned = Set(post.warnings.map(\.code))
        let anomalies = Set(expected.anomalies)
        #expect(warned.contains(.epochDate) == anomalies.contains("epoch-date-mismatch"))
        #expect(warned.contains(.epochNaN) == anomalies.contains("epoch-nan"))
        #expect(!warned.contains(.epochDigits))
        #expect(!warned.contains(.sourceLink), "every difference of the corpus is one of percent-encoding")
        #expect(
            warned.contains(.titleLinkText)
                == !anomalies.isDisjoint(with: ["link-text-differs", "link-text-whitespace-differs"]))
        #expect(!warned.contains(.bodyNUL) && !warned.contains(.bodyUTF8))
    }

    @Test func `the known answer for passages`() throws {
        guard try Shared.path("corpus/posts.tar.gz") != nil else { return }
        let item = try #require(CorpusTests.cases.first { $0.expected.path.hasPrefix("nodenews+waimei/") })
        let post = try Post(parsing: item.bytes)
        let passages = Passages(of: item.bytes[post.bodyRange])
        #expect(passages.count == 12)
        #expect(passages.root.hex == "9cba033ddb2b301fa5a5b27251672b88e255e425be73100cb14b776ece282bd7")
    }

    @Test(arguments: CorpusTests.cases)
    func `the quick reader of front matter agrees with YAML`(_ item: Case) throws {
        guard item.expected.form != "none", let content = FrontMatterTests.content(of: item.bytes),
            let quick = PlainFrontMatter.read(item.bytes[content])
        else { return }
        #expect(try YAMLFrontMatter.read(content, of: item.bytes) == quick)
    }

    @Test func `the quick reader of front matter decides nearly every post`() throws {
        guard try Shared.path("corpus/posts.tar.gz") != nil else { return }
        let decided = CorpusTests.cases.filter { item in
            FrontMatterTests.content(of: item.bytes).flatMap { PlainFrontMatter.read(item.bytes[$0]) } != nil
        }
        #expect(decided.count > 320)
    }

    @Test(arguments: CorpusTests.cases)
    func `a record of a post comes back from its text`(_ item: Case) throws {
        guard let post = try? Post(parsing: item.bytes) else { return }
        let digests = PostDigests.compute(item.bytes, post)
        let record = PostRecord(post, digests, signer: "archive.example/signer", recorded: 1_700_000_000_000)
        let text = record.encoded()
        #expect(try PostRecord(parsing: text) == record)
        #expect(try PostRecord(parsing: text).encoded() == text)
    }
}
