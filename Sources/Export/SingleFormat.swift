import ProvenanceArchive
import ProvenanceBundle
import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// One format of a bundle, written alone.
public enum SingleFormat: String, CaseIterable, Sendable {
    /// Input for `sha256sum -c` with the posts at their places in the archive.
    case sha256sum
    /// A BagIt bag of the posts; a folder.
    case bagit
    /// An in-toto statement in its DSSE envelope.
    case intoto
    /// The Frictionless description of a bundle's posts.
    case datapackage
    /// A table for spreadsheets.
    case csv
    /// The page that displays the evidence.
    case html

    /// Whether the output is a folder.
    public var isFolder: Bool { self == .bagit }
    /// Whether the signer's key is required.
    public var isSigned: Bool { self == .intoto }

    /// The first bytes of a file in this format; `nil` if the format has no characteristic beginning.
    public var beginning: [UInt8]? {
        switch self {
        case .csv: Spreadsheet.header
        case .datapackage: DataPackage().beginning()
        case .intoto: Array("{\"payload\":\"".utf8)
        case .html: Array(Verifiers.page.prefix(512))
        case .sha256sum, .bagit: nil
        }
    }
}

/// Writes one format.
public enum SingleExport {
    /// Entries between two reports of progress.
    private static let window = 512

    /// Writes one format into a file, durably or not at all.
    ///
    /// - Returns: The number of entries, and of posts left out: not found, or at no place in the archive.
    /// - Throws: `Problem`.
    public static func write(
        _ format: SingleFormat, _ view: LogView, labels: ExportLabels, selection: ManifestSelection, since: [UInt8]?,
        options: BundleExport.Options, to path: RawPath, name: String, report: (Problem) -> Void,
        progress: (UInt64) -> Void = { _ in }
    ) throws(Problem) -> (entries: UInt64, leftOut: UInt64) {
        if format == .bagit {
            return try writeBag(view, labels, selection, options, path, name, report, progress)
        }
        TemporaryPlace.removeAbandoned(of: path)
        let file: DigestedFile = try DigestedFile(for: path)
        var writer = try Writer(format, view, labels, selection, since, options, report: report)
        try file.write(writer.beginning())
        var source = EvidenceSource(view.reader, selection, labels: labels)
        var count: UInt64 = 0
        while true {
            let entries = try source.next(window)
            if entries.isEmpty { break }
            for entry in entries { try file.write(try writer.piece(entry)) }
            count += UInt64(entries.count)
            progress(count)
        }
        try file.write(try writer.end())
        _ = try file.finish()
        return (count, writer.leftOut)
    }

    /// The output in one format, written entry by entry.
    private struct Writer {
        private let format: SingleFormat
        private let header: EvidenceHeader
        private let posts: RecordedPosts?
        /// The entry registered last at each place; only for `sha256sum`.
        private let last: [RawPath: UInt64]
        private let root: RawPath
        private var package = DataPackage()
        private var statements: Statements?
        private var page: PageData?
        private var named: Set<Digest> = []
        private var isFirst = true
        private(set) var leftOut: UInt64 = 0

        init(
            _ format: SingleFormat, _ view: LogView, _ labels: ExportLabels, _ selection: ManifestSelection,
            _ since: [UInt8]?,
            _ options: BundleExport.Options, report: (Problem) -> Void
        ) throws(Problem) {
            self.format = format
            last = format == .sha256sum ? try labels.lastAtPlaces() : [:]
            root = view.archive.root
            let keys = view.archive.keyFiles
            header = EvidenceHeader(
                checkpoint: view.note, origin: view.archive.origin, size: view.size, selection: selection,
                date: options.date, keys: KeyFiles.Role.allCases.compactMap { try? keys.publishedKey($0) })
            posts = format == .datapackage ? try RecordedPosts(view.archive, also: options.posts, report: report) : nil
            switch format {
            case .intoto:
                guard header.count <= UInt64(Statements.maxPosts) else {
                    throw Problem(
                        .usage, "--format intoto",
                        "a statement holds at most \(Statements.maxPosts) posts, these are \(header.count) entries",
                        advice: "choose a range with --index, or write a bundle, which holds several statements")
                }
                guard let signer = options.signer, let key = header.keys.first(where: { $0.name == signer.name }) else {
                    throw Problem(
                        .key, "keys/signer.key.pem", "a statement is signed, and the signer's key is not at hand")
                }
                statements = Statements(header, key: signer.key, keyID: key.keyIDText)
            case .html:
                page = try PageData(
                    header, view.reader,
                    beginning: try ManifestEncoder.beginning(view.note, since: since, view.reader, selection))
            default: break
            }
        }

