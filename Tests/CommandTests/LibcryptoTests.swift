import TestSupport
import Testing

/// What stands in libcrypto's configuration file decides nothing: whoever sets a variable of the environment could have
/// other code answer whether a signature is right.
@Suite struct LibcryptoTests {
    /// Only a provider that is not there may answer.
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
        // openssl itself reads it, and can do nothing then.
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
