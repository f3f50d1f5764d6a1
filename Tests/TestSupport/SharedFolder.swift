import Foundation

/// The public vectors and sample posts, which lie beside the repository and are never copied into it.
public enum Shared {
    /// `PROVENANCE_SHARED`, else `../shared` beside the package, where that folder exists.
    public static let folder: String? = {
        let stated = ProcessInfo.processInfo.environment["PROVENANCE_SHARED"]
        let path = stated ?? packageFolder + "/../shared"
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            return nil
        }
        return path
    }()

    /// The folder of Package.swift.
    public static let packageFolder: String = {
        var path = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        path.removeLast(3)
        return path.joined(separator: "/")
    }()

    /// The path of a file or folder below the shared folder, for example `vectors/golang-mod/note-and-tlog.json`.
    ///
    /// - Returns: `nil` after a visible `SKIPPED:` line when it is absent.
    /// - Throws: `MissingShared` instead when `CI=true`, so that nothing is skipped unnoticed there.
    public static func path(_ relative: String) throws -> String? {
        if let folder, FileManager.default.fileExists(atPath: folder + "/" + relative) {
            return folder + "/" + relative
        }
        try skip("\(relative) is not in the shared folder (\(folder ?? "none found"); set PROVENANCE_SHARED)")
        return nil
    }

    /// The bytes of a file below the shared folder; absent ones as in `path(_:)`.
    public static func bytes(_ relative: String) throws -> [UInt8]? {
        guard let path = try path(relative) else { return nil }
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// The value of a JSON file below the shared folder; absent ones as in `path(_:)`.
    public static func json<Value: Decodable>(_ type: Value.Type, _ relative: String) throws -> Value? {
        guard let bytes = try bytes(relative) else { return nil }
        return try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// The paths of the files below a shared folder whose names end in `suffix`, relative to it and sorted.
    ///
    /// - Returns: empty when the folder is absent; silent, for the arguments of parameterised tests.
    public static func files(in relative: String, suffix: String) -> [String] {
        guard let folder, let found = FileManager.default.enumerator(atPath: folder + "/" + relative) else { return [] }
        return found.compactMap { $0 as? String }.filter { $0.hasSuffix(suffix) }.sorted()
    }
}

/// What a test throws under `CI=true` in place of skipping.
public struct MissingShared: Error, CustomStringConvertible {
    /// What is missing.
    public let description: String
}

/// Prints that a test does not run, and why.
///
/// - Throws: `MissingShared` when `CI=true`: there a skipped test is a failure.
public func skip(_ reason: String) throws {
    if ProcessInfo.processInfo.environment["CI"] == "true" {
        throw MissingShared(description: "CI=true, and this would be skipped: \(reason)")
    }
    FileHandle.standardOutput.write(Data("SKIPPED: \(reason)\n".utf8))
}
