import ProvenanceOpenSSL
import Testing

@testable import ProvenanceExport

/// Forms that are written and that other programs read.
@Suite struct WrittenFormTests {
    @Test func `list lines escape as sha256sum does`() throws {
        let digest = SHA256.hash(Array("x".utf8))
        #expect(DigestList.line(digest, at: "a b") == Array("\(digest.hex)  a b\n".utf8))
        #expect(DigestList.line(digest, at: "a\nb\\c\r") == Array("\\\(digest.hex)  a\\nb\\\\c\\r\n".utf8))
    }

    /// The example of the DSSE protocol, "DSSEv1 29 http://example.com/HelloWorld 11 hello world", with our type.
    @Test func `the pre-authentication encoding is that of DSSE`() {
        let encoded = Statements.preAuthenticationEncoding(Array("hello world".utf8))
        #expect(encoded == Array("DSSEv1 28 application/vnd.in-toto+json 11 hello world".utf8))
    }
}
