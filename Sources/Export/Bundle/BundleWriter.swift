import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceLog
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification

/// Writes entries one after the other into every format of a bundle, in constant memory.
struct BundleWriter {
    private(set) var summary = BundleExport.Summary()
    private let folder: BundleFolder
    private let header: EvidenceHeader
    private let options: BundleExport.Options
    private let manifest: DigestedFile
    private let package: DigestedFile
    private var packageForm = DataPackage()
    private var statements: Statements?
    private var statementCount = 0
    private var page: PageData
    /// Version 1 while a reader of 0.1.0 could verify the bundle.
    private var version = BundleVersion.v1

    init(
        _ folder: BundleFolder, _ header: EvidenceHeader, _ reader: LogReader, since: [UInt8]?,
        _ options: BundleExport.Options
    ) throws(Problem) {
        self.folder = folder
        self.header = header
        self.options = options
        let beginning = try ManifestEncoder.beginning(
            header.checkpoint, since: since, reader, header.selection)
        manifest = try folder.open("manifest.json")
        try manifest.write(beginning)
        package = try folder.open("datapackage.json")
        try package.write(packageForm.beginning())
        page = try PageData(header, reader, beginning: beginning)
        if let signer = options.signer, let key = header.keys.first(where: { $0.name == signer.name }) {
            statements = Statements(header, key: signer.key, keyID: key.keyIDText)
        }
    }

    /// Adds an entry whose own files are written.
    mutating func add(_ entry: EvidenceEntry, _ files: BundleFolder.Written) throws(Problem) {
        try folder.list(files)
        var element: [UInt8] = summary.entries > 0 ? [UInt8(ascii: ",")] : []
        ManifestEncoder.append(entry.index, entry.note[...], entry.proof, entry.labels, to: &element)
        try manifest.write(element)
        page.add(element, isFirst: summary.entries == 0, isPost: entry.record != nil)
        if let envelope = try statements?.add(entry) { try put(statement: envelope) }
        summary.entries += 1
        guard let record = entry.record else { return }
        summary.posts += 1
        // "A bundle with posts of records of version 2 is of version 2".
        if options.hasPosts, record.version == .v2, !files.isMissing { version = .v2 }
        if files.post != nil {
            summary.files += 1
            try package.write(packageForm.resource(entry, record))
        }
        if files.isMissing {
            summary.missingCount += 1
            if summary.missing.count < BundleExport.maxNamed {
                let place = entry.labels.placements.last?.path.description ?? "sha256 \(record.sha256.hex)"
                summary.missing.append((entry.index, place))
            }
        }
    }

    private mutating func put(statement: [UInt8]) throws(Problem) {
        statementCount += 1
        try folder.put(statementCount == 1 ? "statement.dsse.json" : "statement-\(statementCount).dsse.json", statement)
    }

    /// Writes the end of a bundle and gives it its name.
    mutating func finish(_ keys: RawPath) throws(Problem) -> BundleExport.Summary {
        if options.hasPosts, summary.posts > 0, summary.files == 0 {
            throw Problem(
                .contentNotCompared, "posts", "none of the \(summary.posts) posts is at hand; nothing was written",
                advice: "name the folder they are in with --posts DIR, or leave them out with --without-posts")
        }
        var end: [UInt8] = []
        ManifestEncoder.appendEnd(keys: header.keys, header.selection, count: summary.entries, to: &end)
        try manifest.write(end)
        try folder.close("manifest.json", manifest)
        if summary.files == 0 {
            let words = options.hasPosts ? BundleExport.noPosts : BundleExport.withheld
            let digest = try folder.putWithheld(words)
            try package.write(packageForm.withheld(words, digest))
        }
        try package.write(packageForm.end())
        try folder.close("datapackage.json", package)
        if let envelope = try statements?.finish() { try put(statement: envelope) }
        try folder.put(version.checkpointName, header.checkpoint)
        try putKeys(keys)
        try folder.put("evidence.html", Verifiers.page(holding: page.finish(header)))
        try folder.put("verify.sh", Verifiers.script, mode: 0o755)
        try folder.put("VERIFY.md", Verifiers.guide)
        summary.tagManifest = try folder.finishLists { information(octets: $0, files: $1).encoded() }
        if let signer = options.signer { try sign(signer) }
        try folder.finish()
        return summary
    }

    /// Writes the public keys that the archive publishes: for display, never trusted.
    private func putKeys(_ keys: RawPath) throws(Problem) {
        do {
            for name in try listFolder(keys) {
                guard let text = name.text else { continue }
                let isPublic =
                    text == "policy" || text == "signers" || text.hasSuffix(".vkey") || text.hasSuffix(".pub.pem")
                let isPlain = text.utf8.allSatisfy { Self.isPlain($0) }
                guard isPublic, isPlain, let bytes = try readFileIfPresent(keys.appending(name), limit: 1 << 20) else {
                    continue
                }
                try folder.put("keys/" + text, bytes)
            }
        } catch {
            throw Problem(any: error)
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x61...0x7a).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    private func information(octets: UInt64, files: UInt64) -> BagInformation {
        let selection: BagInformation.Selection =
            switch header.selection {
            case .range(let from, let to): .range(first: from, last: max(from, max(to, 1) - 1))
            case .filter: .filter
            }
        return BagInformation(
            date: header.date, octets: octets, files: files, origin: header.origin, size: header.size,
            hasPosts: options.hasPosts, selection: selection, signer: options.signer?.name, version: version)
    }

    private mutating func sign(_ signer: (name: String, key: Ed25519PrivateKey)) throws(Problem) {
        let text = BundleNote(
            signer: signer.name, origin: header.origin, size: header.size, tagManifest: summary.tagManifest,
            version: version)
        do {
            var notes = try NoteSigner(name: signer.name, key: signer.key)
            try FolderTree.write(folder.place.appending("bundle.note"), try notes.sign(text.encoded()))
        } catch {
            throw Problem(any: error)
        }
        summary.isSigned = true
    }
}

/// The data in `evidence.html`: the bundle's manifest, or a manifest of its first entries.
struct PageData {
    /// Maximum entries in a page; with more it says so, and asks for the folder.
    static let maxEntries: UInt64 = 500

    private var bytes: [UInt8]
    private var count: UInt64 = 0
    private var posts: UInt64 = 0
    private let isWhole: Bool

    init(_ header: EvidenceHeader, _ reader: LogReader, beginning: [UInt8]) throws(Problem) {
        isWhole = header.count <= PageData.maxEntries
        // A selection of some entries cannot continue an earlier manifest.
        bytes =
            isWhole
            ? beginning
            : try ManifestEncoder.beginning(header.checkpoint, since: nil, reader, header.selection)
    }

    mutating func add(_ element: [UInt8], isFirst: Bool, isPost: Bool) {
        if isPost { posts += 1 }
        guard count < PageData.maxEntries else { return }
        count += 1
        bytes += element
    }

    /// Completes the JSON object: the counts and the manifest.
    mutating func finish(_ header: EvidenceHeader) -> [UInt8] {
        let selection =
            isWhole
            ? header.selection
            : ManifestSelection.filter(indexes: [], description: ["first": .number(PageData.maxEntries)])
        ManifestEncoder.appendEnd(keys: header.keys, selection, count: count, to: &bytes)
        return Array("{\"entries\":\(header.count),\"manifest\":".utf8) + bytes + Array(",\"posts\":\(posts)}".utf8)
    }
}
