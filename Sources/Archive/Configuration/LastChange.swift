import ProvenanceEncoding
import ProvenanceSystem

/// Which commit of git made a file what it is, in words; for people, and decides nothing.
struct LastChange {
    private let root: RawPath

    /// The longest that git may take, in seconds: it looks through the commits for the last one that changed a file.
    private static let maxSeconds = 60.0
    /// The most that git may write, in bytes: a commit's author, or a file of the size that is guarded.
    private static let maxOutput = 1 << 21

    init(_ root: RawPath) { self.root = root }

    /// The words; `nil` where there is no repository, or no git.
    ///
    /// - Parameters:
    ///   - path: The file, relative to the root.
    ///   - bytes: What stands there; `nil` for nothing.
    func words(_ path: RawPath, _ bytes: [UInt8]?) -> String? {
        guard let inside = git(["rev-parse", "--is-inside-work-tree"]), inside.status == 0 else { return nil }
        let committed = git(["cat-file", "blob", "HEAD:./" + path]).flatMap { $0.status == 0 ? $0.output : nil }
        guard committed == bytes else { return "not committed: changed on this machine" }
        guard
            let ended = git([
                "log", "-1", "--no-show-signature", "--format=%h%x00%an%x00%at", "--", ":(literal)" + path,
            ]),
            ended.status == 0
        else { return nil }
        let parts = ended.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 3 else { return nil }
        let (time, isOver) = (Int64(parts[2].prefix { $0.isASCII && $0.isNumber }) ?? 0)
            .multipliedReportingOverflow(by: 1000)
        return "commit \(parts[0]) by \(parts[1])" + (isOver ? "" : ", " + UTCTime.text(time))
    }

    private func git(_ arguments: [RawPath]) -> Subprocess.Ended? {
        // Nothing runs but git itself, whatever the repository's settings name.
        let settings: [RawPath] = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]
        var git = Subprocess("git", settings + arguments, folder: root)
        git.maxSeconds = LastChange.maxSeconds
        git.maxOutput = LastChange.maxOutput
        git.variables = ["GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"]
        git.removedVariables = [
            "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
            "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS",
        ]
        guard let ended = try? git.run(), !ended.isCutOff else { return nil }
        return ended
    }
}

private func + (text: String, path: RawPath) -> RawPath { RawPath(plain: Array(text.utf8) + path.bytes) }
