import ProvenanceEncoding

extension RegisterLine {
    /// Reads a line about a file that is on the record under a path without escapes, as nearly all are, without taking
    /// JSON apart.
    ///
    /// - Returns: `nil` for any other line, which may be sound all the same. What is answered need not be the line: the
    ///   caller writes it out and compares.
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

/// A place in a line, which goes on from the front; the line is passed along, for nothing may keep a span.
private struct LinePlace {
    private(set) var index = 0

    /// Digits of which every number has 64 bits.
    private static let maxDigits = 19

    /// Goes past these bytes, if they come next.
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

    /// Where what comes before the next quote stands, if that has no escape.
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
