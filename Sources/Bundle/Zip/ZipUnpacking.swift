import CProvenanceArchive
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// Unpacks a zip whose parts agree: each entry's local header, central header, data and data descriptor, contiguous
/// from the first byte to the last, in the order of the central directory.
///
/// Whatever two readers could interpret differently is refused, whichever of them would be right: readers use the
/// central directory (most of them), the local headers (those that read a stream), or either, as convenient.
struct ZipUnpacking {
    private static let pieceSize = 1 << 18
    private let folder: RawPath
    private let name: String
    private let data: ZipCursor
    private let directory: ZipCursor
    private let count: UInt64
    /// The largest number of bytes that are unpacked.
    private let most: UInt64
    private let inflater: OpaquePointer
    private var names = ZipNames()

    /// Unpacks a zip into an empty folder.
    ///
    /// - Throws: `Problem` with `E-BUNDLE-MALFORMED`, exit code 2, naming entry and field; some files then exist.
    static func unpack(_ path: RawPath, name: String, into folder: RawPath) throws(Problem) {
        let file: PlacedFile
        do { file = try PlacedFile(path) } catch { throw Problem(.unreadable, name, error.reason) }
        let end = try ZipEnd(file, name)
        guard end.count > 0 else { throw ZipFile.malformed(name, "it holds no file") }
        guard let inflater = cinflate_new() else { throw Problem(.storage, name, "no memory to unpack it") }
        defer { cinflate_free(inflater) }
        let (most, overflows) = file.size.multipliedReportingOverflow(by: ZipFile.maxTimes)
        var unpacking = ZipUnpacking(
            folder: folder, name: name, data: ZipCursor(file, 0..<end.directory.lowerBound, name),
            directory: ZipCursor(file, end.directory, name), count: end.count,
            most: min(ZipFile.maxBytes, max(ZipFile.unasked, overflows ? .max : most)), inflater: inflater)
        try unpacking.run()
    }

    private mutating func run() throws(Problem) {
        let name = name
        func malformed(_ place: String, _ words: String) -> Problem { ZipFile.malformed(name, "\(place): \(words)") }
        var files = 0
        var total: UInt64 = 0
        for number in 0..<count {
            let entry = try ZipEntry(directory, number, malformed)
            let folder = folder
            let words = try names.take(entry.path, isFolder: entry.isFolder) { (path) throws(Problem) in
                do { try FolderTree.make(folder.appending(RawPath(path))) } catch { throw Problem(any: error) }
            }
            if let words { throw malformed(entry.description, words) }
            files += 1
            guard files <= ZipFile.maxFiles else { throw ZipFile.malformed(name, "over \(ZipFile.maxFiles) files") }
            guard entry.size <= ZipFile.largestFile, entry.size <= most - total else {
                throw malformed(
                    entry.description,
                    "it unpacks to more than \(ZipFile.maxTimes) times the zip's size, or over \(ZipFile.largestFile) bytes"
                )
            }
            total += entry.size
            let isLong = try entry.checkLocal(data, malformed)
            if !entry.isFolder { try unpack(entry, malformed) }
            if entry.hasDescriptor { try entry.checkDescriptor(data, isLong: isLong, malformed) }
        }
        guard directory.isAtEnd else {
            throw ZipFile.malformed(name, "central directory: \(count) entries stated, and more bytes behind them")
        }
        guard data.isAtEnd else {
            throw ZipFile.malformed(name, "bytes between the last entry and the central directory")
        }
    }

    // MARK: Data

    /// What an entry's data has given so far.
    private struct Output {
        let file: NewFile
        var size: UInt64 = 0
        var crc: UInt32 = 0

        mutating func write(_ bytes: [UInt8]) throws(Problem) {
            size += UInt64(bytes.count)
            crc = bytes.withUnsafeBytes { cinflate_crc(crc, $0.baseAddress, $0.count) }
            do { try file.write(bytes) } catch { throw Problem(error) }
        }
    }

