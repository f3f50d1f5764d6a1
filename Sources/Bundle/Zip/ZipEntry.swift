import ProvenanceVerification

/// One entry as the central directory states it, restricted to what every reader understands alike.
struct ZipEntry {
    static let headerSize = 46
    private static let stored: UInt16 = 0
    private static let deflated: UInt16 = 8
    /// Flags without effect: compression effort (bits 1, 2), sizes in a data descriptor (3), a name in UTF-8 (11).
    private static let harmlessFlags: UInt16 = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 11
    /// Systems whose external attributes are DOS attributes in the lower half and a Unix mode, or nothing, in the
    /// upper: FAT, Unix, NTFS by either number, VFAT, macOS. Others use these bits differently.
    private static let systems: Set<UInt16> = [0, 3, 10, 11, 14, 19]
    /// DOS attributes of files and folders alike: read-only, hidden, system, archive, normal, not indexed, "with a Unix
    /// mode".
    private static let harmlessAttributes: UInt32 = 0x01 | 0x02 | 0x04 | 0x20 | 0x80 | 0x2000 | 0x8000
    private static let folderAttribute: UInt32 = 0x10

    /// The name's bytes, with the slash at a folder's end.
    let name: [UInt8]
    let isFolder: Bool
    /// The offset of its local header.
    let offset: UInt64
    /// The size of its data in the zip, and of the file.
    let packed: UInt64
    let size: UInt64
    let crc: UInt32
    let isStored: Bool
    /// Whether a data descriptor follows the data.
    let hasDescriptor: Bool
    private let header: ZipBytes
    /// Whether its offset is stored in 64 bits. A program learns that only after writing the local header, and then
    /// requires version 4.5 of readers in the central directory alone.
    private let hasLongOffset: Bool

    /// The name for messages, shortened: a name may have 65,535 bytes.
    var description: String { String(decoding: name.prefix(300), as: UTF8.self) }
    /// The name without a folder's slash.
    var path: [UInt8] { isFolder ? Array(name.dropLast()) : name }

    /// A field that both headers have, and its offset in each.
    private static let shared: [(field: String, central: Int, local: Int)] = [
        ("version needed", 6, 4), ("flags", 8, 6), ("method", 10, 8), ("time", 12, 10), ("date", 14, 12),
        ("length of the name", 28, 26),
    ]

    // MARK: The central directory's header

    /// Reads the next header.
    ///
    /// - Parameters:
    ///   - cursor: The central directory.
    ///   - number: The number of entries before it.
    ///   - malformed: Makes a problem from a place and a reason.
    /// - Throws: `Problem` when there is none, or one that readers could interpret differently.
    init(_ cursor: ZipCursor, _ number: UInt64, _ malformed: (String, String) -> Problem) throws(Problem) {
        let place = "entry \(number)"
        guard let header = try cursor.take(ZipEntry.headerSize), header.u32(0) == ZipSignature.central,
            let name = try cursor.take(Int(header.u16(28))), let extra = try cursor.take(Int(header.u16(30))),
            let comment = try cursor.take(Int(header.u16(32)))
        else { throw malformed(place, "the central directory has no whole header here") }
        self.header = header
        self.name = name.bytes
        isFolder = name.bytes.last == UInt8(ascii: "/")
        hasDescriptor = header.u16(8) & 1 << 3 != 0
        isStored = header.u16(10) == ZipEntry.stored
        crc = header.u32(16)
        let text = String(decoding: name.bytes.prefix(300), as: UTF8.self)
        let fields: ZipExtra
        do { fields = try ZipExtra(extra) } catch { throw malformed(text, "central directory: \(error.words)") }
        guard !comment.hasSignature else {
            throw malformed(text, "comment: it holds what begins a header, which some readers take for one")
        }
        do {
            (size, packed, offset) = try fields.sizes(
                size: header.u32(24), packed: header.u32(20), offset: header.u32(42))
        } catch { throw malformed(text, "central directory: \(error.words)") }
        hasLongOffset = fields.long != nil
        if let words = problem() { throw malformed(text, words) }
    }