        func beginning() -> [UInt8] {
            switch format {
            case .csv: Spreadsheet.header
            case .datapackage: package.beginning()
            default: []
            }
        }

        mutating func piece(_ entry: EvidenceEntry) throws(Problem) -> [UInt8] {
            switch format {
            case .csv: return Spreadsheet.row(entry)
            case .sha256sum:
                guard let record = entry.record else { return [] }
                let places = try places(of: entry)
                if places.isEmpty { leftOut += 1 }
                return places.flatMap { DigestList.line(record.sha256, at: $0) }
            case .datapackage:
                guard let record = entry.record, named.insert(record.sha256).inserted else { return [] }
                guard let posts, posts.bytes(of: record, entry.labels) != nil else {
                    leftOut += 1
                    return []
                }
                return package.resource(entry, record)
            case .intoto:
                _ = try statements?.add(entry)
                return []
            case .html:
                var element: [UInt8] = isFirst ? [] : [UInt8(ascii: ",")]
                ManifestEncoder.append(entry.index, entry.note[...], entry.proof, entry.labels, to: &element)
                page?.add(element, isFirst: isFirst, isPost: entry.record != nil)
                isFirst = false
                return []
            case .bagit: return []
            }
        }

        /// The places in the archive at which an entry was registered last: those where a file exists, else the last one.
        private func places(of entry: EvidenceEntry) throws(Problem) -> [RawPath] {
            var paths: [RawPath] = []
            for placement in entry.labels.placements where placement.root == "." && !paths.contains(placement.path) {
                paths.append(placement.path)
            }
            do {
                let current = paths.filter { last[$0] == entry.index }
                let standing = try current.filter { try FileStatus.of(root.appending($0)) != nil }
                return standing.isEmpty ? current.suffix(1) : standing
            } catch {
                throw Problem(any: error)
            }
        }

        mutating func end() throws(Problem) -> [UInt8] {
            switch format {
            case .datapackage: return package.end()
            case .intoto: return try statements?.finish() ?? []
            case .html:
                return page.map { page in
                    var page = page
                    return Verifiers.page(holding: page.finish(header))
                } ?? []
            default: return []
            }
        }
    }

    // MARK: A bag

    private static func writeBag(
        _ view: LogView, _ labels: ExportLabels, _ selection: ManifestSelection, _ options: BundleExport.Options,
        _ path: RawPath, _ name: String, _ report: (Problem) -> Void, _ progress: (UInt64) -> Void
    ) throws(Problem) -> (entries: UInt64, leftOut: UInt64) {
        let posts = try RecordedPosts(view.archive, also: options.posts, report: report)
        let folder = try BundleFolder(for: path, name: name, folders: ["data"])
        var source = EvidenceSource(view.reader, selection, labels: labels)
        var named: Set<Digest> = []
        var leftOut: UInt64 = 0
        var count: UInt64 = 0
        while true {
            let entries = try source.next(window)
            if entries.isEmpty { break }
            for entry in entries {
                guard let record = entry.record, named.insert(record.sha256).inserted else { continue }
                guard let bytes = posts.bytes(of: record, entry.labels) else {
                    leftOut += 1
                    continue
                }
                let file = "data/" + BundleLayout.payloadName(record.sha256)
                do { try FolderTree.write(folder.place.appending(RawPath(file)), bytes) } catch { throw Problem(error) }
                try folder.listPayload(file, record.sha256, size: UInt64(bytes.count))
            }
            count += UInt64(entries.count)
            progress(count)
        }
        _ = try folder.finishLists { octets, files in
            let day = options.date.map { "Bagging-Date: \($0)\n" } ?? ""
            return Array("Bag-Software-Agent: provenance\n\(day)Payload-Oxum: \(octets).\(files)\n".utf8)
        }
        try folder.finish()
        return (count, leftOut)
    }
}
