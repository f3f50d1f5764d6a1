import Glibc
import ProvenanceEncoding

/// The names of one folder that a walk needs, smallest first, at most a limit at a time.
///
/// All names of a flat folder of a million posts would take a hundred megabytes. So only a run of names is kept, in one
/// array of bytes, and the folder is listed again for the next run.
struct FolderNames {
    private struct Place {
        var start: UInt32
        var length: UInt32
        var kind: FileStatus.Kind

        var range: Range<Int> { Int(start)..<(Int(start) + Int(length)) }
    }

    /// The most names in a run, some two megabytes; a folder of 200,000 posts is listed seven times, at 50 ms each.
    static let most = 32_768

    /// Whether the folder has more names after the last of this run.
    private(set) var hasMore = false
    /// Names up to this one belong to earlier runs.
    private let after: [UInt8]?
    private let most: Int
    private var bytes: [UInt8] = []
    private var places: [Place] = []
    private var bound: [UInt8]?

    /// An empty run for the names after `after`, a key that `lastKey` returned.
    init(after: [UInt8]? = nil, most: Int = FolderNames.most) {
        self.after = after
        self.most = max(1, most)
    }

    /// Number of names.
    var count: Int { places.count }

    /// The last name's key.
    var lastKey: [UInt8]? { places.last.map { Array(FolderNames.slice(bytes, $0)) } }

    /// Adds a name; a folder sorts as if its name ended in a slash, which puts whole paths in the order of their bytes.
    mutating func add(_ name: UnsafeRawBufferPointer, _ kind: FileStatus.Kind) {
        let start = bytes.count
        bytes.append(contentsOf: name)
        if kind == .directory { bytes.append(UInt8(ascii: "/")) }
        let key = bytes[start...]
        if let after, !after.lexicographicallyPrecedes(key) { return drop(from: start) }
        if let bound, !key.lexicographicallyPrecedes(bound) {
            hasMore = true
            return drop(from: start)
        }
        // Offsets fit in 32 bits: little more than one run is held, at some hundreds of bytes a name.
        places.append(
            Place(start: UInt32(clamping: start), length: UInt32(clamping: bytes.count - start), kind: kind))
        if places.count >= held { cut() }
    }

    /// The number of names at which the largest are dropped.
    private var held: Int { most + max(1, most / 4) }

    private mutating func drop(from start: Int) { bytes.removeSubrange(start...) }

    /// Sorts the run and keeps its smallest names.
    mutating func finish() {
        if places.count > most { cut() } else { sort() }
    }

    private mutating func sort() {
        bytes.withUnsafeBytes { bytes in
            places.sort { left, right in
                let one = UnsafeRawBufferPointer(rebasing: bytes[left.range])
                let other = UnsafeRawBufferPointer(rebasing: bytes[right.range])
                guard let first = one.baseAddress, let second = other.baseAddress else {
                    return one.count < other.count
                }
                let order = memcmp(first, second, min(one.count, other.count))
                return order == 0 ? one.count < other.count : order < 0
            }
        }
    }

    private mutating func cut() {
        sort()
        var kept: [UInt8] = []
        var list: [Place] = []
        list.reserveCapacity(held)
        kept.reserveCapacity(bytes.count)
        for place in places.prefix(most) {
            list.append(Place(start: UInt32(clamping: kept.count), length: place.length, kind: place.kind))
            kept += FolderNames.slice(bytes, place)
        }
        hasMore = hasMore || places.count > most
        bytes = kept
        places = list
        if let last = lastKey { bound = last }
    }

    /// The name at a position in the order, without a folder's slash.
    subscript(_ index: Int) -> (name: RawPath, kind: FileStatus.Kind) {
        let place = places[index]
        let key = FolderNames.slice(bytes, place)
        return (RawPath(plain: Array(place.kind == .directory ? key.dropLast() : key)), place.kind)
    }

    private static func slice(_ bytes: [UInt8], _ place: Place) -> ArraySlice<UInt8> {
        bytes[place.range]
    }
}
