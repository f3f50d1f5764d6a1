import ProvenanceEncoding

/// Lines as in `sha256sum` and BagIt: `<64 hex>  <path>` and LF.
package enum DigestList {
    /// A line for a path that needs no escape in either format.
    static func line(_ digest: Digest, _ path: String) -> [UInt8] {
        var bytes: [UInt8] = []
        digest.appendHex(to: &bytes)
        bytes += Array("  \(path)\n".utf8)
        return bytes
    }

    /// A line for any path, as GNU coreutils escapes it: "each \ and newline … is escaped … and the line starts with \".
    static func line(_ digest: Digest, at path: RawPath) -> [UInt8] {
        var name: [UInt8] = []
        var isEscaped = false
        for byte in path.bytes {
            switch byte {
            case UInt8(ascii: "\\"): name += Array("\\\\".utf8)
            case UInt8(ascii: "\n"): name += Array("\\n".utf8)
            case UInt8(ascii: "\r"): name += Array("\\r".utf8)
            default:
                name.append(byte)
                continue
            }
            isEscaped = true
        }
        var bytes: [UInt8] = isEscaped ? [UInt8(ascii: "\\")] : []
        digest.appendHex(to: &bytes)
        return bytes + Array("  ".utf8) + name + [UInt8(ascii: "\n")]
    }
}
