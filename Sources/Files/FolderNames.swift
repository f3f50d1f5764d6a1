/// The names that a walk wants of one folder, sorted: all bytes in one array, so that a folder of a million posts takes
/// its names' length and twelve bytes each.
struct FolderNames {
    private struct Place {
        var start: UInt32
        var length: UInt32
        var kind: FileStatus.Kind
    }

    private var bytes: [UInt8] = []
    private var places: [Place] = []

    /// Number of names.
    var count: Int { places.count }

    /// Adds a name; a folder sorts as if its name ended in a slash, so that whole paths come in the order of their bytes.
    ///
    /// - Returns: `false`, and nothing added, when the folder's names take more than 4 GiB.
    mutating func add(_ name: UnsafeRawBufferPointer, _ kind: FileStatus.Kind) -> Bool {
        guard let start = UInt32(exactly: bytes.count), let length = UInt32(exactly: name.count + 1) else {
            return false
        }
        bytes.append(contentsOf: name)
        if kind == .directory { bytes.append(UInt8(ascii: "/")) }
        places.append(Place(start: start, length: kind == .directory ? length : length - 1, kind: kind))
        return true
    }

    mutating func sort() {
        let bytes = bytes
        places.sort { left, right in
            FolderNames.slice(bytes, left).lexicographicallyPrecedes(FolderNames.slice(bytes, right))
        }
    }

    /// The name at a place in the order, without a folder's slash.
    subscript(_ index: Int) -> (name: RawPath, kind: FileStatus.Kind) {
        let place = places[index]
        let key = FolderNames.slice(bytes, place)
        return (RawPath(place.kind == .directory ? key.dropLast() : key), place.kind)
    }

    private static func slice(_ bytes: [UInt8], _ place: Place) -> ArraySlice<UInt8> {
        bytes[Int(place.start)..<(Int(place.start) + Int(place.length))]
    }
}
