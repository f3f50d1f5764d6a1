import ProvenanceOpenSSL
import TestSupport
import Testing

@Suite("Public keys that are refused") struct RefusedKeyTests {
    /// The 8 points of low order in their 14 encodings: y and both signs of x, and y + p where that is below 2^255.
    static let lowOrder: [String] = {
        let zeros = String(repeating: "00", count: 30)
        let full = String(repeating: "ff", count: 30)
        let order8 = [
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03",
        ]
        var encodings = ["\(order8[0])05", "\(order8[0])85", "\(order8[1])7a", "\(order8[1])fa"]
        for first in ["00", "01"] { encodings += ["\(first)\(zeros)00", "\(first)\(zeros)80"] }
        for first in ["ec", "ed", "ee"] { encodings += ["\(first)\(full)7f", "\(first)\(full)ff"] }
        return encodings
    }()

    /// y in p…2^255-1, that is 2^255-19 … 2^255-1, with both signs of x.
    static let nonCanonical: [String] = (0xed...0xff).flatMap { first in
        ["7f", "ff"].map { String(first, radix: 16) + String(repeating: "ff", count: 30) + $0 }
    }

    @Test("the 14 encodings of points of low order", arguments: lowOrder)
    func lowOrderKey(hex: String) throws {
        let raw = try #require([UInt8](hex: hex))
        #expect(raw.count == 32)
        #expect(throws: OpenSSLError.self) { try Ed25519PublicKey(raw: raw) }
    }

    @Test("there are 14 of them")
    func fourteen() { #expect(Set(Self.lowOrder).count == 14) }

    @Test("encodings with y of 2^255-19 or more", arguments: nonCanonical)
    func nonCanonicalKey(hex: String) throws {
        let raw = try #require([UInt8](hex: hex))
        #expect(throws: OpenSSLError.self) { try Ed25519PublicKey(raw: raw) }
    }

    @Test("the largest canonical y is not called non-canonical")
    func largestCanonical() throws {
        // p - 1 is of low order; p - 2 is the next below.
        let raw = try #require([UInt8](hex: "eb" + String(repeating: "ff", count: 30) + "7f"))
        #expect(try Ed25519PublicKey(raw: raw).raw == raw)
    }

    @Test("another length", arguments: [0, 1, 31, 33, 64])
    func length(count: Int) {
        #expect(throws: OpenSSLError.self) { try Ed25519PublicKey(raw: [UInt8](repeating: 9, count: count)) }
    }

    @Test("a low-order key is refused as SPKI in PEM too")
    func pem() throws {
        // The DER prefix of an Ed25519 SPKI (RFC 8410 §4) before a key of low order.
        let prefix = try #require([UInt8](hex: "302a300506032b6570032100"))
        for hex in Self.lowOrder {
            let der = prefix + (try #require([UInt8](hex: hex)))
            let pem = try run("openssl", arguments: ["base64", "-A"], input: der).stdout
            let text = "-----BEGIN PUBLIC KEY-----\n\(pem)\n-----END PUBLIC KEY-----\n"
            #expect(throws: OpenSSLError.self) { try Ed25519PublicKey.load(pem: Array(text.utf8)) }
        }
    }
}