    private func unpack(_ entry: ZipEntry, _ malformed: (String, String) -> Problem) throws(Problem) {
        var output: Output
        do { output = Output(file: try NewFile(folder.appending(RawPath(entry.path)))) } catch { throw Problem(error) }
        if entry.isStored {
            try copy(entry, &output, malformed)
        } else {
            try inflate(entry, &output, malformed)
        }
        guard output.crc == entry.crc else {
            throw malformed(entry.description, "CRC: \(entry.crc) stated, that of its data is \(output.crc)")
        }
    }

    private func copy(
        _ entry: ZipEntry, _ output: inout Output, _ malformed: (String, String) -> Problem
    ) throws(Problem) {
        var search = SignatureSearch()
        var rest = entry.packed
        while rest > 0 {
            let read = try data.piece(upTo: Int(min(rest, UInt64(ZipUnpacking.pieceSize)))) { (bytes) throws(Problem) in
                if entry.hasDescriptor { search.take(bytes) }
                try output.write(Array(bytes))
            }
            guard read > 0 else {
                throw malformed(entry.description, "its data does not end before the central directory")
            }
            rest -= UInt64(read)
        }
        // A streaming reader searches stored data for the descriptor that ends it.
        guard !search.isFound else {
            throw malformed(entry.description, "stored data that holds what begins a data descriptor")
        }
    }

    private func inflate(
        _ entry: ZipEntry, _ output: inout Output, _ malformed: (String, String) -> Problem
    ) throws(Problem) {
        guard cinflate_reset(inflater) == 0 else { throw Problem(.storage, name, "zlib cannot begin anew") }
        var rest = entry.packed
        var isEnded = false
        while rest > 0 {
            let read = try data.piece(upTo: Int(min(rest, UInt64(ZipUnpacking.pieceSize)))) { (bytes) throws(Problem) in
                try inflate(bytes, entry, &output, &isEnded, malformed)
            }
            guard read > 0 else {
                throw malformed(entry.description, "its data does not end before the central directory")
            }
            rest -= UInt64(read)
        }
        guard isEnded else {
            throw malformed(entry.description, "packed size: its data does not end within \(entry.packed) bytes")
        }
        guard output.size == entry.size else {
            throw malformed(entry.description, "size: \(entry.size) stated, its data has \(output.size)")
        }
    }

    private func inflate(
        _ bytes: UnsafeRawBufferPointer, _ entry: ZipEntry, _ output: inout Output, _ isEnded: inout Bool,
        _ malformed: (String, String) -> Problem
    ) throws(Problem) {
        var input = bytes
        while true {
            guard !isEnded else {
                guard input.isEmpty else {
                    throw malformed(
                        entry.description, "packed size: \(input.count) bytes or more behind the end of its data")
                }
                return
            }
            // Room for one byte more than is expected reveals data beyond the stated size.
            let room = Int(min(UInt64(ZipUnpacking.pieceSize), entry.size - output.size + 1))
            var made = cinflate_progress()
            var status: Int32 = -1
            let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                status = cinflate_step(inflater, input.baseAddress, input.count, buffer.baseAddress, room, &made)
                count = made.produced
            }
            guard status >= 0 else { throw malformed(entry.description, "its data is no deflate stream") }
            isEnded = status == 1
            guard UInt64(piece.count) <= entry.size - output.size else {
                throw malformed(entry.description, "size: \(entry.size) stated, its data has more")
            }
            try output.write(piece)
            input = UnsafeRawBufferPointer(rebasing: input[made.consumed...])
            if !isEnded, piece.count < room, input.isEmpty { return }
            guard isEnded || made.consumed > 0 || made.produced > 0 else {
                throw malformed(entry.description, "its data is no deflate stream")
            }
        }
    }
}

/// Searches bytes that arrive in pieces for the signature of a data descriptor.
private struct SignatureSearch {
    private(set) var isFound = false
    private var last: UInt32 = 0

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            last = last >> 8 | UInt32(byte) << 24
            if last == ZipSignature.descriptor { isFound = true }
        }
    }
}
