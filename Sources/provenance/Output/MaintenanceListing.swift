import ProvenanceEncoding
import ProvenanceMaintenance
import ProvenanceVerification

/// Prints what a run of `maintain` has to tell: the gravest new finding is the first line.
struct MaintenanceListing {
    private let report: MaintenanceReport
    private let console: Console
    private let isVerbose: Bool

    /// New findings of a state that are listed: what a scheduler prints is read as mail.
    private static let maxLines = 20
    /// Digits of a commit that are printed; git abbreviates to about as many.
    private static let commitDigits = 12

    init(_ report: MaintenanceReport, _ console: Console, isVerbose: Bool) {
        (self.report, self.console, self.isVerbose) = (report, console, isVerbose)
    }

    func print() {
        guard report.speaks || isVerbose else { return }
        printNew()
        for problem in isVerbose ? report.problems : report.newProblems { console.problem(problem, toOutput: true) }
        printRefusals()
        let left = report.status?.notLookedAt.folders ?? [:]
        for folder in report.newlyIgnored.prefix(MaintenanceListing.maxLines) {
            console.line(
                "not looked at  \(Console.count(left[folder] ?? 0, "post")) in \(Console.escape(folder.description)), which is ignored"
            )
        }
        for remark in isVerbose ? report.remarks : report.newRemarks {
            console.line("\(remark.code.rawValue)  \(Console.escape(remark.text))")
        }
        let open = report.open
        if let first = open.map(\.since).min(), report.isDaily || isVerbose {
            // Limits of times are asked of `status` too.
            let times: Set<String> = [Problem.Code.quiet.name, Problem.Code.gap.name]
            let limits = open.contains { !times.isDisjoint(with: $0.codes) } ? " --max-quiet auto" : ""
            console.failure(
                "\(Console.count(open.count, "finding")) open since \(UTCTime.text(first)); `provenance status\(limits)` lists them"
            )
        }
        if report.refusedQuietly > 0, report.isDaily {
            console.line("\(Console.count(report.refusedQuietly, "file was", "files were")) refused for known causes")
        }
        conclude()
    }

    private func printNew() {
        var counts: [String: Int] = [:]
        for finding in report.findings where finding.isNew {
            counts[finding.state, default: 0] += 1
            guard counts[finding.state, default: 0] <= MaintenanceListing.maxLines else { continue }
            if finding.state == "problem" || finding.state == "mounted?" {
                console.problem(finding.problem, toOutput: true)
                continue
            }
            let codes = finding.codes.isEmpty ? "" : "  [\(finding.codes.joined(separator: " "))]"
            console.failure(
                console.paint(Console.pad(finding.state, 11), .red) + Console.escape(finding.problem.place) + "  "
                    + Console.escape(finding.problem.reason) + codes)
        }
        for (state, count) in counts.sorted(by: { $0.key < $1.key }) where count > MaintenanceListing.maxLines {
            console.failure(
                Console.pad(state, 11)
                    + "and \(count - MaintenanceListing.maxLines) more; `provenance status` lists them")
        }
    }

    private func printRefusals() {
        let causes = Dictionary(grouping: report.refusals, by: \.causeKey)
        for (_, problems) in causes.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) }) {
            guard let first = problems.first else { continue }
            guard problems.count > 1, let cause = first.cause else {
                console.problem(first, toOutput: true)
                if problems.count > 1 { console.failure("\(first.code)  and \(problems.count - 1) more such files") }
                continue
            }
            console.failure(
                "\(first.code)  \(problems.count) new files were refused: they \(Console.escape(cause)); such as "
                    + "\(Console.escape(first.place))")
        }
    }

    private func conclude() {
        let new = report.findings.count(where: \.isNew)
        var words: [String] = []
        if new > 0 { words.append("\(Console.count(new, "new finding"))") }
        if report.findings.count > new { words.append("\(report.findings.count) open in all") }
        if let outcome = report.outcome {
            words.append("\(Console.count(outcome.recorded, "post")) recorded")
        } else {
            words.append("nothing was recorded")
        }
        if !report.refusals.isEmpty {
            words.append("\(Console.count(report.refusals.count, "new file was", "new files were")) refused")
        }
        if let publication = report.publication {
            words.append("published as commit \(publication.commit.prefix(MaintenanceListing.commitDigits))")
        }
        let reading =
            report.isQuick
            ? "quick, full reading at \(report.fullReading.map { UTCTime.text($0) } ?? "no time")"
            : "\(Console.count(report.status?.hashed ?? 0, "file")) compared"
        let left = report.status?.notLookedAt
        let notLookedAt = (left?.count ?? 0) > 0 ? "; not looked at: \(left?.words ?? "")" : ""
        let sentence = words.joined(separator: ", ") + "; " + reading + Console.escape(notLookedAt) + "."
        // A quick run has proven nothing of the files that it did not read.
        if report.exit == .verified, report.isQuick {
            console.outcome("Nothing is wrong: " + sentence)
        } else {
            console.conclude(
                report.exit, sentence,
                limits: "Limits: as of size \(report.size); no signature of a record was checked here "
                    + "(`provenance audit` does).")
        }
    }
}
