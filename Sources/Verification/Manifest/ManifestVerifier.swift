import ProvenanceEncoding
import ProvenanceSystem

/// Verifies manifests offline: from the file, pinned keys and, if available, the posts.
///
/// ```swift
/// let trust = try Trust.folder("keys")
/// let report = try ManifestVerifier.verify(
///     source: FileStream("manifest.json"), place: "manifest.json", trust: trust, posts: "_posts",
///     report: { problem in print(problem.line) })
/// print(report.sentence)
/// ```
public enum ManifestVerifier {
    /// The largest number of entries checked at once, on all cores.
    private static let window = 1_024
    /// Bytes of entries after which a window is full, whatever their number.
    private static let windowBytes = 8 << 20

    /// Verifies a manifest.
    ///
    /// - Parameters:
    ///   - source: The file, or standard input; read once, in pieces.
    ///   - place: The file's name, for messages.
    ///   - trust: The pinned keys; those in the manifest are never used.
    ///   - posts: A folder of posts to compare.
    ///   - requiresContent: Whether a manifest without a compared post is inconclusive; with a folder of posts it
    ///     always is.
    ///   - report: Called with every problem as it is found; its `place` is the entry, or the member of the manifest.
    ///   - progress: Called now and then with the number of bytes read.
    /// - Returns: The findings; `status` is the exit code.
    /// - Throws: `Problem`, for a file that cannot be read or is not a manifest in canonical form, with exit code 2; 1
    ///   when a problem was reported before.
    public static func verify(
        source: FileStream, place: String, trust: Trust, posts: RawPath? = nil, requiresContent: Bool = false,
        report: (Problem) -> Void,
        progress: (UInt64) -> Void = { _ in }
    ) throws(Problem) -> ManifestReport {
        var offenders: [Problem] = []
        var folder: ManifestPosts?
        if let posts { folder = try ManifestPosts(posts) { offenders.append($0) } }
        let scanner = ManifestScanner(source, place: place)
        let header = try ManifestHeader(scanner)
        let checked = try trust.check(checkpoint: header.checkpoint, place: "\(place): checkpoint")
        var tally = ManifestTally(
            place: place, checked: checked, posts: folder, requiresContent: requiresContent || posts != nil)
        for offender in offenders { tally.add(offender, report) }
        tally.take(checked.claim, "checkpoint", report)
        do throws(Problem) {
            try tally.link(header, trust, report)
            let check = ManifestCheck(
                checkpoint: checked.checkpoint, isCheckpointProven: checked.claim.standing == .proven,
                signers: trust.signers(for: checked.checkpoint.origin), posts: folder)
            try entries(scanner, check, &tally, report, progress)
            try scanner.expect(",\"keys\":", "keys")
            let keys = try ManifestVerifier.keys(scanner)
            try scanner.expect(",\"selection\":", "selection")
            try tally.select(try scanner.value("selection", limit: Manifest.maxSelectionBytes), scanner, report)
            try scanner.expect("}", "end")
            try scanner.end()
            progress(scanner.taken)
            return try tally.finish(keys: keys, maxHeld: scanner.maxHeld, report)
        } catch {
            tally.reportAltered(report)
            // "Over several items 1 outranks 2": what was found before the malformed part still counts.
            throw Problem(
                code: error.code, place: error.place, reason: error.reason, advice: error.advice,
                status: max(error.status, tally.counts.status))
        }
    }

    /// Reads the entries in windows, checks each window on all cores, and takes the results in order.
    private static func entries(
        _ scanner: ManifestScanner, _ check: ManifestCheck, _ tally: inout ManifestTally, _ report: (Problem) -> Void,
        _ progress: (UInt64) -> Void
    ) throws(Problem) {
        try scanner.expect(",\"entries\":[", "entries")
        if try scanner.take("]") { return }
        var number = 0
        var isLast = false
        while !isLast {
            var elements: [[UInt8]] = []
            var bytes = 0
            // A malformed element is reported only after the elements before it have been checked.
            var fault: Problem?
            do throws(Problem) {
                while !isLast, elements.count < window, bytes < windowBytes {
                    let member = "entries[\(number + elements.count)]"
                    let element = try scanner.value(member, limit: Manifest.maxEntryBytes)
                    bytes += element.count
                    elements.append(element)
                    if try !scanner.take(",") {
                        try scanner.expect("]", "after " + member)
                        isLast = true
                    }
                }
            } catch {
                fault = error
            }
            for result in try check.check(elements) {
                switch result {
                case .success(let entry): try tally.take(entry, number: number, report)
                case .failure(let fault):
                    throw Problem(.manifest, "\(tally.place): entries[\(number)]", fault.reason)
                }
                number += 1
            }
            if let fault { throw fault }
            progress(scanner.taken)
        }
    }

    private static func keys(_ scanner: ManifestScanner) throws(Problem) -> [String] {
        let value = CanonicalJSON.decode(try scanner.value("keys", limit: Manifest.maxKeysBytes))
        guard let elements = value?.array else { throw scanner.malformed("keys", "not an array in canonical form") }
        var keys: [String] = []
        for element in elements {
            guard let key = element.string else { throw scanner.malformed("keys", "not an array of strings") }
            keys.append(key)
        }
        return keys
    }
}
