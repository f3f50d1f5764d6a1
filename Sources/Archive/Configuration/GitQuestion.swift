import ProvenanceEncoding
import ProvenanceSystem

/// Asks git about the repository in which a folder lies; the answers are for people, and decide nothing.
struct GitQuestion {
    private let root: RawPath
    private let maxSeconds: Double

    /// The most that git may write, in bytes: the files of a sample, or the names in some thousand commits.
    private static let maxOutput = 1 << 28
    /// Variables that lead git to another repository, as they are set where a hook started the program.
    private static let leading: Set<String> = [
        "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS",
    ]

    init(_ root: RawPath, maxSeconds: Double) {
        self.root = root
        self.maxSeconds = maxSeconds
    }

    /// How git ended; `nil` where it is not installed, or took too long.
    func ask(_ arguments: [RawPath], input: [UInt8] = []) -> Subprocess.Ended? {
        // Nothing runs but git itself, whatever the repository's settings name; objects that a partial clone lacks stay away.
        let settings: [RawPath] = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]
        var git = Subprocess("git", settings + arguments, folder: root)
        git.input = input
        git.maxSeconds = maxSeconds
        git.maxOutput = GitQuestion.maxOutput
        git.variables = [
            "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C",
        ]
        git.removedVariables = GitQuestion.leading
        guard let ended = try? git.run(), !ended.isCutOff else { return nil }
        return ended
    }
}