    /// What is wrong with the header taken by itself.
    private func problem() -> String? {
        let (system, needed) = (header.u16(4) >> 8, header.u16(6))
        guard ZipEntry.systems.contains(system) else { return "version made by: system \(system) is not read" }
        guard needed <= ZipEnd.newestVersion else {
            return "version needed: \(needed), at most \(ZipEnd.newestVersion) is read"
        }
        let flags = header.u16(8)
        guard flags & 1 == 0 else { return "flags: it is encrypted" }
        guard flags & ~ZipEntry.harmlessFlags == 0 else { return "flags: \(flags) has bits that are not read" }
        let method = header.u16(10)
        guard method == ZipEntry.stored || method == ZipEntry.deflated else {
            return "method: \(method); stored (0) and deflated (8) are read"
        }
        guard header.u16(34) == 0 else { return "disk: \(header.u16(34)), wanted 0" }
        guard header.u16(36) <= 1 else { return "internal attributes: \(header.u16(36)), wanted 0 or 1" }
        guard !isStored || packed == size else { return "size: \(packed) bytes stored, \(size) stated" }
        if isFolder, !isStored || size != 0 || crc != 0 { return "a folder that has data" }
        return kindProblem()
    }

    /// The contradiction between name, DOS attributes and Unix mode about the kind of the entry, if there is one.
    private func kindProblem() -> String? {
        let attributes = header.u32(38)
        switch attributes >> 28 {
        case 0: break
        case 0o10 where !isFolder, 0o4 where isFolder: break
        case 0o10, 0o4: return "external attributes: by its mode \(isFolder ? "a file" : "a folder"), by its name not"
        default: return "external attributes: it is a link or a special file"
        }
        let low = attributes & 0xffff
        if low & ZipEntry.folderAttribute != 0, !isFolder { return "external attributes: a folder, by its name a file" }
        guard low & ~(ZipEntry.harmlessAttributes | ZipEntry.folderAttribute) == 0 else {
            return "external attributes: \(low) has bits that are not read"
        }
        return nil
    }

    // MARK: The local header and the data descriptor

    /// Reads the local header, at whose offset the cursor must be, and compares it with this entry.
    ///
    /// - Returns: Whether it has 64-bit sizes, and its data descriptor therefore too.
    func checkLocal(_ cursor: ZipCursor, _ malformed: (String, String) -> Problem) throws(Problem) -> Bool {
        guard cursor.place == offset else {
            throw malformed(
                description,
                "offset: its local header is said to be at \(offset), and what comes before it ends at \(cursor.place)")
        }
        guard let local = try cursor.take(30), local.u32(0) == ZipSignature.local else {
            throw malformed(description, "offset: there is no local header at \(offset)")
        }
        for (field, central, place) in ZipEntry.shared where header.u16(central) != local.u16(place) {
            if central == 6, hasLongOffset, header.u16(central) == ZipEnd.newestVersion, local.u16(place) <= 20 {
                continue
            }
            throw malformed(description, both(field, UInt64(local.u16(place)), UInt64(header.u16(central))))
        }
        guard let name = try cursor.take(Int(local.u16(26))), let extra = try cursor.take(Int(local.u16(28))) else {
            throw malformed(description, "its local header does not end before the central directory")
        }
        guard name.bytes == self.name else {
            throw malformed(
                description, "name: \(String(decoding: name.bytes.prefix(300), as: UTF8.self)) in its local header")
        }
        let fields: ZipExtra
        do { fields = try ZipExtra(extra) } catch { throw malformed(description, "local header: \(error.words)") }
        var (packed, size) = (UInt64(local.u32(18)), UInt64(local.u32(22)))
        if let long = fields.long {
            guard packed == UInt64(UInt32.max), size == packed, long.bytes.count == 16 else {
                throw malformed(description, "local header: sizes in 64 bits that are not instead of those in 32")
            }
            (size, packed) = (long.u64(0), long.u64(8))
        }
        // Before a data descriptor, values that were not known yet are 0.
        for (field, found, wanted) in [
            ("CRC", UInt64(local.u32(14)), UInt64(crc)), ("packed size", packed, self.packed),
            ("size", size, self.size),
        ] where found != wanted && !(hasDescriptor && found == 0) {
            throw malformed(description, both(field, found, wanted))
        }
        return fields.long != nil
    }

