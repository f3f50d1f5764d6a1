import ProvenanceSystem
import ProvenanceVerification

/// Bytes of a zip file's header, read as little-endian numbers; a read beyond the end gives 0, and callers make none.
struct ZipBytes {
    let bytes: [UInt8]

    func u16(_ place: Int) -> UInt16 { UInt16(truncatingIfNeeded: number(place, 2)) }
    func u32(_ place: Int) -> UInt32 { UInt32(truncatingIfNeeded: number(place, 4)) }
    func u64(_ place: Int) -> UInt64 { number(place, 8) }

    private func number(_ place: Int, _ count: Int) -> UInt64 {
        guard place >= 0, place <= bytes.count - count else { return 0 }
        return bytes[place..<(place + count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Whether `PK` occurs here, followed by a byte that can continue a header's signature. In a comment or an extra
    /// field it could mislead a reader that searches for headers.
    var hasSignature: Bool {
        bytes.indices.dropLast(2).contains { bytes[$0] == 0x50 && bytes[$0 + 1] == 0x4b && bytes[$0 + 2] < 0x20 }
    }
}

/// The signatures with which headers begin.
enum ZipSignature {
    static let local: UInt32 = 0x0403_4b50
    static let central: UInt32 = 0x0201_4b50
    static let descriptor: UInt32 = 0x0807_4b50
    static let end: UInt32 = 0x0605_4b50
    static let end64: UInt32 = 0x0606_4b50
    static let locator: UInt32 = 0x0706_4b50
}

/// A run of a zip file's bytes, read in order and never beyond its end.
final class ZipCursor {
    /// Bytes that are read at once.
    private static let pieceSize = 1 << 18
    private let file: PlacedFile
    private let end: UInt64
    private let name: String
    /// The offset of the first byte behind the buffer.
    private var readTo: UInt64
    private var buffer: [UInt8] = []
    private var next = 0

    /// - Parameters:
    ///   - file: The zip.
    ///   - range: Where in the file.
    ///   - name: The file's name as typed.
    init(_ file: PlacedFile, _ range: Range<UInt64>, _ name: String) {
        self.file = file
        self.name = name
        readTo = range.lowerBound
        end = range.upperBound
    }

    /// The offset of the next byte.
    var place: UInt64 { readTo - UInt64(buffer.count - next) }
    /// Whether every byte has been read.
    var isAtEnd: Bool { place == end }

    /// The next bytes; `nil` when there are fewer before the end.
    func take(_ count: Int) throws(Problem) -> ZipBytes? {
        guard UInt64(count) <= end - place else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let wanted = count - bytes.count
            let found = try piece(upTo: wanted) { bytes.append(contentsOf: $0) }
            guard found > 0 else { return nil }
        }
        return ZipBytes(bytes: bytes)
    }

    /// Passes on the next buffered bytes, at most `count`.
    ///
    /// - Returns: The number of bytes; 0 at the end.
    func piece<Failure: Error>(
        upTo count: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Problem) -> Int {
        if next == buffer.count { try fill() }
        let length = min(count, buffer.count - next)
        guard length > 0 else { return 0 }
        let result = buffer.withUnsafeBytes { bytes -> Result<Void, Failure> in
            let piece = UnsafeRawBufferPointer(rebasing: bytes[next..<(next + length)])
            do throws(Failure) { return .success(try body(piece)) } catch { return .failure(error) }
        }
        next += length
        do { try result.get() } catch { throw Problem(any: error) }
        return length
    }

    private func fill() throws(Problem) {
        let count = Int(min(UInt64(ZipCursor.pieceSize), end - readTo))
        do { buffer = try file.read(at: readTo, upTo: count) } catch { throw Problem(.unreadable, name, error.reason) }
        next = 0
        guard buffer.count == count else { throw Problem(.unreadable, name, "the file changed while it was read") }
        readTo += UInt64(count)
    }
}
