/// RFC 4648 §4 base64 with padding, in its one canonical spelling.
///
/// Unused trailing bits must be zero: a decoder that ignores them accepts two spellings of the same note.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let pad = UInt8(ascii: "=")
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xff, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// The number of characters that encode `count` bytes.
    public static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// Appends the encoding of `bytes`.
    public static func append(_ bytes: some RandomAccessCollection<UInt8>, to text: inout [UInt8]) {
        // Generic code is not specialised across modules, so contiguous bytes take a concrete path.
        if bytes.withContiguousStorageIfAvailable({ append(together: $0, to: &text) }) == nil {
            Array(bytes).withUnsafeBufferPointer { append(together: $0, to: &text) }
        }
    }

    private static func append(together bytes: UnsafeBufferPointer<UInt8>, to text: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: encodedCount(bytes.count)) { characters in
            alphabet.withUnsafeBufferPointer { alphabet in
                var place = 0
                func put(_ value: UInt32) {
                    characters[place] = alphabet[Int(value & 63)]
                    place += 1
                }
                for start in stride(from: 0, to: bytes.count, by: 3) {
                    let held = Swift.min(3, bytes.count - start)
                    var group = UInt32(bytes[start]) << 16
                    if held > 1 { group |= UInt32(bytes[start + 1]) << 8 }
                    if held > 2 { group |= UInt32(bytes[start + 2]) }
                    put(group >> 18)
                    put(group >> 12)
                    put(group >> 6)
                    put(group)
                    if held < 3 { characters[place - 1] = pad }
                    if held < 2 { characters[place - 2] = pad }
                }
            }
            text.append(contentsOf: UnsafeBufferPointer(characters))
        }
    }

    /// The encoding of `bytes`.
    public static func encode(_ bytes: some RandomAccessCollection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(encodedCount(bytes.count))
        append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Decodes canonical base64.
    ///
    /// - Returns: `nil` for other characters, missing padding, or unused bits that are not zero.
    public static func decode(_ text: some RandomAccessCollection<UInt8>) -> [UInt8]? {
        // Generic code is not specialised across modules, so contiguous bytes take a concrete path.
        if let bytes = text.withContiguousStorageIfAvailable({ decode(together: $0) }) { return bytes }
        return Array(text).withUnsafeBufferPointer { decode(together: $0) }
    }

    private static func decode(together text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var accumulator: UInt32 = 0
        var held = 0
        var padding = 0
        for character in text {
            if character == pad {
                padding += 1
                continue
            }
            let value = values[Int(character)]
            guard value != 0xff, padding == 0 else { return nil }
            accumulator = accumulator << 6 | UInt32(value)
            held += 1
            if held == 4 {
                bytes.append(UInt8(accumulator >> 16 & 0xff))
                bytes.append(UInt8(accumulator >> 8 & 0xff))
                bytes.append(UInt8(accumulator & 0xff))
                accumulator = 0
                held = 0
            }
        }
        switch (held, padding) {
        case (0, 0): break
        case (2, 2):
            guard accumulator & 15 == 0 else { return nil }
            bytes.append(UInt8(accumulator >> 4 & 0xff))
        case (3, 1):
            guard accumulator & 3 == 0 else { return nil }
            bytes.append(UInt8(accumulator >> 10 & 0xff))
            bytes.append(UInt8(accumulator >> 2 & 0xff))
        default: return nil
        }
        return bytes
    }

    /// Decodes the 32 bytes of a digest from 44 characters of canonical base64.
    public static func digest(_ text: some RandomAccessCollection<UInt8>) -> Digest? {
        guard text.count == 44, let bytes = decode(text) else { return nil }
        return Digest(bytes: bytes)
    }
}
