import ProvenanceEncoding

/// Parses the lines of a record in their fixed order: each line that is asked for must come next, and nothing may
/// follow the last.
///
/// "Lines in this order, one space between words, UTF-8, LF. Round trip: `encode(parse(x)) == x`. Integers without leading
/// zeros." (record.md, "Lines")
struct RecordLines {
    /// The longest text that is accepted, far above the sum of the longest lines.
    static let maxSize = 16_384
    /// The largest integer in records from version 2 on, 2⁵³−1: manifests are JSON, whose numbers end there.
    static let maxInteger = Int(CanonicalJSON.largestInteger)

    private let text: [UInt8]
    private var offset = 0
    /// The last line read, from 1.
    private(set) var line = 0

    /// Reads the first line, which names the kind.
    init(_ text: [UInt8], kind: String) throws(RecordError) {
        guard text.count <= RecordLines.maxSize else {
            throw RecordError(
                .tooLarge, line: 1, found: "\(text.count) bytes", wanted: "at most \(RecordLines.maxSize)")
        }
        self.text = text
        guard text.starts(with: kind.utf8), text.count > kind.utf8.count, text[kind.utf8.count] == 0x0A else {
            throw RecordError(.kind, line: 1, found: excerpt(text), wanted: "`\(kind)`")
        }
        guard Bytes.isUTF8(text) else {
            throw RecordError(.invalidUTF8, line: 1, found: "bytes that are not UTF-8", wanted: "UTF-8")
        }
        offset = kind.utf8.count + 1
        line = 1
    }

    /// Whether the next line starts with a word and a space.
    func isNext(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard text.count - offset > count, text[offset + count] == 0x20 else { return false }
        return text.withUnsafeBytes { text in
            Bytes.isSame(
                UnsafeRawBufferPointer(rebasing: text[offset..<(offset + count)]),
                UnsafeRawBufferPointer(start: word.utf8Start, count: count))
        }
    }

    /// The rest of the next line, which must start with a word and a space and end in LF.
    mutating func value(_ word: StaticString) throws(RecordError) -> ArraySlice<UInt8> {
        line += 1
        guard let end = Bytes.firstNewline(in: text, from: offset), isNext(word) else {
            let rest = text[offset...]
            throw RecordError(
                .line, line: line, found: rest.isEmpty ? "the end" : excerpt(rest), wanted: "`\(word) …` and a newline")
        }
        let start = offset + word.utf8CodeUnitCount + 1
        offset = end + 1
        return text[start..<end]
    }

    mutating func digest(_ word: StaticString) throws(RecordError) -> Digest {
        let value = try value(word)
        return try digest(value)
    }

    func digest(_ value: ArraySlice<UInt8>) throws(RecordError) -> Digest {
        guard let digest = Digest(hex: value) else {
            throw failure(.digest, value, "64 lowercase hexadecimal digits")
        }
        return digest
    }

    /// A number from 0 to 2⁶³−1, or to another limit.
    mutating func count(_ word: StaticString, upTo limit: Int = .max) throws(RecordError) -> Int {
        let value = try value(word)
        return try count(value, upTo: limit)
    }

    func count(_ value: ArraySlice<UInt8>, upTo limit: Int = .max) throws(RecordError) -> Int {
        guard let number = RecordLines.decimal(value), number <= limit else {
            throw failure(
                .integer, value, "a decimal integer without leading zeros" + (limit < .max ? ", at most \(limit)" : ""))
        }
        return Int(number)
    }

    /// Two words: a digest and a number.
    mutating func digestAndCount(
        _ word: StaticString, upTo limit: Int = .max
    ) throws(RecordError) -> (digest: Digest, count: Int) {
        let value = try value(word)
        guard let space = value.firstIndex(of: 0x20) else {
            throw failure(.line, value, "a digest, a space and a number")
        }
        return (try digest(value[..<space]), try count(value[(space + 1)...], upTo: limit))
    }

    /// Two words: a number and a digest.
    mutating func countAndDigest(
        _ word: StaticString, upTo limit: Int
    ) throws(RecordError) -> (count: Int, digest: Digest) {
        let value = try value(word)
        guard let space = value.firstIndex(of: 0x20) else {
            throw failure(.line, value, "a number, a space and a digest")
        }
        return (try count(value[..<space], upTo: limit), try digest(value[(space + 1)...]))
    }

