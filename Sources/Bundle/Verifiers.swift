import CProvenanceVerifiers
import ProvenanceOpenSSL

/// The verifiers that are put into bundles, and which copies of them are known to be genuine.
public enum Verifiers {
    /// `evidence.html`, its data empty.
    public static let page = bytes(cverifiers_page())
    /// `verify.sh`.
    public static let script = bytes(cverifiers_script())
    /// `VERIFY.md`.
    public static let guide = bytes(cverifiers_guide())

    /// SHA-256 of the verifiers of earlier released versions, by name; of `evidence.html` with its data empty. This
    /// version's own need not be listed; a release that changes them adds the previous ones here.
    static let earlier: [String: Set<String>] = [
        // 0.1.0
        "evidence.html": ["eade3a611c0b76803e0922d4fee0bb7011834cb030734a257586e712be0d70a3"],
        "verify.sh": ["10d94ffb1498b3f7d467d4e3d5a27c445cc1e9346c5a27162fa6e6f08213bdbc"],
        "VERIFY.md": ["fd499be795d13527af236323a2170c462bf762cd2f7c56c34c2132dce75b576f"],
    ]

    private static let dataStart = Array("<script type=\"application/json\" id=\"bundle-data\">".utf8)
    private static let dataEnd = Array("</script>".utf8)

    /// The page with data in its element.
    ///
    /// - Parameter data: JSON; `<`, `>` and `&` are written as escapes, so that the data cannot end the element.
    /// - Returns: The page's bytes.
    package static func page(holding data: [UInt8]) -> [UInt8] {
        guard let place = dataPlace(page) else { return page }
        var bytes = Array(page[..<place.lowerBound])
        bytes.reserveCapacity(page.count + data.count + data.count / 8)
        for byte in data {
            switch byte {
            case UInt8(ascii: "<"): bytes += Array("\\u003c".utf8)
            case UInt8(ascii: ">"): bytes += Array("\\u003e".utf8)
            case UInt8(ascii: "&"): bytes += Array("\\u0026".utf8)
            default: bytes.append(byte)
            }
        }
        return bytes + page[place.upperBound...]
    }

    /// Largest verifier that is read: the page with the data of some hundreds of entries.
    static let maxBytes = 64 << 20

    /// Whether a file of a bundle is a verifier of a released version.
    static func isKnown(_ name: String, _ bytes: [UInt8]) -> Bool {
        switch name {
        case "evidence.html":
            // A page without a place for data cannot have had its data removed.
            guard let code = code(of: bytes) else { return false }
            return isKnown(name, code, own: page)
        case "verify.sh": return isKnown(name, bytes, own: script)
        case "VERIFY.md": return isKnown(name, bytes, own: guide)
        default: return false
        }
    }

    /// A page without its data; `nil` when it has no place for data, or when the data could end the element.
    private static func code(of bytes: [UInt8]) -> [UInt8]? {
        guard let place = dataPlace(bytes) else { return nil }
        // The data must not end the element.
        guard !bytes[place].contains(UInt8(ascii: "<")) else { return nil }
        return Array(bytes[..<place.lowerBound] + bytes[place.upperBound...])
    }

    /// Whether a verifier is this version's own or one of an earlier version.
    private static func isKnown(_ name: String, _ bytes: [UInt8], own: [UInt8]) -> Bool {
        if bytes == own { return true }
        guard let digests = earlier[name] else { return false }
        return digests.contains(SHA256.hash(bytes).hex)
    }

    /// Where the data stands: from the first start of the element to the next end of one.
    private static func dataPlace(_ bytes: [UInt8]) -> Range<Int>? {
        guard let start = find(dataStart, in: bytes, from: 0),
            let end = find(dataEnd, in: bytes, from: start + dataStart.count)
        else { return nil }
        return (start + dataStart.count)..<end
    }

    private static func find(_ wanted: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = wanted.first else { return nil }
        var index = start
        while let place = bytes[index...].firstIndex(of: first) {
            if bytes[place...].starts(with: wanted) { return place }
            index = place + 1
        }
        return nil
    }

    private static func bytes(_ file: cverifiers_file) -> [UInt8] {
        Array(UnsafeBufferPointer(start: file.bytes, count: file.count))
    }
}
