import Testing

/// A zip with one thing wrong, and words of what is said of it.
struct ZipMutant: CustomTestStringConvertible, Sendable {
    let words: String
    let bytes: @Sendable () -> [UInt8]

    var testDescription: String { words }

    private typealias Entry = HandMadeZip.Entry

    /// One file, of which something is changed.
    private static func file(_ words: String, _ change: @escaping @Sendable (inout HandMadeZip.Entry) -> Void)
        -> ZipMutant
    {
        ZipMutant(words: words) {
            HandMadeZip([Entry("b/one", "1"), Entry("b/two", "22", change: change), Entry("b/three", "333")]).bytes
        }
    }

    /// Three files, around which something is changed.
    private static func zip(_ words: String, _ change: @escaping @Sendable (inout HandMadeZip) -> Void) -> ZipMutant {
        ZipMutant(words: words) {
            var zip = HandMadeZip([Entry("b/one", "1"), Entry("b/two", "22"), Entry("b/three", "333")])
            change(&zip)
            return zip.bytes
        }
    }

    static let all: [ZipMutant] = centrals + locals + data + ends

    // MARK: The central directory

    private static let centrals: [ZipMutant] = [
        file("no whole header here") { $0.changeCentral = { $0[0] = 0 } },
        file("system 1 is not read") { $0.madeBy = 1 << 8 },
        file("version needed: 46") { $0.changeCentral = { $0[6] = 46 } },
        file("it is encrypted") { $0.changeCentral = { $0[8] = 1 } },
        file("flags: 64 has bits") { $0.changeCentral = { $0[8] = 64 } },
        file("method: 12") { $0.changeCentral = { $0[10] = 12 } },
        file("disk: 1, wanted 0") { $0.changeCentral = { $0[34] = 1 } },
        file("internal attributes: 2") { $0.changeCentral = { $0[36] = 2 } },
        file("size: 3 bytes stored, 2 stated") { $0.changeCentral = { $0[20] = 3 } },
        file("it is a link or a special file") { $0.attributes = 0o120777 << 16 },
        file("by its mode a folder, by its name not") { $0.attributes = 0o40755 << 16 },
        file("a folder, by its name a file") { $0.attributes = 0x10 },
        file("external attributes: 64 has bits") { $0.attributes = 0x40 },
        file("comment: it holds what begins a header") { $0.comment = Array("PK\u{1}".utf8) },
        file("extra field: it holds what begins a header") { $0.centralExtra = [0x55, 0x54, 3, 0, 0x50, 0x4b, 5] },
        file("0x7075 is not read") { $0.centralExtra = [0x75, 0x70, 0, 0] },
        file("sizes in 64 bits that no field asks for") {
            $0.centralExtra = [1, 0, 8, 0] + HandMadeZip.number(UInt64(2))
        },
        file("it is to be in 64 bits, and is not there") {
            $0.changeCentral = { $0.replaceSubrange(42..<46, with: [0xff, 0xff, 0xff, 0xff]) }
        },
        file("in 64 bits, for which 32 are enough") { $0.hasLongOffset = true },
        ZipMutant(words: "a folder that has data") {
            HandMadeZip([Entry("b/one", "1"), Entry("b/folder/") { $0.content = [0x41] }]).bytes
        },
        ZipMutant(words: "by its mode a file, by its name not") {
            HandMadeZip([Entry("b/one", "1"), Entry("b/folder/") { $0.attributes = 0o100644 << 16 }]).bytes
        },
        ZipMutant(words: "leads out of the folder") { HandMadeZip([Entry("b/../../one", "1")]).bytes },
        ZipMutant(words: "leads out of the folder") { HandMadeZip([Entry("/one", "1")]).bytes },
        ZipMutant(words: "stands in it twice") { HandMadeZip([Entry("b/One", "1"), Entry("b/one", "1")]).bytes },
        ZipMutant(words: "a file and a folder") { HandMadeZip([Entry("b", "1"), Entry("b/one", "1")]).bytes },
    ]

    // MARK: Local headers

    private static let locals: [ZipMutant] = [
        file("there is no local header") { $0.changeLocal = { $0[0] = 0 } },
        file("version needed: 10 in its local header") { $0.changeLocal = { $0[4] = 10 } },
        file("flags: 2 in its local header") { $0.changeLocal = { $0[6] = 2 } },
        file("method: 8 in its local header") { $0.changeLocal = { $0[8] = 8 } },
        file("time: 1 in its local header") { $0.changeLocal = { $0[10] = 1 } },
        file("date: 34 in its local header") { $0.changeLocal = { $0[12] = 0x22 } },
        file("CRC: ") { $0.changeLocal = { $0[14] ^= 1 } },
        file("packed size: 3 in its local header") { $0.changeLocal = { $0[18] = 3 } },
        file("size: 3 in its local header") { $0.changeLocal = { $0[22] = 3 } },
        file("length of the name: 6 in its local header") { $0.changeLocal = { $0[26] = 6 } },
        file("name: b/twa in its local header") { $0.changeLocal = { $0[34] = UInt8(ascii: "a") } },
        file("local header: extra field: a part that does not end") { $0.localExtra = [0x55, 0x54, 9, 0] },
        file("that are not instead of those in 32") { $0.localExtra = [1, 0, 16, 0] + Array(repeating: 0, count: 16) },
        file("what comes before it ends at") { $0.changeCentral = { $0[42] ^= 1 } },
        ZipMutant(words: "does not end before the central directory") {
            // The last entry says that its name goes on into the directory.
            HandMadeZip([
                Entry("b/one", "1") {
                    $0.changeLocal = { $0[28] = 200 }
                }
            ]).bytes
        },
    ]

