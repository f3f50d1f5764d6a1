import ProvenanceEncoding
import TestSupport
import Testing

@Suite("Digest") struct DigestTests {
    static let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

    @Test("bytes and digits go in and out unchanged")
    func roundTrip() throws {
        let bytes = [UInt8](0..<32)
        let digest = try #require(Digest(bytes: bytes))
        #expect(digest.bytes == bytes)
        #expect(digest.hex == Self.hex)
        #expect(digest.description == Self.hex)
        #expect(Digest(hex: Self.hex) == digest)
        #expect(Digest(bytes: bytes[...]) == digest)
        var appended: [UInt8] = [7]
        digest.append(to: &appended)
        #expect(appended == [7] + bytes)
        appended = []
        digest.appendHex(to: &appended)
        #expect(appended == Array(Self.hex.utf8))
    }

    @Test("every length but 32 is refused", arguments: [0, 1, 12, 31, 33, 64])
    func wrongLength(count: Int) {
        #expect(Digest(bytes: [UInt8](repeating: 0, count: count)) == nil)
    }

    @Test("every spelling but 64 lowercase digits is refused")
    func wrongDigits() {
        #expect(Digest(hex: Self.hex.uppercased()) == nil)
        #expect(Digest(hex: String(Self.hex.dropLast())) == nil)
        #expect(Digest(hex: Self.hex + "0") == nil)
        #expect(Digest(hex: "") == nil)
        for bad in ["g", " ", "+", "-", "x", "\u{0}", "/", ":", "`", "@"] {
            #expect(Digest(hex: bad + Self.hex.dropFirst()) == nil)
            #expect(Digest(hex: Self.hex.dropLast() + bad) == nil)
        }
        // 64 characters that are not 64 bytes; 64 bytes that are not digits.
        #expect(Digest(hex: String(repeating: "０", count: 64)) == nil)
        #expect(Digest(hex: String(repeating: "é", count: 32)) == nil)
    }

    @Test("each byte in each place of a digit is read as what it is, or refused, whatever stands beside it")
    func eachByte() {
        let digits = Array("0123456789abcdef".utf8)
        for place in 0..<16 {
            for byte in UInt8.min...UInt8.max {
                for beside in [UInt8(ascii: "0"), UInt8(ascii: "f")] {
                    var text = [UInt8](repeating: beside, count: 64)
                    text[place] = byte
                    let wanted = digits.firstIndex(of: byte)
                    let digest = Digest(hex: text)
                    #expect((digest == nil) == (wanted == nil), "\(byte) at \(place)")
                    guard let digest, let wanted else { continue }
                    let value = digest.bytes[place / 2]
                    #expect(Int(place % 2 == 0 ? value >> 4 : value & 15) == wanted)
                    #expect(digest.hex.utf8.elementsEqual(text))
                }
            }
        }
    }

    @Test("a change of any bit makes another digest")
    func bits() throws {
        let bytes = [UInt8](0..<32)
        let digest = try #require(Digest(bytes: bytes))
        for bit in 0..<256 {
            #expect(try #require(Digest(bytes: bytes.flipping(bit: bit))) != digest)
        }
    }

    @Test("the order is that of the bytes")
    func order() throws {
        var random = FixedRandom(seed: 2)
        var lists = (0..<200).map { _ in (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) } }
        // Equal up to the last byte, and up to the first one of the second word.
        lists.append([UInt8](repeating: 0x80, count: 31) + [0x00])
        lists.append([UInt8](repeating: 0x80, count: 31) + [0xff])
        lists.append([UInt8](repeating: 0x80, count: 8) + [0x01] + [UInt8](repeating: 0xff, count: 23))
        let sorted = try lists.map { try #require(Digest(bytes: $0)) }.sorted()
        #expect(sorted.map(\.bytes) == lists.sorted { $0.lexicographicallyPrecedes($1) })
    }
}
