import Foundation
import ProvenanceEncoding
import ProvenancePost
import ProvenanceRecord
import TestSupport
import Testing

/// The known answers for records of any post, made by another program: vectors/provenance-posts in the shared folder.
enum PostVectors {
    struct File<Case: Decodable>: Decodable { let cases: [Case] }

    /// The cases of a file; none when the folder is absent, which is said.
    static func cases<Case: Decodable>(_ type: Case.Type, _ name: String) -> [Case] {
        guard let file = try? Shared.json(File<Case>.self, "vectors/provenance-posts/\(name).json") else { return [] }
        return file.cases
    }

    static func bytes(_ base64: String) -> [UInt8] { Data(base64Encoded: base64).map { [UInt8]($0) } ?? [] }

    /// The warnings that the vectors name; others are of version 1, or of the writer's choice.
    static let warnings: Set<PostWarning.Code> = [
        .sourceOther, .sourceNoAddress, .sourceLink, .notStated, .yamlMerge, .formUnknown,
    ]

    static func words(_ found: [PostWarning]) -> [String] {
        found.filter { warnings.contains($0.code) }
            .map { $0.code == .formUnknown ? $0.code.rawValue : words($0) }.sorted()
    }

    private static func words(_ warning: PostWarning) -> String {
        warning.subject.map { "\(warning.code.rawValue) \($0)" } ?? warning.code.rawValue
    }
}

/// A file, the rules, and what a writer states of it.
struct WriterCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Rules: Decodable, Sendable {
        let source: [String]
        let dated: [String]
        let acceptsPlain: Bool

        enum CodingKeys: String, CodingKey {
            case source, dated
            case acceptsPlain = "accept_plain"
        }
    }

    let name: String
    let post64: String
    let rules: Rules
    let signer: String
    let log: String
    let recorded: Int64
    let record: String?
    let bodyAt: Int?
    let warnings: [String]?
    let refused: String?
    let passedOver: [[String]]?

    enum CodingKeys: String, CodingKey {
        case name, post64, rules, signer, log, recorded, record, warnings, refused
        case bodyAt = "body_at"
        case passedOver = "passed_over"
    }

    var testDescription: String { name }
    var bytes: [UInt8] { PostVectors.bytes(post64) }
    var reading: ReadingRules {
        ReadingRules(
            sourceKeys: rules.source.map { ExactText($0) }, datedKeys: rules.dated.map { ExactText($0) },
            acceptsPlain: rules.acceptsPlain, recordsV2: true)
    }
}

/// A record against bytes.
struct RebuildCase: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let post64: String
    let record: String
    let faults: [String]
    let warnings: [String]?

    var testDescription: String { name }
}

/// A text, accepted as a record or not.
struct RecordTextCase: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let record64: String
    let accepted: Bool
    let code: String?

    var testDescription: String { name }
}

/// A front matter, as a reader without YAML and as YAML reads it.
struct SubsetCase: Decodable, Sendable, CustomTestStringConvertible {
    enum Answer: Decodable, Sendable {
        case keys([[String?]])
        case code(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let code = try? container.decode(String.self) {
                self = .code(code)
            } else {
                self = .keys(try container.decode([[String?]].self))
            }
        }
    }

    let front: String
    let yaml: Answer

    var testDescription: String { String(reflecting: front) }
}

/// A body and its passages.
struct PassagesCase: Decodable, Sendable, CustomTestStringConvertible {
    let body64: String
    let passages: [String]
    let root: String
    let number: Int
    let numberInVersion1: Int

    enum CodingKeys: String, CodingKey {
        case body64, passages, root, number
        case numberInVersion1 = "number_v1"
    }

    var testDescription: String { String(reflecting: String(decoding: PostVectors.bytes(body64), as: UTF8.self)) }
}
