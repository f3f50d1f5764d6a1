import ProvenancePost
import TestSupport
import Testing

/// Where a body holds bytes that are not text, against the standard library's decoder.
@Suite struct BodyTextTests {
    /// The pieces: characters of every length, at the borders of their ranges, and invalid sequences.
    private static let valid: [[UInt8]] = [
        0x20, 0x3C, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0x3002, 0x4E2D, 0xD7FF, 0xE000, 0xFEFF, 0xFFFF, 0x10000,
        0x3FFFF, 0x40000, 0x10FFFF,
    ].compactMap { Unicode.Scalar($0).map { Array(String(Character($0)).utf8) } }
    private static let invalid: [[UInt8]] = [
        [0x80], [0xBF], [0xC0], [0xC1], [0xC2], [0xDF], [0xE0], [0xE0, 0x80], [0xE0, 0xA0], [0xE4], [0xE4, 0xB8],
        [0xED, 0xA0, 0x80], [0xED], [0xF0], [0xF0, 0x80], [0xF0, 0x90, 0x80], [0xF4, 0x90], [0xF5], [0xFF],
        [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xF0, 0x80, 0x80, 0x80],
    ]

    /// Offsets in the file of the post's warnings: bytes that are not UTF-8, and NUL.
    private func found(_ body: [UInt8]) throws -> (invalid: Int?, nul: Int?, start: Int) {
        let post = try Post(parsing: Sample.post(front: Sample.title, Sample.date, Sample.from, body: "") + body)
        func offset(_ code: PostWarning.Code) -> Int? {
            let words = post.warnings.first { $0.code == code }?.message.split(separator: " ").last
            return words.flatMap { Int($0) }
        }
        return (offset(.bodyUTF8), offset(.bodyNUL), post.bodyRange.lowerBound)
    }

    private func check(_ body: [UInt8]) throws {
        var invalid: Int?
        do { _ = try UTF8Span(validating: body.span) } catch { invalid = error.byteOffsets.lowerBound }
        let found = try found(body)
        #expect(found.invalid == invalid.map { $0 + found.start }, "\(body)")
        #expect(found.nul == body.firstIndex(of: 0).map { $0 + found.start }, "\(body)")
    }

    @Test("one fault is found wherever it stands", arguments: BodyTextTests.invalid + [[0]])
    func everywhere(fault: [UInt8]) throws {
        for before in 0..<40 {
            // After characters of one byte, and of three, cut so that it comes at every position of a block.
            let wide = Array(repeating: Array("中".utf8), count: before / 3).flatMap(\.self)
            for start in [[UInt8](repeating: 0x61, count: before), wide + [UInt8](repeating: 0x61, count: before % 3)] {
                for after in [0, 1, 3, 40] { try check(start + fault + [UInt8](repeating: 0x62, count: after)) }
            }
        }
    }

    @Test("of many the first of each kind is found", arguments: 0..<8)
    func mixed(seed: Int) throws {
        var random = FixedRandom(seed: UInt64(seed))
        for _ in 0..<400 {
            var body: [UInt8] = []
            let length = Int.random(in: 0...120, using: &random)
            let oddness = Int.random(in: 0...30, using: &random)
            while body.count < length {
                switch Int.random(in: 0...99, using: &random) {
                case ..<oddness: body += BodyTextTests.invalid.randomElement(using: &random) ?? []
                case 98...: body.append(0)
                case ..<65: body += Array("中文，".utf8)
                case ..<80: body += Array("<p>a".utf8)
                default: body += BodyTextTests.valid.randomElement(using: &random) ?? []
                }
            }
            try check(body)
        }
    }
}
