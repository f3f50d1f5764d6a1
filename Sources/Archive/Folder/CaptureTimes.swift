import ProvenanceEncoding
import ProvenanceSystem

/// When posts came into a folder, as far as git remembers: for a proposal to people, which decides nothing.
public enum CaptureTimes {
    /// The latest commits that are asked for: some years of a daily scraper.
    private static let maxCommits = 5_000
    /// Seconds that git may take.
    private static let maxSeconds: Double = 10
    /// Bytes that git may write.
    private static let maxOutput = 1 << 20

    /// The times of the commits that brought Markdown files, in milliseconds, in the order in which they were made; empty
    /// where there is no repository, or no git.
    public static func ofCommits(in folder: RawPath) -> [Int64] {
        // No program that the repository's settings name runs, and no other repository answers.
        var git = Subprocess(
            "git",
            [
                "-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "log",
                RawPath("--max-count=\(maxCommits)"), "--diff-filter=A", "--format=%ct", "--", "*.md",
            ], folder: folder)
        git.maxSeconds = maxSeconds
        git.maxOutput = maxOutput
        git.variables = ["GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"]
        git.removedVariables = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_EXTERNAL_DIFF"]
        guard let ended = try? git.run(), ended.status == 0, !ended.isCutOff else { return [] }
        let seconds = ended.output.split(separator: Bytes.newline).compactMap {
            Int64(String(decoding: $0, as: UTF8.self))
        }
        return seconds.reversed().map { $0.multipliedReportingOverflow(by: 1000) }
            .filter { !$0.overflow && $0.partialValue >= 0 }.map(\.partialValue)
    }
}
