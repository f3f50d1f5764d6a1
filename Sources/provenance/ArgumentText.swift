import Glibc

/// The words of a command line as the parser of arguments takes them: text that stands for any bytes.
///
/// The system gives bytes, and names of files need not be UTF-8; the parser knows text alone. So each byte that belongs
/// to no character becomes a private-use scalar of its own, U+10FE00 and the byte. Where one of these scalars is really
/// typed, its bytes are mapped in the same way: every line of bytes has one text, and every text leads back to its bytes.
enum ArgumentText {
    /// The scalar of byte 0; only those of bytes from 0x80 on are used, for every other byte is a character.
    private static let base: UInt32 = 0x10fe00
    private static let standIns: ClosedRange<UInt32> = (base + 0x80)...(base + 0xff)

    /// The words after the program's name, from the system's own list: `CommandLine.arguments` repairs what is not UTF-8.
    static func ofProcess() -> [String] {
        let words = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
        return words.dropFirst().compactMap { word in
            word.map { text(Array(UnsafeRawBufferPointer(start: $0, count: strlen($0)))) }
        }
    }

    /// The text that stands for bytes.
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

    /// The bytes that a text stands for.
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

    /// For messages: what is not UTF-8 shows as U+FFFD.
    static func shown(_ text: String) -> String { String(decoding: bytes(of: text), as: UTF8.self) }

    /// The text of an argument that names no file; `nil` where its bytes are not UTF-8.
    static func plain(_ text: String) -> String? { String(validating: bytes(of: text), as: UTF8.self) }

    private static func isStandIn(_ scalar: Unicode.Scalar) -> Bool { standIns.contains(scalar.value) }
}
