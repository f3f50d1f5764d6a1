import ProvenanceEncoding
import ProvenanceRecord
import Testing

/// Addresses as they are searched for (RFC 3986, section 6.2.2).
@Suite struct NormalAddressTests {
    private func normal(_ text: String) -> String {
        String(decoding: NormalAddress(ExactText(text)).bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("HTTP://Example.ORG/Path", "http://example.org/Path"), ("https://example.org", "https://example.org/"),
        ("http://example.org:80/a", "http://example.org/a"), ("https://example.org:443", "https://example.org/"),
        ("https://example.org:/a", "https://example.org/a"), ("https://example.org/a/", "https://example.org/a"),
        ("https://example.org/a/?q=1", "https://example.org/a?q=1"),
        ("https://example.org?q", "https://example.org/?q"),
        ("https://example.org/%7Eann/%61%2D%2e", "https://example.org/~ann/a-."),
        ("https://example.org/%e6%b8%a1", "https://example.org/%E6%B8%A1"),
        ("https://ex%41mple.org/", "https://example.org/"), ("https://USER@Example.org/", "https://USER@example.org/"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]/"),
        ("http://a.example/%2f?%3d#%7e", "http://a.example/%2F?%3D#~"),
    ])
    func `Spellings of one address are the same`(one: String, other: String) {
        #expect(normal(one) == normal(other))
        let addresses = [one, other].map { NormalAddress(ExactText($0)) }
        #expect(addresses[0] == addresses[1] && Set(addresses).count == 1)
    }

    @Test(arguments: [
        ("http://example.org/", "https://example.org/"), ("http://example.org:443/", "http://example.org/"),
        ("https://example.org:8443/", "https://example.org/"), ("https://example.org/A", "https://example.org/a"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/a%3Fb", "https://example.org/a?b"),
        ("https://example.org/a%23b", "https://example.org/a#b"),
        ("https://example.org/%2541", "https://example.org/%41"),
        ("https://example.org/%E6%B8%A1", "https://example.org/渡"),
        ("https://example.org/a/../b", "https://example.org/b"),
        ("https://example.org/?Q", "https://example.org/?q"), ("https://example.org/a//", "https://example.org/a"),
        ("https://Ann@example.org/", "https://ann@example.org/"), ("https://example.org/a?", "https://example.org/a"),
    ])
    func `Other addresses stay different`(one: String, other: String) {
        #expect(normal(one) != normal(other))
        #expect(NormalAddress(ExactText(one)) != NormalAddress(ExactText(other)))
    }

    @Test(arguments: ["", "%", "%4", "a%zz", ":", "//", "http:", "http://", "1http://X", "例え", "HTTP:%"])
    func `What is no address is read too, and its form is final`(text: String) {
        #expect(normal(normal(text)) == normal(text))
    }

    @Test(arguments: [
        ("https://News.Example.org:8443/a", "example.org", true),
        ("https://news.example.org/", "NEWS.example.org", true),
        ("https://example.org.net/", "example.org", false), ("https://badexample.org/", "example.org", false),
        ("https://example.org/", "news.example.org", false), ("https://ÉTÉ.example/", "été.example", true),
        ("mailto:a@example.org", "example.org", false),
    ])
    func `A host is itself and those below it`(address: String, host: String, isAt: Bool) {
        #expect(NormalAddress(ExactText(address)).isAt(host: host) == isAt)
    }

    @Test(arguments: [
        ("https://example.org/Luting/Story", "luting/s", true), ("https://example.org/a?luting", "luting", false),
        ("https://luting.org/a", "luting", false), ("https://example.org/%E6%B8%A1%E5%8F%A3", "渡口", true),
        ("https://example.org/%E6%B8%A1", "%e6%b8", true), ("https://example.org/a%2Fb", "a/b", true),
    ])
    func `A path holds a text in any case`(address: String, text: String, holds: Bool) {
        #expect(NormalAddress(ExactText(address)).pathHolds(text) == holds)
    }
}
