import ProvenanceEncoding

extension RegisterLine {
    /// Parses the usual kind of line without a JSON parser: a recorded or known file, and a path without escapes.
    ///
    /// - Returns: `nil` for any other line, which may still be valid. The result is not validated: the caller must
    ///   encode it and compare it with the line.
    static func plain(_ line: Span<UInt8>) -> RegisterLine? {
        var place = LinePlace()
        guard place.skip("{\"entry\":", line), let entry = place.number(line), place.skip(",\"fate\":\"", line) else {
            return nil
        }
        let fate: Fate
        if place.skip("recorded\"", line) {
            fate = .recorded(entry)
        } else if place.skip("known\"", line) {
            fate = .known(entry)
        } else {
            return nil
        }
        guard place.skip(",\"path\":\"", line), let path = place.text(line), place.skip("\",\"root\":", line),
            let root = place.number(line), place.skip(",\"salt\":\"", line), let salt = place.text(line),
            place.skip("\",\"sha256\":\"", line), let hex = place.text(line), place.skip("\",\"size\":", line),
            let size = place.number(line), place.skip("}", line), place.index == line.count,
            let sha256 = line.extracting(hex).withUnsafeBufferPointer({ Digest(hex: $0) }),
            let salt = line.extracting(salt).withUnsafeBytes({ RegisterLine.salt(hex: $0) })
        else { return nil }
        let name = line.extracting(path).withUnsafeBufferPointer { RawPath($0) }
        return RegisterLine(
            root: Int(clamping: root), path: name, sha256: sha256, size: size, fate: fate, salt: salt)
    }
}

/// A cursor in a line. Each call is passed the line, since a span cannot be stored.
private struct LinePlace {
    private(set) var index = 0

    /// The most digits that always fit in 64 bits.
    private static let maxDigits = 19

    /// Skips these bytes if they come next.
    mutating func skip(_ words: StaticString, _ bytes: Span<UInt8>) -> Bool {
        guard bytes.count - index >= words.utf8CodeUnitCount else { return false }
        let wanted = UnsafeBufferPointer(start: words.utf8Start, count: words.utf8CodeUnitCount)
        for (offset, byte) in wanted.enumerated() where bytes[index + offset] != byte { return false }
        index += wanted.count
        return true
    }

    /// The decimal number that comes next.
    mutating func number(_ bytes: Span<UInt8>) -> UInt64? {
        let start = index
        var value: UInt64 = 0
        while index < bytes.count, index - start < LinePlace.maxDigits, 0x30...0x39 ~= bytes[index] {
            value = value * 10 + UInt64(bytes[index] - 0x30)
            index += 1
        }
        // "Numbers are integers of at most 2^53-1": RFC 8785 has no others.
        return index > start && value <= UInt64(CanonicalJSON.largestInteger) ? value : nil
    }

    /// The range up to the next quote; `nil` if it has an escape.
    mutating func text(_ bytes: Span<UInt8>) -> Range<Int>? {
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x22 { return start..<index }
            if byte == 0x5C { return nil }
            index += 1
        }
        return nil
    }
}
