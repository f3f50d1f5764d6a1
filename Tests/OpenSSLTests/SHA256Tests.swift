import ProvenanceOpenSSL
import TestSupport
import Testing

@Suite("SHA-256") struct SHA256Tests {
    /// FIPS 180-4 examples and the first of NIST's short messages (CAVP SHA256ShortMsg), in hexadecimal.
    static let shortMessages: [(message: String, digest: String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("d3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"),
        ("11af", "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"),
        ("b4190e", "dff2e73091f6c05e528896c4c831b9448653dc2ff043528f6769437bc7b975c2"),
        ("74ba2521", "b16aa56be3880d18cd41e68384cf1ec8c17680c45a02b1575dc1518923ae8b0e"),
        ("c299209682", "f0887fe961c9cd3beab957e8222494abb969b1ce4c6557976df8b0f6d20e9166"),
        ("e1dc724d5621", "eca0a060b489636225b4fa64d267dabbe44273067ac679f20820bddc6b6a90ac"),
        ("06e076f5a442d5", "3fd877e27450e6bbd5d74bb82f9870c64c66e109418baa8e6bbcff355e287926"),
        ("5738c929c4f4ccb6", "963bb88f27f512777aab6c8b1a02c70ec0ad651d428f870036e1917120fb48bf"),
    ]

    static let texts: [(text: String, digest: String)] = [
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrst"
                + "nopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ]

    static let million = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

    @Test("short messages of NIST", arguments: shortMessages)
    func shortMessage(message: String, digest: String) throws {
        let bytes = try #require([UInt8](hex: message))
        #expect(SHA256.hash(bytes).hex == digest)
    }

    @Test("examples of FIPS 180-4", arguments: texts)
    func example(text: String, digest: String) throws {
        #expect(SHA256.hash(Array(text.utf8)).hex == digest)
    }

    @Test("a million times 'a', in pieces of every kind")
    func aMillion() throws {
        let all = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(SHA256.hash(all).hex == Self.million)

        let hasher = ReusedHasher()
        var rest = all[...]
        var width = 1
        while !rest.isEmpty {
            hasher.update(rest.prefix(width))
            rest = rest.dropFirst(width)
            width = width * 3 % 1009 + 1
        }
        #expect(hasher.finish().hex == Self.million)
    }

    @Test("one hasher for many messages starts empty each time")
    func reuse() throws {
        let hasher = ReusedHasher()
        for _ in 0..<3 {
            for (message, digest) in Self.shortMessages {
                hasher.update(try #require([UInt8](hex: message)))
                #expect(hasher.finish().hex == digest)
            }
        }
        #expect(hasher.finish().hex == Self.shortMessages[0].digest)
    }

    @Test("this libcrypto answers as FIPS 180-4 has it")
    func knownAnswer() throws { try SHA256.check() }

    @Test("single bytes, digests and raw buffers are added as the bytes they are")
    func kindsOfUpdate() throws {
        let hasher = ReusedHasher()
        let abc = SHA256.hash(Array("abc".utf8))
        hasher.update(0x01)
        hasher.update(abc)
        abc.withBytes { hasher.update($0) }
        hasher.update([])
        #expect(hasher.finish() == SHA256.hash([0x01] + abc.bytes + abc.bytes))
    }

    @Test("the openssl command agrees on random messages of lengths around the block size")
    func command() throws {
        var random = FixedRandom(seed: 1)
        let folder = try TemporaryFolder()
        var files: [String] = []
        var expected: [String] = []
        for length in [1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 4095, 65_537] {
            let message = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            files.append(try folder.write(message, to: "\(length)"))
            expected.append(SHA256.hash(message).hex)
        }
        let ended = try run("openssl", arguments: ["dgst", "-sha256", "-r"] + files)
        #expect(ended.status == 0)
        let found = ended.stdout.split(separator: "\n").map { String($0.prefix(64)) }
        #expect(found == expected)
    }
}
