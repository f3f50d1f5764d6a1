/// The lines of `bag-info.txt`.
package struct BagInformation: Equatable {
    /// BagIt 1.0, "bagit.txt": version and encoding.
    package static let declaration = Array("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".utf8)

    /// How the entries were chosen.
    package enum Selection: Equatable {
        case range(first: UInt64, last: UInt64)
        case filter

        var words: String {
            switch self {
            case .range(let first, let last): "\(first)..\(last)"
            case .filter: "filter"
            }
        }
    }

    var date: String?
    var octets: UInt64
    var files: UInt64
    var origin: String
    var size: UInt64
    var hasPosts: Bool
    var selection: Selection
    var signer: String?
    var version: BundleVersion

    package func encoded() -> [UInt8] {
        var lines = ["Bag-Software-Agent: provenance"]
        if let date { lines.append("Bagging-Date: \(date)") }
        lines += [
            "Payload-Oxum: \(octets).\(files)", "Provenance-Bundle: \(version.kind)",
            "Provenance-Log: \(origin)", "Provenance-Log-Size: \(size)",
            "Provenance-Posts: \(hasPosts ? "included" : "withheld")", "Provenance-Selection: \(selection.words)",
        ]
        if let signer { lines.append("Provenance-Signer: \(signer)") }
        return Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    package init(
        date: String?, octets: UInt64, files: UInt64, origin: String, size: UInt64, hasPosts: Bool,
        selection: Selection, signer: String?, version: BundleVersion = .v1
    ) {
        self.version = version
        self.date = date
        self.octets = octets
        self.files = files
        self.origin = origin
        self.size = size
        self.hasPosts = hasPosts
        self.selection = selection
        self.signer = signer
    }

    /// Reads the lines strictly, each in its place: `BagInformation(parsing: x)?.encoded() == x`.
    init?(parsing bytes: [UInt8]) {
        guard var lines = Lines(bytes), lines.value("Bag-Software-Agent") != nil else { return nil }
        let date = lines.value("Bagging-Date")
        guard let oxum = lines.value("Payload-Oxum")?.split(separator: ".", omittingEmptySubsequences: false),
            oxum.count == 2, let octets = UInt64(oxum[0]), let files = UInt64(oxum[1]),
            let version = lines.value("Provenance-Bundle").flatMap({ BundleVersion(kind: $0) }),
            let origin = lines.value("Provenance-Log"),
            let size = lines.value("Provenance-Log-Size").flatMap({ UInt64($0) }),
            let posts = lines.value("Provenance-Posts"), posts == "included" || posts == "withheld",
            let selection = lines.value("Provenance-Selection").flatMap(BagInformation.selection)
        else { return nil }
        let signer = lines.value("Provenance-Signer")
        guard lines.isEmpty else { return nil }
        self.init(
            date: date, octets: octets, files: files, origin: origin, size: size, hasPosts: posts == "included",
            selection: selection, signer: signer, version: version)
        guard encoded() == bytes, date.map(BagInformation.isDate) ?? true else { return nil }
    }

    /// Lines that are read in order.
    private struct Lines {
        private var rest: ArraySlice<Substring>

        /// `nil` unless the bytes are UTF-8 lines and the last one ends with a newline.
        init?(_ bytes: [UInt8]) {
            guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
            rest = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
            guard rest.popLast()?.isEmpty == true else { return nil }
        }

        var isEmpty: Bool { rest.isEmpty }

        /// The value of the next line, if it has this name.
        mutating func value(_ name: String) -> String? {
            guard let line = rest.first, line.utf8.starts(with: "\(name): ".utf8) else { return nil }
            rest = rest.dropFirst()
            return String(Substring(line.utf8.dropFirst(name.utf8.count + 2)))
        }
    }

    private static func selection(_ words: String) -> Selection? {
        if words == "filter" { return .filter }
        let parts = words.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, let first = UInt64(parts[0]), let last = UInt64(parts[2]),
            first <= last
        else { return nil }
        return .range(first: first, last: last)
    }

    private static func isDate(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 10
            && bytes.enumerated().allSatisfy { place, byte in
                place == 4 || place == 7 ? byte == UInt8(ascii: "-") : (0x30...0x39).contains(byte)
            }
    }
}
