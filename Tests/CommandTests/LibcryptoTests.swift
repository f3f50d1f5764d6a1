import TestSupport
import Testing

/// libcrypto's configuration file has no effect: anyone who can set an environment variable could otherwise have other
/// code decide whether a signature is right.
@Suite struct LibcryptoTests {
    /// Allows only a provider that does not exist.
    private static let configuration = """
        openssl_conf = program
        [program]
        alg_section = algorithms
        [algorithms]
        default_properties = fips=yes

        """

    @Test func `a configuration file of libcrypto is not read`() throws {
        let archive = try CommandLineArchive.withPosts(2)
        let file = try archive.folder.write(LibcryptoTests.configuration, to: "openssl.cnf")
        let environment = ["OPENSSL_CONF": file]
        // openssl itself reads the file, and then cannot do anything.
        let openssl = try run(
            "openssl", arguments: ["genpkey", "-algorithm", "ed25519"], environment: environment,
            folder: archive.root)
        try #require(openssl.status != 0, "the file means something")
        try archive.write(samplePost(7), to: postPath(7))
        for line in [["verify", postPath(1)], ["add", "_posts"], ["audit"], ["status"], ["key", "list"]] {
            try archive.run(line, exits: 0, environment: environment)
        }
    }
}
