import ProvenanceEncoding
import ProvenanceNote
import ProvenanceOpenSSL
import ProvenanceSystem
import ProvenanceVerification

/// Verifies bundles in the steps of Documentation/formats/bundle.md, "Verifying", in that order.
///
/// ```swift
/// let trust = try Trust.folder("keys")
/// let report = try BundleVerifier.verify(
///     "evidence", name: "evidence", trust: trust, report: { problem in print(problem.line) })
/// print("\(report.status.word): \(report.sentence)")
/// ```
///
/// A zip file is unpacked first, with ``ZipFile/unpacked(_:name:_:)``.
public struct BundleVerifier {
    static let noteName = "bundle.note"
    /// Files that every bundle has beside its checkpoint.
    private static let required = ["tagmanifest-sha256.txt", "manifest-sha256.txt", "bag-info.txt"]
    /// Longest `bag-info.txt` that is read.
    private static let maxInformationBytes = 65_536
    /// Entries and files processed between two reports of progress.
    private static let window = 1_024

    private let folder: RawPath
    private let name: String
    private let trust: Trust
    private let version: BundleVersion
    private let progress: (UInt64) -> Void
    private var tally: BundleTally

    /// Whether a folder is meant to be a bundle: whether it has a file that only bundles have.
    public static func isBundle(_ folder: RawPath) -> Bool {
        (required + [noteName, "bagit.txt"]).contains { file in
            ((try? FileStatus.of(folder.appending(RawPath(file)))) ?? nil) != nil
        }
    }

    /// Verifies a bundle's folder.
    ///
    /// - Parameters:
    ///   - folder: The folder.
    ///   - name: Its name as typed.
    ///   - trust: The pinned keys; those in the bundle are never used.
    ///   - report: Called with every problem as it is found.
    ///   - progress: Called now and then with the number of files processed.
    /// - Returns: The findings; `status` is the exit code.
    /// - Throws: `Problem` with exit code 2 when the folder is not a bundle or cannot be read.
    public static func verify(
        _ folder: RawPath, name: String, trust: Trust, report: @escaping (Problem) -> Void,
        progress: @escaping (UInt64) -> Void = { _ in }
    ) throws(Problem) -> BundleReport {
        var verifier = BundleVerifier(
            folder: folder, name: name, trust: trust, version: version(of: folder), progress: progress,
            tally: BundleTally(report: report))
        return try verifier.run()
    }

    private mutating func run() throws(Problem) -> BundleReport {
        // 1. It is a bundle.
        try requireFiles()
        let information = try readInformation()
        let payload = try readList(BundleLayout.lists.payload)
        let tags = try readList(BundleLayout.lists.tags)
        // 2. Lists.
        let files = try BundleFiles(folder)
        for problem in files.problems { tally.add(problem) }
        let lines = (payload + tags).sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        let litter = Litter(listed: lines)
        try checkLists(files, lines, litter, information)
        // 3. Checkpoint.
        let note = try read(version.checkpointName, limit: SignedNote.maxNoteBytes) ?? []
        let checked = try checkCheckpoint(note, information)
        let signers = checked.map { trust.signers(for: $0.checkpoint.origin) } ?? []
        // 4. Views.
        let views = try BundleViews(folder: folder, name: name, files: files, version: version)
            .check(checked?.checkpoint, information, signers)
        tally.take(views, BundleVerifier.noteName)
        // 5. Entries.
        let hasPosts = information?.hasPosts ?? true
        let check = BundleEntryCheck(
            folder: folder, note: note, checkpoint: checked?.checkpoint,
            isCheckpointProven: checked?.claim.standing == .proven, signers: signers, hasPosts: hasPosts)
        let entries = pairs(files, litter)
        try checkEntries(entries, check, files, litter, hasPosts: hasPosts)
        // 6. Completeness.
        complete(entries.map(\.index), information?.selection, isProven: check.isCheckpointProven)
        // 7. At least one signature.
        tally.settleSignatures()
        // 8. The verifiers.
        try checkVerifiers(files)
        return BundleReport(
            place: name, checkpoint: checked?.checkpoint, selection: information?.selection.words,
            entries: tally.entries, counts: tally.counts, posts: hasPosts ? tally.comparedPosts : nil,
            areViewsProven: views.standing == .proven, keysShown: shownKeys(), problems: tally.problems)
    }

