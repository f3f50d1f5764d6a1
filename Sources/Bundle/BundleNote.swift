import ProvenanceEncoding

/// The text of `bundle.note`: the signer's statement about a bundle's tag manifest, and thereby about every file of it.
package struct BundleNote: Equatable {
    let version: BundleVersion
    let signer: String
    let origin: String
    let size: UInt64
    let tagManifest: Digest

    /// The text that is signed.
    package func encoded() -> [UInt8] {
        Array(
            """
            \(version.kind)
            signer \(signer)
            log \(origin)
            size \(size)
            tagmanifest \(tagManifest.hex)

            """.utf8)
    }

    package init(
        signer: String, origin: String, size: UInt64, tagManifest: Digest, version: BundleVersion = .v1
    ) {
        self.version = version
        self.signer = signer
        self.origin = origin
        self.size = size
        self.tagManifest = tagManifest
    }

    /// Reads a text strictly: `BundleNote(parsing: x)?.encoded() == x`.
    init?(parsing text: [UInt8]) {
        guard let string = String(validating: text, as: UTF8.self) else { return nil }
        let lines = string.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 6, let version = BundleVersion(kind: lines[0]),
            let signer = BundleNote.value(lines[1], "signer"),
            let origin = BundleNote.value(lines[2], "log"),
            let size = BundleNote.value(lines[3], "size").flatMap({ UInt64($0) }),
            let digest = BundleNote.value(lines[4], "tagmanifest").flatMap({ Digest(hex: $0) })
        else { return nil }
        self.init(signer: signer, origin: origin, size: size, tagManifest: digest, version: version)
        guard encoded() == text else { return nil }
    }

    private static func value(_ line: Substring, _ word: String) -> String? {
        guard line.utf8.starts(with: "\(word) ".utf8) else { return nil }
        return String(Substring(line.utf8.dropFirst(word.utf8.count + 1)))
    }
}
