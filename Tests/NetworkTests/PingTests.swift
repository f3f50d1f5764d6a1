import ProvenanceNetwork
import Testing

/// Addresses of monitoring services. What is sent to one is tested with a real server in CommandTests.
@Suite struct PingTests {
    @Test(arguments: ["http://a.example", "https://a.example/ping/1b-2", "http://127.0.0.1:80/", "https://a.example//"])
    func `An http or https address is one`(_ address: String) { #expect(Ping(address, agent: "test") != nil) }

    @Test(arguments: [
        "", "a.example", "file:///etc/passwd", "HTTPS://a.example", "https://a.example/?key=1", "https://a.example/#a",
        "https://a.example/a b", "https://a.example/\n", "https://ä.example/", "ftp://a.example/",
    ])
    func `Anything else is refused`(_ address: String) { #expect(Ping(address, agent: "test") == nil) }

    @Test func `A service that is not there is a reason without its address`() throws {
        let ping = try #require(Ping("http://127.0.0.1:1/secret-name", agent: "test"))
        let reason = try #require(ping.send(.success))
        #expect(!reason.isEmpty && !reason.contains("secret-name"), "\(reason)")
    }
}
