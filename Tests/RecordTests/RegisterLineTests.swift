import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceRecord
import Testing

/// Register lines are almost always read without a JSON parser, which must not change what is accepted.
@Suite struct RegisterLineTests {
    private static let digest = String(repeating: "0f", count: 32)
    private static let salt = String(repeating: "a1", count: 16)

    private static func line(
        entry: String = "7", fate: String = "recorded", path: String = "_posts/a.md", root: String = "0",
        salt: String = salt, sha256: String = digest, size: String = "12"
    ) -> String {
        "{\"entry\":\(entry),\"fate\":\"\(fate)\",\"path\":\"\(path)\",\"root\":\(root),\"salt\":\"\(salt)\","
            + "\"sha256\":\"\(sha256)\",\"size\":\(size)}"
    }

    @Test func `a plain line says what it says`() throws {
        let line = try #require(RegisterLine(parsing: Array(RegisterLineTests.line().utf8)))
        #expect(line.root == 0 && line.path == "_posts/a.md" && line.size == 12)
        #expect(line.sha256?.hex == RegisterLineTests.digest)
        #expect(line.salt == Array(repeating: 0xa1, count: 16))
        guard case .recorded(7) = line.fate else {
            Issue.record("\(line)")
            return
        }
    }

    @Test(arguments: [
        line(), line(fate: "known"), line(path: ""), line(path: "老 ❄.md"), line(path: "a\\\"b"), line(path: "a\\\\b"),
        line(entry: "0", size: "0"), line(entry: "9007199254740991", size: "9007199254740991"),
    ])
    func `a line that the program writes is read, and written again as it was`(text: String) throws {
        let line = try #require(RegisterLine(parsing: Array(text.utf8)))
        var again: [UInt8] = []
        line.append(to: &again)
        #expect(String(decoding: again, as: UTF8.self) == text)
        // For any collection of bytes.
        #expect(RegisterLine(parsing: Array(text.utf8)[...]) == line)
        #expect(RegisterLine(parsing: text.utf8) == line)
    }

    @Test(arguments: [
        // RFC 8785 has no integers above 2^53 - 1, and one spelling for each smaller one.
        line(entry: "9007199254740992"), line(size: "9007199254740993"), line(size: "18446744073709551615"),
        line(size: "18446744073709551616"), line(size: "99999999999999999999999"), line(entry: "07"), line(entry: ""),
        line(entry: "-1"), line(size: "1.0"), line(size: "+1"), line(size: "1e3"),
        line(salt: ""), line(salt: String(salt.dropLast(2))), line(salt: salt + "00"), line(salt: salt.uppercased()),
        line(sha256: ""), line(sha256: String(digest.dropLast())), line(sha256: digest.uppercased()),
        line(fate: "refused"), line(fate: "Recorded"), line(path: "\u{1}"), line(path: "\\u0041"), line(path: "\\/"),
        line() + " ", " " + line(), line() + "}", String(line().dropLast()), "",
    ])
    func `anything else is refused`(text: String) {
        #expect(RegisterLine(parsing: Array(text.utf8)) == nil)
        #expect(RegisterLine(parsing: text.utf8) == nil)
    }
}
