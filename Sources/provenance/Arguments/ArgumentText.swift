import Glibc

/// Encodes the words of a command line, which may be any bytes, as text for the argument parser.
///
/// File names need not be UTF-8, and the parser takes only text. So each byte outside a valid character becomes a
/// private-use scalar, U+10FE00 plus the byte. The bytes of such a scalar that was itself typed are encoded in the same
/// way, so the encoding is one-to-one.
enum ArgumentText {
    /// The scalar of byte 0. Only scalars of bytes from 0x80 on are used, as every other byte is a character.
    private static let base: UInt32 = 0x10fe00
    private static let standIns: ClosedRange<UInt32> = (base + 0x80)...(base + 0xff)

    /// The arguments as the system has them; `CommandLine.arguments` would replace what is not UTF-8.
    static func ofProcess() -> [String] {
        let words = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
        return words.dropFirst().compactMap { word in
            word.map { text(Array(UnsafeRawBufferPointer(start: $0, count: strlen($0)))) }
        }
    }

    /// The text that encodes bytes.
    static func text(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: isStandIn) {
            return text
        }
        var scalars = String.UnicodeScalarView()
        var rest = bytes[...]
        while let first = rest.first {
            let length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
            let character = String(validating: rest.prefix(length), as: UTF8.self)?.unicodeScalars.first
            if let character, !isStandIn(character) {
                scalars.append(character)
                rest = rest.dropFirst(length)
            } else {
                if let standIn = Unicode.Scalar(base + UInt32(first)) { scalars.append(standIn) }
                rest = rest.dropFirst()
            }
        }
        return String(scalars)
    }

    /// The bytes that a text encodes.
    static func bytes(of text: String) -> [UInt8] {
        guard text.unicodeScalars.contains(where: isStandIn) else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if isStandIn(scalar) {
                bytes.append(UInt8(truncatingIfNeeded: scalar.value - base))
            } else {
                bytes += Array(String(scalar).utf8)
            }
        }
        return bytes
    }

    /// Text for messages, with U+FFFD for what is not UTF-8.
    static func shown(_ text: String) -> String { String(decoding: bytes(of: text), as: UTF8.self) }

    /// The text of an argument that is not a file name; `nil` if its bytes are not UTF-8.
    static func plain(_ text: String) -> String? { String(validating: bytes(of: text), as: UTF8.self) }

    private static func isStandIn(_ scalar: Unicode.Scalar) -> Bool { standIns.contains(scalar.value) }
}
