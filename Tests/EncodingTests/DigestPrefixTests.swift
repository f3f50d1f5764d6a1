import ProvenanceEncoding
import ProvenanceOpenSSL
import Testing

/// A digest by its first digits.
@Suite struct DigestPrefixTests {
    /// 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.
    private let digest = SHA256.hash(Array("test".utf8))

    @Test(arguments: [
        ("9f86d081", true), ("9F86D081", true), ("9f86d0818", true), ("9f86d081884c7d659a2feaa0c55ad015", true),
        ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", true), ("9f86d082", false),
        ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a09", false), ("86d08188", false),
    ])
    func `Digits in any case are compared with the beginning`(text: String, matches: Bool) throws {
        let prefix = try #require(DigestPrefix(text))
        #expect(prefix.matches(digest) == matches)
        #expect(!matches || prefix.key == DigestPrefix.key(of: digest))
        #expect(prefix.isWhole == (text.utf8.count == 64))
    }

    @Test(arguments: [
        "", "9f86d08", "9f86d08g", "9f86d081 ", "９f86d081", String(repeating: "a", count: 65), "0x9f86d081",
    ])
    func `Other words are no prefix`(text: String) {
        #expect(DigestPrefix(text) == nil)
    }
}
