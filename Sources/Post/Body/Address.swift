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
}
