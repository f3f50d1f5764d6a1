import ProvenanceEncoding

/// Compares two addresses of one page.
///
/// Everywhere else an address is opaque: it is never cleaned or completed.
enum Address {
    /// Whether two addresses are equal, equal after percent-decoding, or one is the other encoded by JavaScript's
    /// `encodeURI`.
    ///
    /// Real posts hold the raw address in `from` and the encoded one in the link line, and raw addresses hold a literal
    /// `%` (`80% …`): the decoder keeps a `%` that is not followed by two hexadecimal digits.
    static func sameAfterDecoding(_ raw: ExactText, _ encoded: ExactText) -> Bool {
        if raw == encoded { return true }
        let left = decoded(raw.utf8)
        let right = decoded(encoded.utf8)
        return left == right || right.elementsEqual(raw.utf8)
    }

    /// Whether a text is an address of the web: "`http://` or `https://` in any case, then something that is no `/`".
    static func isWeb(_ text: ExactText) -> Bool {
        let bytes = text.utf8
        for scheme in ["http://", "https://"] {
            let rest = bytes.dropFirst(scheme.utf8.count)
            guard let first = rest.first, first != UInt8(ascii: "/") else { continue }
            if zip(bytes, scheme.utf8).allSatisfy({ lowered($0) == $1 }) { return true }
        }
        return false
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }

    private static func decoded(_ text: String.UTF8View) -> [UInt8] {
        let bytes = Array(text)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x25 && index + 2 < bytes.count, let high = digit(bytes[index + 1]),
                let low = digit(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