    // MARK: Data and descriptors

    private static let data: [ZipMutant] = [
        file("CRC: ") { $0.changeData = { $0[0] ^= 1 } },
        file("its data is no deflate stream") {
            $0.isDeflated = true
            $0.changeData = { $0[0] = 7 }
        },
        file("its data does not end within") {
            $0.isDeflated = true
            $0.changeData = { $0[0] = 0 }
        },
        file("behind the end of its data") {
            $0.isDeflated = true
            $0.changeData = { $0 = [1, 1, 0, 0xfe, 0xff, 0x32, 0x32] }
        },
        file("size: 3 stated, its data has 2") {
            $0.isDeflated = true
            $0.changeLocal = { $0[22] = 3 }
            $0.changeCentral = { $0[24] = 3 }
        },
        file("size: 1 stated, its data has more") {
            $0.isDeflated = true
            $0.changeLocal = { $0[22] = 1 }
            $0.changeCentral = { $0[24] = 1 }
        },
        file("no data descriptor with its signature") {
            $0.hasDescriptor = true
            $0.changeDescriptor = { $0[0] = 0 }
        },
        file("in its data descriptor") {
            $0.hasDescriptor = true
            $0.changeDescriptor = { $0[4] ^= 1 }
        },
        file("packed size: 3 in its data descriptor") {
            $0.hasDescriptor = true
            $0.changeDescriptor = { $0[8] = 3 }
        },
        file("stored data that holds what begins a data descriptor") {
            $0.hasDescriptor = true
            $0.content = Array("words PK\u{7}\u{8} more".utf8)
        },
        ZipMutant(words: "unpacks to more than") {
            HandMadeZip([
                Entry("b/one", "1") {
                    $0.isDeflated = true
                    $0.changeLocal = { $0.replaceSubrange(22..<26, with: HandMadeZip.number(UInt32(1) << 30)) }
                    $0.changeCentral = { $0.replaceSubrange(24..<28, with: HandMadeZip.number(UInt32(1) << 30)) }
                }
            ]).bytes
        },
        ZipMutant(words: "its data does not end before the central directory") {
            HandMadeZip([
                Entry("b/one", "1") {
                    $0.changeLocal = {
                        $0.replaceSubrange(
                            18..<26, with: HandMadeZip.number(UInt32(99)) + HandMadeZip.number(UInt32(99)))
                    }
                    $0.changeCentral = {
                        $0.replaceSubrange(
                            20..<28, with: HandMadeZip.number(UInt32(99)) + HandMadeZip.number(UInt32(99)))
                    }
                }
            ]).bytes
        },
    ]

    // MARK: The end

    private static let ends: [ZipMutant] = [
        ZipMutant(words: "no end of central directory record") { Array("no zip".utf8) },
        ZipMutant(words: "it holds no file") { HandMadeZip([]).bytes },
        zip("comment length: 0, and 1 bytes") { zip in
            zip.comment = [0x41]
            zip.changeEnd = { $0[20] = 0 }
        },
        zip("comment: it holds what begins a header") { $0.comment = Array("PK\u{3}".utf8) },
        zip("number of this disk: 1") { $0.changeEnd = { $0[4] = 1 } },
        zip("disk of the central directory: 1") { $0.changeEnd = { $0[6] = 1 } },
        zip("2 entries on this disk, 3 in all") { $0.changeEnd = { $0[8] = 2 } },
        zip("and the record that follows it is at") { $0.changeEnd = { $0[16] ^= 1 } },
        zip("and more bytes behind them") { $0.behind = [0x41] },
        zip("between the last entry and the central directory") { $0.between = [0x41] },
        zip("no whole header here") { zip in
            zip.changeEnd = {
                $0[8] = 4
                $0[10] = 4
            }
        },
        zip("locator's disk: 1, wanted 0") { zip in
            zip.isLong = true
            zip.changeLocator = { $0[4] = 1 }
        },
        zip("locator's offset: ") { zip in
            zip.isLong = true
            zip.changeLocator = { $0[8] ^= 1 }
        },
        zip("signature: ") { zip in
            zip.isLong = true
            zip.changeLongEnd = { $0[0] = 0 }
        },
        zip("size of the record: 45, wanted 44") { zip in
            zip.isLong = true
            zip.changeLongEnd = { $0[4] = 45 }
        },
        zip("version needed: 46, wanted 45") { zip in
            zip.isLong = true
            zip.changeLongEnd = { $0[14] = 46 }
        },
        zip("entries: 4, wanted 3") { zip in
            zip.isLong = true
            zip.changeLongEnd = { $0[32] = 4 }
        },
        ZipMutant(words: "no room for a zip64") {
            var zip = HandMadeZip([])
            zip.isLong = true
            return Array(zip.bytes.dropFirst(56))
        },
    ]
}
