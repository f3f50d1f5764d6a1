import Glibc
import ProvenanceEncoding

/// The names that a walk wants of one folder, the smallest first, no more than a limit at a time.
///
/// A flat folder of a million posts would take a hundred megabytes; so only a run of names is kept, and the folder is
/// listed again for the next run. All bytes stand in one array.
struct FolderNames {
    private struct Place {
        var start: UInt32
        var length: UInt32
        var kind: FileStatus.Kind

        var range: Range<Int> { Int(start)..<(Int(start) + Int(length)) }
    }

    /// Most names in a run: some two megabytes; a folder of 200,000 posts is listed seven times, at 50 ms each.
    static let most = 32_768

    /// Whether the folder has more names behind the last of this run.
    private(set) var hasMore = false
    /// Names up to this one belong to earlier runs.
    private let after: [UInt8]?
    private let most: Int
    private var bytes: [UInt8] = []
    private var places: [Place] = []
    private var bound: [UInt8]?

    /// An empty run of the names behind `after`, a key as `lastKey` gives it.
    init(after: [UInt8]? = nil, most: Int = FolderNames.most) {
        self.after = after
        self.most = max(1, most)
    }

    /// Number of names.
    var count: Int { places.count }

    /// The last name's key.
    var lastKey: [UInt8]? { places.last.map { Array(FolderNames.slice(bytes, $0)) } }

    /// Adds a name; a folder sorts as if its name ended in a slash, so that whole paths come in the order of their bytes.
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
        // Little more than the run is held, some hundreds of bytes each: far below four gigabytes.
        places.append(
            Place(start: UInt32(clamping: start), length: UInt32(clamping: bytes.count - start), kind: kind))
        if places.count >= held { cut() }
    }

    /// Names at which the largest are dropped.
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

    /// The name at a place in the order, without a folder's slash.
    subscript(_ index: Int) -> (name: RawPath, kind: FileStatus.Kind) {
        let place = places[index]
        let key = FolderNames.slice(bytes, place)
        return (RawPath(plain: Array(place.kind == .directory ? key.dropLast() : key)), place.kind)
    }

    private static func slice(_ bytes: [UInt8], _ place: Place) -> ArraySlice<UInt8> {
        bytes[place.range]
    }
}
