import Foundation
import ProvenanceEncoding
import TestSupport
import Testing

@Suite("Canonical base64") struct Base64Tests {
    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// RFC 4648 §10.
    static let knownAnswers = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test("known answers of RFC 4648 §10", arguments: knownAnswers)
    func knownAnswer(plain: String, text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(Base64.decode(Array(text.utf8)) == Array(plain.utf8))
        #expect(Base64.encodedCount(plain.utf8.count) == text.utf8.count)
    }

    @Test("Foundation agrees on every length up to 200")
    func foundation() {
        var random = FixedRandom(seed: 5)
        for count in 0...200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Base64.encode(bytes)
            #expect(text == Data(bytes).base64EncodedString())
            #expect(Base64.decode(Array(text.utf8)) == bytes)
            var appended = Array("before ".utf8)
            Base64.append(bytes[...], to: &appended)
            #expect(appended == Array("before \(text)".utf8))
        }
    }

    @Test("of the 4,096 spellings with two pads the 256 canonical ones are read, each as its own byte")
    func twoPads() {
        var found: [[UInt8]] = []
        for first in Self.alphabet {
            for second in Self.alphabet {
                let text = [first, second] + Array("==".utf8)
                if let bytes = Base64.decode(text) {
                    found.append(bytes)
                    #expect(Array(Base64.encode(bytes).utf8) == text)
                }
            }
        }
        #expect(Set(found).count == 256)
        #expect(found.count == 256)
    }

    @Test("with one pad, each unused bit that is not zero is refused")
    func onePad() {
        for value in stride(from: 0, to: 65_536, by: 7) {
            let bytes = [UInt8(value >> 8), UInt8(value & 255)]
            let text = Array(Base64.encode(bytes).utf8)
            guard let place = Self.alphabet.firstIndex(of: text[2]) else {
                Issue.record("not base64")
                return
            }
            #expect(place % 4 == 0)
            for unused in 1...3 {
                var other = text
                other[2] = Self.alphabet[place + unused]
                #expect(Base64.decode(other) == nil)
            }
        }
    }

    @Test(
        "every other spelling is refused",
        arguments: [
            "Z", "Zg", "Zg=", "Zm8", "Zm9vYg", "Zg===", "====", "=", "==", "Zg==Zg==", "Zm8=Zm8=", "=Zg=", "Z=g=",
            "Zg=A",
            "Z===", "Zm9v\n", "Zm9v ", " Zm9v", "Zm 9v", "Zm9v\r\n", "Zm-_", "Zm9é", "Zm9v\0", "Zm9v====",
            "Zg==\n\n\n\n",
            "Zm9vA===",
        ])
    func refused(text: String) { #expect(Base64.decode(Array(text.utf8)) == nil) }

    @Test("every byte outside the alphabet is refused at every place")
    func otherBytes() {
        for byte in UInt8.min ... .max where !Self.alphabet.contains(byte) {
            for place in 0..<4 {
                var text = Array("Zm9v".utf8)
                text[place] = byte
                #expect(Base64.decode(text) == nil)
            }
        }
    }

    @Test("a digest is 44 characters for 32 bytes")
    func digest() {
        let text = Base64.encode([UInt8](0..<32))
        #expect(Base64.digest(Array(text.utf8))?.bytes == [UInt8](0..<32))
        #expect(Base64.digest(Array(Base64.encode([UInt8](0..<31)).utf8)) == nil)
        #expect(Base64.digest(Array(Base64.encode([UInt8](0..<33)).utf8)) == nil)
        #expect(Base64.digest([UInt8]()) == nil)
    }
}
