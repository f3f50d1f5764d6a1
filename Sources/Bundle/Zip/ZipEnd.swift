import ProvenanceSystem
import ProvenanceVerification

/// Where a zip file's central directory is, according to the records at the file's end.
///
/// The end record is the last thing in the file: a reader that searches backwards for it, and one that looks back only
/// a limited distance, find the same one.
struct ZipEnd {
    /// Where the central directory is.
    let directory: Range<UInt64>
    /// The number of its entries.
    let count: UInt64

    private static let size = 22
    private static let locatorSize = 20
    private static let size64 = 56
    /// "version needed to extract" of the formats with 64-bit sizes, 4.5: reading stored and deflated files never
    /// requires more.
    static let newestVersion: UInt16 = 45

    /// - Throws: `Problem` with `E-BUNDLE-MALFORMED`, exit code 2, when the file does not end as a zip must.
    init(_ file: PlacedFile, _ name: String) throws(Problem) {
        func malformed(_ words: String) -> Problem { ZipFile.malformed(name, words) }
        // The record, the longest comment, and the locator before it.
        let wanted = min(file.size, UInt64(ZipEnd.size + ZipEnd.locatorSize) + UInt64(UInt16.max))
        let tail: ZipBytes
        do { tail = ZipBytes(bytes: try file.read(at: file.size - wanted, upTo: Int(wanted))) } catch {
            throw Problem(.unreadable, name, error.reason)
        }
        guard let at = tail.last(ZipSignature.end), at <= tail.bytes.count - ZipEnd.size else {
            throw malformed("no zip file, or one that was cut short: it has no end of central directory record")
        }
        let comment = Int(tail.u16(at + 20))
        let behind = tail.bytes.count - at - ZipEnd.size
        guard comment == behind else {
            throw malformed(
                "end of central directory record: comment length: \(comment), and \(behind) bytes stand behind it")
        }
        guard !ZipBytes(bytes: Array(tail.bytes[(at + ZipEnd.size)...])).hasSignature else {
            throw malformed("comment: it holds what begins a header, which some readers take for one")
        }
        let place = file.size - UInt64(tail.bytes.count - at)
        for (field, offset) in [("number of this disk", 4), ("disk of the central directory", 6)]
        where tail.u16(at + offset) != 0 {
            throw malformed("end of central directory record: \(field): \(tail.u16(at + offset)), wanted 0")
        }
        var stated = [
            Stated("entries on this disk", UInt64(tail.u16(at + 8)), UInt64(UInt16.max)),
            Stated("entries", UInt64(tail.u16(at + 10)), UInt64(UInt16.max)),
            Stated("size of the central directory", UInt64(tail.u32(at + 12)), UInt64(UInt32.max)),
            Stated("offset of the central directory", UInt64(tail.u32(at + 16)), UInt64(UInt32.max)),
        ]
        var end = place
        if at >= ZipEnd.locatorSize, tail.u32(at - ZipEnd.locatorSize) == ZipSignature.locator {
            let locator = ZipBytes(bytes: Array(tail.bytes[(at - ZipEnd.locatorSize)..<at]))
            (stated, end) = try ZipEnd.read64(locator, before: place, file, name, stated)
        }
        let (entries, size, offset) = (stated[1].value, stated[2].value, stated[3].value)
        guard stated[0].value == entries else {
            throw malformed(
                "end of central directory record: \(stated[0].value) entries on this disk, \(entries) in all")
        }
        let (sum, overflows) = offset.addingReportingOverflow(size)
        guard !overflows, sum == end else {
            throw malformed(
                "end of central directory record: a central directory of \(size) bytes at \(offset), and the record that follows it is at \(end)"
            )
        }
        directory = offset..<sum
        count = entries
    }

    /// A field of the end record, and the value that says "see the 64-bit record".
    private struct Stated {
        let field: String
        let value: UInt64
        let elsewhere: UInt64

        init(_ field: String, _ value: UInt64, _ elsewhere: UInt64) {
            self.field = field
            self.value = value
            self.elsewhere = elsewhere
        }
    }

    /// Reads the 64-bit end record, which must be right before its locator and agree with the end record.
    ///
    /// - Returns: Its fields, and its offset.
    private static func read64(
        _ locator: ZipBytes, before place: UInt64, _ file: PlacedFile, _ name: String, _ stated: [Stated]
    ) throws(Problem) -> ([Stated], UInt64) {
        func malformed(_ field: String, _ found: UInt64, _ wanted: UInt64) -> Problem {
            ZipFile.malformed(name, "zip64 end of central directory: \(field): \(found), wanted \(wanted)")
        }
        let before = UInt64(locatorSize + size64)
        guard place >= before else {
            throw ZipFile.malformed(name, "no room for a zip64 end of central directory record")
        }
        let start = place - before
        let record: ZipBytes
        do { record = ZipBytes(bytes: try file.read(at: start, upTo: size64)) } catch {
            throw Problem(.unreadable, name, error.reason)
        }
        for (field, found, wanted) in [
            ("locator's disk", UInt64(locator.u32(4)), 0), ("locator's offset", locator.u64(8), start),
            ("number of disks", UInt64(locator.u32(16)), 1),
            ("signature", UInt64(record.u32(0)), UInt64(ZipSignature.end64)),
            ("size of the record", record.u64(4), UInt64(size64 - 12)),
            ("number of this disk", UInt64(record.u32(16)), 0),
            ("disk of the central directory", UInt64(record.u32(20)), 0),
        ] as [(String, UInt64, UInt64)] where found != wanted {
            throw malformed(field, found, wanted)
        }
        guard record.u16(14) <= newestVersion else {
            throw malformed("version needed", UInt64(record.u16(14)), UInt64(newestVersion))
        }
        var fields: [Stated] = []
        for (field, place) in zip(stated, [24, 32, 40, 48]) {
            let value = record.u64(place)
            guard field.value == value || field.value == field.elsewhere else {
                throw malformed(field.field, value, field.value)
            }
            fields.append(Stated(field.field, value, field.elsewhere))
        }
        return (fields, start)
    }
}

extension ZipBytes {
    /// The last offset at which a header of this signature would begin.
    fileprivate func last(_ signature: UInt32) -> Int? {
        var place = bytes.count - 4
        while place >= 0 {
            if bytes[place] == 0x50, u32(place) == signature { return place }
            place -= 1
        }
        return nil
    }
}
