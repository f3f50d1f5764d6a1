import ProvenanceEncoding

/// An address in the form in which spellings of the same address are equal (RFC 3986, section 6.2.2), for searching.
///
/// Records state the address as the post has it, and only these bytes are evidence. Dot segments stay, and so does every
/// percent-encoding of a character that is not unreserved: `%2F`, `%3F`, `%23` and `%25` are data, where the bare
/// characters would divide the address.
package struct NormalAddress: Hashable, Sendable {
    /// The whole address.
    package let bytes: [UInt8]
    /// The host in lower case, without user and port; empty where there is none.
    package let host: [UInt8]
    /// The path as the address has it, with the encodings normalised.
    package let path: [UInt8]

    /// Normalises an address.
    package init(_ address: ExactText) {
        var rest = Array(address.utf8)[...]
        var scheme: [UInt8] = []
        if let colon = rest.firstIndex(where: { ":/?#".utf8.contains($0) }), rest[colon] == UInt8(ascii: ":"),
            NormalAddress.isScheme(rest[..<colon])
        {
            // "the scheme and host are case-insensitive and therefore should be normalized to lowercase" (6.2.2.1)
            scheme = rest[..<colon].map(NormalAddress.lowercase)
            rest = rest[(colon + 1)...]
        }
        var bytes = scheme
        if !scheme.isEmpty { bytes.append(UInt8(ascii: ":")) }
        let hasAuthority = rest.starts(with: "//".utf8)
        if hasAuthority {
            rest = rest.dropFirst(2)
            let authority = NormalAddress.take(&rest, upTo: "/?#")
            let (user, host, port) = NormalAddress.split(authority)
            self.host = NormalAddress.percent(host, lowercasing: true)
            bytes += Array("//".utf8) + NormalAddress.percent(user) + self.host
            // "an explicit ":port", for which the port is empty or the default for the scheme, is equivalent to one where
            // the port and its ":" delimiter are elided" (6.2.3)
            if !port.isEmpty, !NormalAddress.isDefault(port, of: scheme) { bytes += [UInt8(ascii: ":")] + port }
        } else {
            host = []
        }
        path = NormalAddress.percent(NormalAddress.take(&rest, upTo: "?#"))
        // "a URI that uses the generic syntax for authority with an empty path should be normalized to a path of "/""
        // (6.2.3). Here a slash at the end of any path is left out, which makes these two equal as well.
        bytes += path.last == UInt8(ascii: "/") ? path.dropLast() : path[...]
        bytes += NormalAddress.percent(rest)
        self.bytes = bytes
    }

    /// Whether the whole addresses are the same. Of the path alone a slash at its end is kept.
    package static func == (left: NormalAddress, right: NormalAddress) -> Bool { left.bytes == right.bytes }

    /// Hashes the whole address.
    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    // MARK: Searching in it

    /// Whether the host is this one, or one below it: `example.org` also finds `news.example.org`, not `example.org.net`.
    package func isAt(host wanted: String) -> Bool {
        let wanted = CaseFolding.fold(wanted)
        let host = CaseFolding.fold(String(decoding: host, as: UTF8.self))
        if host == wanted { return true }
        return host.count > wanted.count && host.suffix(wanted.count) == wanted[...]
            && host.dropLast(wanted.count).last == UInt8(ascii: ".")
    }

    /// Whether the path holds a text in any case, as it is or with its percent-encodings decoded.
    package func pathHolds(_ text: String) -> Bool {
        let wanted = CaseFolding.fold(text)
        return [path, PercentEncoding.decoded(path)].contains {
            Bytes.firstIndex(of: wanted, in: CaseFolding.fold(String(decoding: $0, as: UTF8.self))) != nil
        }
    }

    // MARK: Parts

    private static func isScheme(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first, isLetter(first) else { return false }
        return text.allSatisfy { isLetter($0) || isDigit($0) || "+-.".utf8.contains($0) }
    }

    /// Takes everything before the first of some characters.
    private static func take(_ rest: inout ArraySlice<UInt8>, upTo ends: String) -> ArraySlice<UInt8> {
        let taken = rest.prefix { !ends.utf8.contains($0) }
        rest = rest[taken.endIndex...]
        return taken
    }

    /// User with its `@`, host, and port without its colon.
    private static func split(
        _ authority: ArraySlice<UInt8>
    ) -> (user: ArraySlice<UInt8>, host: ArraySlice<UInt8>, port: ArraySlice<UInt8>) {
        let hostStart = authority.lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? authority.startIndex
        let place = authority[hostStart...]
        // The colons of an IPv6 address are inside brackets.
        guard let colon = place.lastIndex(of: UInt8(ascii: ":")), place[(colon + 1)...].allSatisfy(isDigit) else {
            return (authority[..<hostStart], place, [])
        }
        return (authority[..<hostStart], place[..<colon], place[(colon + 1)...])
    }

    private static func isDefault(_ port: ArraySlice<UInt8>, of scheme: [UInt8]) -> Bool {
        (scheme.elementsEqual("http".utf8) && port.elementsEqual("80".utf8))
            || (scheme.elementsEqual("https".utf8) && port.elementsEqual("443".utf8))
    }

    // MARK: Percent-encodings

    /// Normalises percent-encodings.
    ///
    /// "the hexadecimal digits within a percent-encoding triplet (e.g., "%3a" versus "%3A") are case-insensitive and
    /// therefore should be normalized to use uppercase letters for the digits A-F" (6.2.2.1); "These URIs should be
    /// normalized by decoding any percent-encoded octet that corresponds to an unreserved character" (6.2.2.2). A `%`
    /// without two digits, which real addresses have, stays.
    private static func percent(_ text: ArraySlice<UInt8>, lowercasing: Bool = false) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            if let octet = PercentEncoding.octet(text, at: index) {
                if isUnreserved(octet) {
                    result.append(lowercasing ? lowercase(octet) : octet)
                } else {
                    result += [text[index], uppercase(text[index + 1]), uppercase(text[index + 2])]
                }
                index += 3
            } else {
                result.append(lowercasing ? lowercase(text[index]) : text[index])
                index += 1
            }
        }
        return result
    }

    /// "unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~"" (2.3)
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || "-._~".utf8.contains(byte)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func lowercase(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }
    private static func uppercase(_ byte: UInt8) -> UInt8 { (0x61...0x7a).contains(byte) ? byte & 0xdf : byte }
}
