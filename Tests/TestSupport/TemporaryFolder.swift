import Foundation

/// A folder for one test, removed with everything in it when its last owner releases it.
public final class TemporaryFolder: Sendable {
    /// The absolute path, symbolic links resolved.
    public let path: String

    /// Makes the folder below `TMPDIR` (default `/tmp`).
    public init() throws {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let url = URL(fileURLWithPath: parent).resolvingSymlinksInPath()
            .appendingPathComponent("provenance-test-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        path = url.path
    }

    deinit {
        // Tests make folders read-only; what cannot be removed stays in the temporary folder.
        if (try? FileManager.default.removeItem(atPath: path)) == nil {
            _ = try? run("chmod", "-R", "u+rwX", path)
            _ = try? FileManager.default.removeItem(atPath: path)
        }
    }

    /// The path of a file or folder inside.
    public func callAsFunction(_ relative: String) -> String { path + "/" + relative }

    /// Writes a file inside, with the folders above it, and returns its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to relative: String) throws -> String {
        let file = URL(fileURLWithPath: self(relative))
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
        return file.path
    }

    /// Writes a text file inside and returns its path.
    @discardableResult
    public func write(_ text: String, to relative: String) throws -> String {
        try write(Array(text.utf8), to: relative)
    }

    /// Writes a file that only its owner may use, as required for a passphrase, and returns its path.
    @discardableResult
    public func writeSecret(_ text: String, to relative: String) throws -> String {
        let path = try write(text, to: relative)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return path
    }

    /// The bytes of a file inside.
    public func read(_ relative: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: self(relative))))
    }
}
