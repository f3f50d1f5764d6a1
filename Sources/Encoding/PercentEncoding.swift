/// Percent-encoded octets, as addresses hold them (RFC 3986, 2.1: "pct-encoded = "%" HEXDIG HEXDIG").
///
/// A `%` that two hexadecimal digits do not follow, which real addresses have, stands for itself.
public enum PercentEncoding {
    /// The bytes with every encoded octet decoded.
    public static func decoded(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let octet = octet(text[...], at: index)
            result.append(octet ?? text[index])
            index += octet == nil ? 1 : 3
        }
        return result
    }

    /// The octet that the three bytes from an index stand for; `nil` if they encode none.
    public static func octet(_ text: ArraySlice<UInt8>, at index: Int) -> UInt8? {
        guard index >= text.startIndex, text.endIndex - index > 2, text[index] == UInt8(ascii: "%"),
            let high = digit(text[index + 1]), let low = digit(text[index + 2])
        else { return nil }
        return high << 4 | low
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
