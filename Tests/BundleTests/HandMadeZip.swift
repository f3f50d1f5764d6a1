/// A zip file written field by field, so that a test can state any of them wrongly.
struct HandMadeZip {
    /// A file or a folder in it.
    struct Entry {
        var name: [UInt8]
        var content: [UInt8]
        /// Whether the content is in a deflate stream, of blocks that are not compressed.
        var isDeflated = false
        /// Whether sizes and checksum follow the content; then the local header does not have them.
        var hasDescriptor = false
        /// Whether the local header has its sizes in 64 bits.
        var isLong = false
        /// Whether the central header has its offset in 64 bits.
        var hasLongOffset = false
        var madeBy: UInt16 = 3 << 8 | 20
        var attributes: UInt32 = 0o100644 << 16
        var localExtra: [UInt8] = []
        var centralExtra: [UInt8] = []
        var comment: [UInt8] = []
        /// Changes the local header, the data behind it, the descriptor and the central header.
        var changeLocal: (inout [UInt8]) -> Void = { _ in }
        var changeData: (inout [UInt8]) -> Void = { _ in }
        var changeDescriptor: (inout [UInt8]) -> Void = { _ in }
        var changeCentral: (inout [UInt8]) -> Void = { _ in }

        init(_ name: String, _ content: String = "", change: (inout Entry) -> Void = { _ in }) {
            self.name = Array(name.utf8)
            self.content = Array(content.utf8)
            if name.hasSuffix("/") { attributes = 0o40755 << 16 | 0x10 }
            change(&self)
        }
    }

    var entries: [Entry]
    var comment: [UInt8] = []
    /// Whether the end record is followed from one with 64 bits.
    var isLong = false
    var changeEnd: (inout [UInt8]) -> Void = { _ in }
    var changeLongEnd: (inout [UInt8]) -> Void = { _ in }
    var changeLocator: (inout [UInt8]) -> Void = { _ in }
    /// What stands between the last entry and the central directory, and behind that.
    var between: [UInt8] = []
    var behind: [UInt8] = []

    init(_ entries: [Entry]) { self.entries = entries }

    /// The file.
    var bytes: [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let data = entry.isDeflated ? HandMadeZip.deflate(entry.content) : entry.content
            let crc = HandMadeZip.crc(entry.content)
            let sizes = number(UInt32(data.count)) + number(UInt32(entry.content.count))
            let flags: UInt16 = entry.hasDescriptor ? 1 << 3 : 0
            let version: UInt16 = entry.isLong ? 45 : 20
            let method: UInt16 = entry.isDeflated ? 8 : 0
            let beginning = number(version) + number(flags) + number(method) + number(UInt16(0)) + number(UInt16(0x21))
            let offset = UInt32(file.count)
            let longSizes = number(UInt64(entry.content.count)) + number(UInt64(data.count))
            let localExtra = entry.isLong ? number(UInt16(1)) + number(UInt16(16)) + longSizes : entry.localExtra
            var local = Array("PK\u{3}\u{4}".utf8) + beginning
            local += entry.hasDescriptor ? number(UInt32(0)) : number(crc)
            local +=
                entry.isLong
                ? number(UInt32.max) + number(UInt32.max)
                : entry.hasDescriptor ? number(UInt64(0)) : sizes
            local += number(UInt16(entry.name.count)) + number(UInt16(localExtra.count)) + entry.name + localExtra
            entry.changeLocal(&local)
            var put = data
            entry.changeData(&put)
            var descriptor: [UInt8] = []
            if entry.hasDescriptor {
                descriptor = Array("PK\u{7}\u{8}".utf8) + number(crc)
                descriptor +=
                    entry.isLong ? number(UInt64(data.count)) + number(UInt64(entry.content.count)) : sizes
                entry.changeDescriptor(&descriptor)
            }
            file += local + put + descriptor
            let extra =
                entry.hasLongOffset
                ? number(UInt16(1)) + number(UInt16(8)) + number(UInt64(offset)) : entry.centralExtra
            var central = Array("PK\u{1}\u{2}".utf8) + number(entry.madeBy) + beginning + number(crc) + sizes
            central += number(UInt16(entry.name.count)) + number(UInt16(extra.count))
            central += number(UInt16(entry.comment.count)) + number(UInt16(0)) + number(UInt16(0))
            central += number(entry.attributes) + number(entry.hasLongOffset ? UInt32.max : offset)
            central += entry.name + extra + entry.comment
            entry.changeCentral(&central)
            directory += central
        }
        file += between
        let start = file.count
        file += directory + behind
        let size = directory.count + behind.count
        if isLong {
            var end = Array("PK\u{6}\u{6}".utf8) + number(UInt64(44)) + number(UInt16(45)) + number(UInt16(45))
            end += number(UInt64(0)) + number(UInt64(entries.count)) + number(UInt64(entries.count))
            end += number(UInt64(size)) + number(UInt64(start))
            changeLongEnd(&end)
            var locator = Array("PK\u{6}\u{7}".utf8) + number(UInt32(0)) + number(UInt64(start + size))
            locator += number(UInt32(1))
            changeLocator(&locator)
            file += end + locator
        }
        var end = Array("PK\u{5}\u{6}".utf8) + number(UInt32(0))
        end += number(UInt16(entries.count)) + number(UInt16(entries.count))
        end += number(UInt32(size)) + number(UInt32(start)) + number(UInt16(comment.count))
        changeEnd(&end)
        return file + end + comment
    }

    private func number<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] { HandMadeZip.number(value) }

    /// A number, the lowest byte first.
    static func number<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// RFC 1951, 3.2.4: blocks that are not compressed.
    static func deflate(_ content: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = []
        var rest = content[...]
        repeat {
            let block = rest.prefix(Int(UInt16.max))
            rest = rest.dropFirst(block.count)
            let length = UInt16(block.count)
            stream += [rest.isEmpty ? 1 : 0] + number(length) + number(~length) + block
        } while !rest.isEmpty
        return stream
    }

    /// CRC-32 as in RFC 1952, 8, bit by bit.
    static func crc(_ content: [UInt8]) -> UInt32 {
        var crc: UInt32 = .max
        for byte in content {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