    private func both(_ field: String, _ local: UInt64, _ central: UInt64) -> String {
        "\(field): \(local) in its local header, \(central) in the central directory"
    }

    /// Reads the data descriptor behind the data; it must have its signature, since without one its end is a guess.
    func checkDescriptor(_ cursor: ZipCursor, isLong: Bool, _ malformed: (String, String) -> Problem) throws(Problem) {
        guard let found = try cursor.take(isLong ? 24 : 16), found.u32(0) == ZipSignature.descriptor else {
            throw malformed(description, "no data descriptor with its signature behind its data")
        }
        let sizes = isLong ? (found.u64(8), found.u64(16)) : (UInt64(found.u32(8)), UInt64(found.u32(12)))
        for (field, found, wanted) in [
            ("CRC", UInt64(found.u32(4)), UInt64(crc)), ("packed size", sizes.0, packed), ("size", sizes.1, size),
        ] where found != wanted {
            throw malformed(
                description, "\(field): \(found) in its data descriptor, \(wanted) in the central directory")
        }
    }
}

/// The extra fields of a header: only those that change neither the name nor the kind nor the bytes of an entry.
struct ZipExtra {
    /// What is wrong, in words.
    struct Malformed: Error {
        let words: String
    }

    /// Sizes and offset in 64 bits.
    private static let longID: UInt16 = 0x0001
    /// NTFS times, Info-ZIP's times, users and groups (three generations), and Java's mark of an archive of its own.
    private static let harmless: Set<UInt16> = [0x000a, 0x5455, 0x5855, 0x7855, 0x7875, 0xcafe]

    /// The content of the field with 64-bit sizes, if there is one.
    private(set) var long: ZipBytes?

    init(_ extra: ZipBytes) throws(Malformed) {
        guard !extra.hasSignature else {
            throw Malformed(words: "extra field: it holds what begins a header, which some readers take for one")
        }
        var place = 0
        var seen: Set<UInt16> = []
        while place < extra.bytes.count {
            let (id, length) = (extra.u16(place), Int(extra.u16(place + 2)))
            guard extra.bytes.count - place >= 4, length <= extra.bytes.count - place - 4 else {
                throw Malformed(words: "extra field: a part that does not end where it should")
            }
            guard seen.insert(id).inserted else {
                throw Malformed(words: "extra field: 0x\(String(id, radix: 16)) stands in it twice")
            }
            let start = place + 4
            if id == ZipExtra.longID {
                long = ZipBytes(bytes: Array(extra.bytes[start..<(start + length)]))
            } else if !ZipExtra.harmless.contains(id) {
                throw Malformed(
                    words: "extra field: 0x\(String(id, radix: 16)) is not read; it may give another name or kind")
            }
            place = start + length
        }
    }

    /// Sizes and offset of a central header: in 64 bits exactly where 32 are too few.
    func sizes(size: UInt32, packed: UInt32, offset: UInt32) throws(Malformed) -> (UInt64, UInt64, UInt64) {
        var place = 0
        var values: [UInt64] = []
        for (field, short) in [("size", size), ("packed size", packed), ("offset", offset)] {
            guard short == .max else {
                values.append(UInt64(short))
                continue
            }
            guard let long, place + 8 <= long.bytes.count else {
                throw Malformed(words: "\(field): it is to be in 64 bits, and is not there")
            }
            let value = long.u64(place)
            guard value >= UInt64(UInt32.max) else {
                throw Malformed(words: "\(field): \(value) in 64 bits, for which 32 are enough")
            }
            values.append(value)
            place += 8
        }
        guard place == long?.bytes.count ?? 0 else {
            throw Malformed(words: "extra field: sizes in 64 bits that no field asks for")
        }
        return (values[0], values[1], values[2])
    }
}