    // MARK: 1. It is a bundle

    /// "A bundle is of version 2 where there is a `checkpoint.note` and no `checkpoint`."
    private static func version(of folder: RawPath) -> BundleVersion {
        func has(_ version: BundleVersion) -> Bool {
            let file = folder.appending(RawPath(version.checkpointName))
            return ((try? FileStatus.of(file)) ?? nil)?.kind == .regular
        }
        return !has(.v1) && has(.v2) ? .v2 : .v1
    }

    private func requireFiles() throws(Problem) {
        for file in BundleVerifier.required + [version.checkpointName] {
            let status: FileStatus?
            do { status = try FileStatus.of(folder.appending(RawPath(file))) } catch {
                throw Problem(.unreadable, "\(name)/\(file)", error.reason)
            }
            guard status?.kind == .regular else {
                throw Problem(
                    .noBundle, "\(name)/\(file)", "it is not there: this is no bundle",
                    advice: "name the folder that holds bagit.txt, or a zip file of it")
            }
        }
    }

    private mutating func readInformation() throws(Problem) -> BagInformation? {
        guard let bytes = try read("bag-info.txt", limit: BundleVerifier.maxInformationBytes),
            let information = BagInformation(parsing: bytes), information.version == version
        else {
            tally.add(
                Problem(.bundleMalformed, "bag-info.txt", "its lines are not those of a \(version.kind)"))
            return nil
        }
        return information
    }

    private mutating func readList(_ list: String) throws(Problem) -> [BundleList.Line] {
        let stream: FileStream
        do { stream = try FileStream(folder.appending(RawPath(list))) } catch {
            throw Problem(.unreadable, list, error.reason)
        }
        guard stream.size <= BundleList.maxBytes else {
            tally.add(Problem(.bundleMalformed, list, "over \(BundleList.maxBytes) bytes"))
            return []
        }
        let read = try BundleList(stream, name: list)
        for problem in read.problems { tally.add(problem) }
        return read.lines
    }

    /// A file's bytes, `nil` when it exceeds the limit.
    private func read(_ file: String, limit: Int) throws(Problem) -> [UInt8]? {
        try BundleVerifier.read(file, of: folder, name, limit: limit)
    }

    static func read(_ file: String, of folder: RawPath, _ name: String, limit: Int) throws(Problem) -> [UInt8]? {
        do { return try readFile(below: folder, RawPath(file), limit: limit).bytes } catch {
            if error.isTooLarge { return nil }
            throw Problem(.unreadable, "\(name)/\(file)", error.reason)
        }
    }

    // MARK: 2. Lists

    private mutating func checkLists(
        _ files: BundleFiles, _ lines: [BundleList.Line], _ litter: Litter, _ information: BagInformation?
    ) throws(Problem) {
        var present: [(path: String, size: UInt64, digest: Digest)] = []
        var octets: UInt64 = 0
        var count: UInt64 = 0
        var place = 0
        for file in files.files {
            while place < lines.count, lines[place].path.utf8.lexicographicallyPrecedes(file.path.utf8) {
                missing(lines, &place)
            }
            guard place < lines.count, lines[place].path == file.path else {
                let isOwn = file.path == BundleLayout.lists.tags || file.path == BundleVerifier.noteName
                if !isOwn, !litter.passesOver(file.path) {
                    tally.add(Problem(.bundleStray, file.path, "it is on none of the lists"))
                }
                continue
            }
            present.append((file.path, file.size, lines[place].digest))
            if file.path.utf8.starts(with: "data/".utf8) {
                octets += file.size
                count += 1
            }
            skip(lines, &place)
        }
        while place < lines.count { missing(lines, &place) }
        try compare(present)
        if let information, information.octets != octets || information.files != count {
            tally.add(
                Problem(
                    .bundleChanged, "bag-info.txt",
                    "Payload-Oxum is \(information.octets).\(information.files), what is below data/ is \(octets).\(count)"
                ))
        }
    }

