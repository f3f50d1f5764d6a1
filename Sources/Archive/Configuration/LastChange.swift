import ProvenanceEncoding
import ProvenanceSystem

/// Which commit of git made a file what it is, in words; for people, and decides nothing.
struct LastChange {
    private let root: RawPath

    /// The longest that git may take, in seconds: it looks through the commits for the last one that changed a file.
    private static let maxSeconds = 60.0

    init(_ root: RawPath) { self.root = root }

    /// The words for a file, relative to the root, and what stands there, `nil` for nothing. `nil` where there is no
    /// repository, or no git.
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
        GitQuestion(root, maxSeconds: LastChange.maxSeconds).ask(arguments)
    }
}

private func + (text: String, path: RawPath) -> RawPath { RawPath(plain: Array(text.utf8) + path.bytes) }
