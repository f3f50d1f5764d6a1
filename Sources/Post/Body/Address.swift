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
        let left = PercentEncoding.decoded(Array(raw.utf8))
        let right = PercentEncoding.decoded(Array(encoded.utf8))
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
}