    private mutating func missing(_ lines: [BundleList.Line], _ place: inout Int) {
        tally.add(Problem(.bundleMissing, lines[place].path, "listed and not there"))
        skip(lines, &place)
    }

    /// Moves on to the next path; a path listed more than once is malformed.
    private mutating func skip(_ lines: [BundleList.Line], _ place: inout Int) {
        let path = lines[place].path
        place += 1
        guard place < lines.count, lines[place].path == path else { return }
        tally.add(Problem(.bundleMalformed, path, "it stands on the lists more than once"))
        while place < lines.count, lines[place].path == path { place += 1 }
    }

    /// Hashes the files on all cores, and compares them with the lists.
    private mutating func compare(_ files: [(path: String, size: UInt64, digest: Digest)]) throws(Problem) {
        var done = 0
        let folder = folder
        while done < files.count {
            let batch = files[done..<min(done + BundleVerifier.window, files.count)]
            let first = done
            let found = try concurrentMap(batch.count) { (range) throws(Problem) in
                BundleVerifier.digests(
                    batch[(first + range.lowerBound)..<(first + range.upperBound)], below: folder)
            }
            for (file, result) in zip(batch, found.joined()) {
                switch result {
                case .failure(let error): tally.add(Problem(.unreadable, file.path, error.reason))
                case .success(let digest) where digest != file.digest:
                    tally.add(Problem(.bundleChanged, file.path, "not the listed bytes"))
                case .success: break
                }
            }
            done += batch.count
            progress(UInt64(done))
        }
    }

    // MARK: 3. Checkpoint

    private mutating func checkCheckpoint(
        _ note: [UInt8], _ information: BagInformation?
    ) throws(Problem) -> CheckedCheckpoint? {
        let checked: CheckedCheckpoint
        do { checked = try trust.check(checkpoint: note, place: "checkpoint") } catch {
            guard error.code == Problem.Code.checkpoint.name else { throw error }
            tally.take(Claim(.checkpoint, .failed, problem: error), "checkpoint")
            return nil
        }
        tally.take(checked.claim, "checkpoint")
        if let information {
            let checkpoint = checked.checkpoint
            if !information.origin.utf8.elementsEqual(checkpoint.origin.utf8) {
                tally.add(
                    Problem(
                        .bundleChanged, "bag-info.txt", "Provenance-Log is not the checkpoint's \(checkpoint.origin)"))
            }
            if information.size != checkpoint.size {
                tally.add(
                    Problem(
                        .bundleChanged, "bag-info.txt", "Provenance-Log-Size is not the checkpoint's \(checkpoint.size)"
                    ))
            }
        }
        return checked
    }

    // MARK: 5. Entries

    /// Records and proofs by index: "each record has its proof and each proof its record".
    private mutating func pairs(_ files: BundleFiles, _ litter: Litter) -> [(index: UInt64, hasProof: Bool)] {
        var records: Set<UInt64> = []
        var proofs: Set<UInt64> = []
        for (path, _) in files.files {
            for (prefix, ending, isRecord) in [("records/", ".note", true), ("proofs/", ".tlog-proof", false)]
            where path.utf8.starts(with: prefix.utf8) {
                let name = path.dropFirst(prefix.count)
                guard name.hasSuffix(ending), let index = EntryIndex.parse(name.dropLast(ending.count)),
                    index <= UInt64(Int64.max)
                else {
                    if litter.passesOver(path) { continue }
                    tally.add(
                        Problem(.bundleMalformed, path, "a name in \(prefix) is an index in decimal and \(ending)"))
                    continue
                }
                if isRecord { records.insert(index) } else { proofs.insert(index) }
            }
        }
        for index in proofs.subtracting(records).sorted() {
            tally.add(Problem(.bundleMissing, BundleLayout.note(index), "there is a proof and no record"))
        }
        for index in records.subtracting(proofs).sorted() {
            tally.add(Problem(.bundleMissing, BundleLayout.proof(index), "there is a record and no proof"))
        }
        if records.isEmpty { tally.add(Problem(.nothing, "records", "there is no record")) }
        return records.sorted().map { ($0, proofs.contains($0)) }
    }