    /// A number of at most 16 digits, optionally after `-`.
    mutating func epoch(_ word: StaticString) throws(RecordError) -> Int64 {
        let value = try value(word)
        let isNegative = value.first == 0x2D
        let digits = isNegative ? value.dropFirst() : value
        guard digits.count <= 16, let size = RecordLines.decimal(digits), !(isNegative && size == 0) else {
            throw failure(.integer, value, "a decimal integer of at most 16 digits without leading zeros")
        }
        return isNegative ? -size : size
    }

    /// The name of a key.
    mutating func name(_ word: StaticString) throws(RecordError) -> ExactText {
        let value = try value(word)
        let name = String(decoding: value, as: UTF8.self)
        guard Bytes.isKeyName(name) else { throw failure(.name, value, "a key's name without spaces and `+`") }
        return ExactText(name)
    }

    /// The name of a key or a log in a kind of version 2: "1 to 255 bytes, no White_Space, no `+`, no Cc".
    mutating func controlName(_ word: StaticString) throws(RecordError) -> ExactText {
        let name = try name(word)
        guard !name.string.unicodeScalars.contains(where: { EntryText.isForbidden($0) }) else {
            throw failure(.name, Array(name.utf8)[...], "a name without control characters")
        }
        return name
    }

    /// A text from a post that satisfies the rules of ``EntryText``.
    mutating func text(_ word: StaticString, limit: Int, _ code: RecordError.Code) throws(RecordError) -> ExactText {
        let value = try value(word)
        let text = String(decoding: value, as: UTF8.self)
        if let fault = EntryText.fault(in: text, limit: limit) {
            throw RecordError(
                code, line: line, found: fault.found,
                wanted: "1 to \(limit) bytes, without white space at the ends or control characters")
        }
        return ExactText(text)
    }

    // An audit reads every record, so these two take array slices only: generic ones, called across modules, take ten
    // times as long.

    /// A decimal integer without sign and leading zeros, up to 2⁶³−1.
    private static func decimal(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard let first = digits.first, first != 0x30 || digits.count == 1 else { return nil }
        var value: Int64 = 0
        for byte in digits {
            guard (0x30...0x39).contains(byte) else { return nil }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = product.addingReportingOverflow(Int64(byte - 0x30))
            guard !isTooLarge && !overflows else { return nil }
            value = sum
        }
        return value
    }

    /// Checks that nothing follows.
    func end() throws(RecordError) {
        guard offset == text.count else {
            throw RecordError(.trailing, line: line + 1, found: excerpt(text[offset...]), wanted: "the end")
        }
    }

    func failure(_ code: RecordError.Code, _ value: ArraySlice<UInt8>, _ wanted: String) -> RecordError {
        RecordError(code, line: line, found: excerpt(value), wanted: wanted)
    }
}

/// Writes the lines of a record.
struct RecordWriter {
    private(set) var bytes: [UInt8] = []

    init(kind: String, capacity: Int) {
        bytes.reserveCapacity(capacity)
        bytes.append(contentsOf: kind.utf8)
        bytes.append(0x0A)
    }

    mutating func line(_ word: StaticString, _ text: ExactText) {
        start(word)
        bytes.append(contentsOf: text.utf8)
        bytes.append(0x0A)
    }

    mutating func line(_ word: StaticString, _ number: some BinaryInteger) {
        start(word)
        Bytes.append(number, to: &bytes)
        bytes.append(0x0A)
    }

    mutating func line(_ word: StaticString, _ digest: Digest) {
        start(word)
        digest.appendHex(to: &bytes)
        bytes.append(0x0A)
    }

    mutating func line(_ word: StaticString, _ count: Int, _ digest: Digest) {
        start(word)
        Bytes.append(count, to: &bytes)
        bytes.append(0x20)
        digest.appendHex(to: &bytes)
        bytes.append(0x0A)
    }

    mutating func line(_ word: StaticString, _ digest: Digest, _ count: Int) {
        start(word)
        digest.appendHex(to: &bytes)
        bytes.append(0x20)
        Bytes.append(count, to: &bytes)
        bytes.append(0x0A)
    }

    private mutating func start(_ word: StaticString) {
        word.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(0x20)
    }
}
