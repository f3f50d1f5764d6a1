import ProvenanceEncoding

/// One signature line of a note: `— <key name> <base64(key ID ‖ signature)>`.
public struct NoteSignature: Hashable, Sendable {
    /// The key's name.
    public let name: String
    /// The first four bytes of the decoded line, big-endian. A label only: it does not bind the key.
    public let keyID: UInt32
    /// The key ID as in a vkey: eight lowercase hexadecimal digits.
    public var keyIDText: String { VerifierKey.hex(keyID) }
    /// What follows the key ID: 64 bytes for Ed25519, more for other types.
    public let signature: [UInt8]

    /// A signature line from its parts.
    public init(name: String, keyID: UInt32, signature: [UInt8]) {
        self.name = name
        self.keyID = keyID
        self.signature = signature
    }

    /// Whether two lines are the same bytes.
    public static func == (left: NoteSignature, right: NoteSignature) -> Bool {
        left.keyID == right.keyID && Bytes.isSame(left.name, right.name) && left.signature == right.signature
    }

    /// Appends the line with its LF.
    public func append(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: SignedNote.dash)
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: " "))
        var blob: [UInt8] = []
        blob.reserveCapacity(4 + signature.count)
        withUnsafeBytes(of: keyID.bigEndian) { blob.append(contentsOf: $0) }
        blob.append(contentsOf: signature)
        Base64.append(blob, to: &bytes)
        bytes.append(Bytes.newline)
    }
}

/// A C2SP signed note: a text that ends in LF, an empty line, and signature lines.
///
/// Reading is stricter than the specification asks: only canonical base64, and each (name, key ID) once. So
/// `SignedNote(parsing: x).encoded() == x` for every accepted `x`.
///
/// ```swift
/// var signer = try NoteSigner(name: "example.org/key", key: .generate())
/// let bytes = try signer.sign(Array("Hello.\n".utf8))
///
/// let note = try SignedNote(parsing: bytes)
/// var verifier = try NoteVerifier()
/// let verified = try verifier.verify(note, keys: [signer.verifierKey])
/// // verified[0].key == signer.verifierKey, and note.text is what that key signed
/// ```
public struct SignedNote: Equatable, Sendable {
    /// The signed bytes, final LF included.
    public let text: [UInt8]
    /// The signature lines in their order, at least one.
    public let signatures: [NoteSignature]

    /// U+2014 EM DASH and a space, the start of a signature line.
    static let dash: [UInt8] = [0xe2, 0x80, 0x94, 0x20]

    /// The most signature lines that are accepted.
    ///
    /// The specification requires at least 16; the limit bounds hostile notes.
    public static let maxSignatures = 64
    /// The longest note that is accepted: room for 64 signatures of some 5 kB and a text of many lines.
    public static let maxNoteBytes = 1_000_000

    /// A note from its parts.
    public init(text: [UInt8], signatures: [NoteSignature]) {
        self.text = text
        self.signatures = signatures
    }

    /// Parses a whole note.
    ///
    /// - Throws: `NoteError` with `E-NOTE-MALFORMED` and the line.
    public init(parsing bytes: [UInt8]) throws(NoteError) { try self.init(parsing: bytes[...]) }

    /// Parses a whole note from a slice.
    ///
    /// - Throws: `NoteError` with `E-NOTE-MALFORMED` and the line.
    public init(parsing bytes: ArraySlice<UInt8>) throws(NoteError) {
        func fail(_ reason: String, line: Int? = nil) -> NoteError { NoteError(.noteMalformed, reason, line: line) }
        guard bytes.count <= SignedNote.maxNoteBytes else {
            throw fail("\(bytes.count) bytes; a note has at most \(SignedNote.maxNoteBytes)")
        }
        guard bytes.last == Bytes.newline else { throw fail("the last line does not end in a newline") }
        // signed-note: "The note … MUST be valid UTF-8, and MUST NOT contain any ASCII control characters (those below
        // U+0020) other than newline (U+000A)."
        if Bytes.holdsControls(bytes), let place = bytes.firstIndex(where: { $0 < 0x20 && $0 != Bytes.newline }) {
            let line = 1 + bytes[..<place].count { $0 == Bytes.newline }
            throw fail("a control character (byte \(bytes[place]))", line: line)
        }
        guard Bytes.isUTF8(bytes) else { throw fail("not valid UTF-8") }
        // "The signatures are separated from the text by a blank line … the last blank line": a text may hold others.
        guard let split = SignedNote.lastBlankLine(bytes) else { throw fail("no empty line before the signatures") }
        let text = bytes[bytes.startIndex...split]
        let block = bytes[(split + 2)...]
        /// The line of the first signature; counted only for an error.
        func firstLine() -> Int { 1 + bytes[..<(split + 2)].count { $0 == Bytes.newline } }
        guard !block.isEmpty else { throw fail("no signature line", line: firstLine()) }
        let count = block.count { $0 == Bytes.newline }
        guard count <= SignedNote.maxSignatures else {
            throw fail("\(count) signature lines; at most \(SignedNote.maxSignatures) are read", line: firstLine())
        }
        var signatures: [NoteSignature] = []
        signatures.reserveCapacity(count)
        var rest = block
        while let end = rest.firstIndex(of: Bytes.newline) {
            let signature: NoteSignature
            do throws(NoteError) { signature = try SignedNote.signature(rest[..<end]) } catch {
                throw NoteError(error.code, error.reason, line: firstLine() + signatures.count)
            }
            // Two lines with one (name, ID) would be read differently by readers that use the first and readers that
            // use the last.
            if signatures.contains(where: { $0.keyID == signature.keyID && Bytes.isSame($0.name, signature.name) }) {
                throw fail("a second signature line of \(signature.name)", line: firstLine() + signatures.count)
            }
            signatures.append(signature)
            rest = rest[(end + 1)...]
        }
        self.text = Array(text)
        self.signatures = signatures
    }

    private static func lastBlankLine(_ bytes: ArraySlice<UInt8>) -> Int? {
        var index = bytes.endIndex - 2
        while index >= bytes.startIndex {
            if bytes[index] == Bytes.newline, bytes[index + 1] == Bytes.newline { return index }
            index -= 1
        }
        return nil
    }

    private static func signature(_ line: ArraySlice<UInt8>) throws(NoteError) -> NoteSignature {
        func fail(_ reason: String) -> NoteError { NoteError(.noteMalformed, reason) }
        guard line.starts(with: dash) else { throw fail("a signature line starts with an em dash and a space") }
        let rest = line.dropFirst(dash.count)
        guard let space = rest.firstIndex(of: UInt8(ascii: " ")) else {
            throw fail("a signature line is '— name base64'")
        }
        let name = String(decoding: rest[..<space], as: UTF8.self)
        guard Bytes.isKeyName(name) else { throw fail("a key name is not empty, and has no space and no plus") }
        guard let blob = Base64.decode(rest[(space + 1)...]) else {
            throw fail("the signature is not canonical base64")
        }
        guard blob.count > 4 else { throw fail("the signature is shorter than its key ID") }
        let keyID = blob[..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return NoteSignature(name: name, keyID: keyID, signature: Array(blob[4...]))
    }

    /// The note's bytes.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count + 1 + signatures.count * 140)
        bytes.append(contentsOf: text)
        bytes.append(Bytes.newline)
        for signature in signatures { signature.append(to: &bytes) }
        return bytes
    }
}