    private mutating func checkEntries(
        _ entries: [(index: UInt64, hasProof: Bool)], _ check: BundleEntryCheck, _ files: BundleFiles,
        _ litter: Litter, hasPosts: Bool
    ) throws(Problem) {
        var posts: Set<String> = []
        var done = 0
        while done < entries.count {
            let end = min(done + BundleVerifier.window, entries.count)
            let first = done
            let slices = try concurrentMap(end - done) { (range) throws(Problem) in
                try check.check(entries[(first + range.lowerBound)..<(first + range.upperBound)])
            }
            for entry in slices.joined() {
                if case .post(let record) = entry.kind {
                    posts.insert("data/" + BundleLayout.payloadName(record.sha256))
                }
                tally.take(entry)
            }
            done = end
            progress(UInt64(files.files.count + done))
        }
        for (path, _) in files.files where path.utf8.starts(with: "data/".utf8) {
            if hasPosts && posts.contains(path) || path == "data/withheld.txt" || litter.passesOver(path) {
                continue
            }
            tally.add(
                Problem(
                    .bundleStray, path,
                    hasPosts ? "it is no post of a record here" : "posts are withheld, yet this is below data/"))
        }
    }

    // MARK: 6. Completeness

    private mutating func complete(_ indexes: [UInt64], _ selection: BagInformation.Selection?, isProven: Bool) {
        guard case .range(let first, let last) = selection else { return }
        let before = tally.problems
        func lacking(_ from: UInt64, _ to: UInt64) -> Problem {
            Problem(
                .incomplete, from == to ? "entry \(from)" : "entries \(from) to \(to)",
                "left out; the selection is \(first)..\(last)")
        }
        // The next expected index; `nil` after the last.
        var wanted: UInt64? = first
        for index in indexes {
            guard index >= first, index <= last else {
                tally.add(Problem(.incomplete, "entry \(index)", "outside the selection \(first)..\(last)"))
                continue
            }
            if let next = wanted, next < index { tally.add(lacking(next, index - 1)) }
            wanted = index < last ? index + 1 : nil
        }
        if let wanted { tally.add(lacking(wanted, last)) }
        let claim: Claim
        if tally.problems > before || tally.failedInclusions > 0 {
            claim = Claim(.completeness, .failed, "the range is not whole", code: .incomplete)
        } else if isProven {
            claim = Claim(.completeness, .proven, "every entry from \(first) to \(last) is here")
        } else {
            claim = Claim(.completeness, .unknown, "the checkpoint is not proven", code: .notPinned)
        }
        tally.count(claim)
    }

    // MARK: 8. The verifiers

    private mutating func checkVerifiers(_ files: BundleFiles) throws(Problem) {
        for file in ["evidence.html", "verify.sh", "VERIFY.md"] where files.has(file) {
            let isKnown: Bool
            do {
                let bytes = try readFile(below: folder, RawPath(file), limit: Verifiers.maxBytes).bytes
                isKnown = Verifiers.isKnown(file, bytes)
            } catch {
                guard error.isTooLarge else { throw Problem(.unreadable, file, error.reason) }
                isKnown = false
            }
            guard !isKnown else { continue }
            tally.add(
                Problem(
                    .verifierUnknown, file, "it is not that of a released version: whatever it says is worth nothing",
                    advice: "use your own copies: provenance export --verifier DIR"))
        }
    }

    private func shownKeys() -> [String] {
        var keys: [String] = []
        for file in ["keys/log.vkey", "keys/signer.vkey"] {
            guard let bytes = try? readFile(below: folder, RawPath(file), limit: 65_536).bytes else { continue }
            keys += String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        }
        return keys
    }
}
