import ProvenanceEncoding
import ProvenanceSystem
import ProvenanceVerification

/// What stands at places of a working tree. A link to a folder is a link: what lies below it belongs to another place.
struct GitPlaces {
    /// The root of the working tree.
    let top: RawPath
    /// Whether a folder is one, and no link.
    private var folders: [RawPath: Bool] = [:]

    init(top: RawPath) { self.top = top }

    /// What stands at a place; `nil` for nothing, and for a place that is not below folders.
    mutating func kind(_ path: RawPath) throws(Problem) -> FileStatus.Kind? {
        guard try isFolder(path.parent) else { return nil }
        return try status(path)?.kind
    }

    private mutating func isFolder(_ path: RawPath) throws(Problem) -> Bool {
        if path == "." { return true }
        if let known = folders[path] { return known }
        let isBelow = try isFolder(path.parent)
        let answer = try isBelow ? status(path)?.kind == .directory : false
        folders[path] = answer
        return answer
    }

    /// Refuses to write where that would remove a link, a file or a folder of this clone.
    ///
    /// - Parameters:
    ///   - writes: Files that are to be written.
    ///   - modules: Folders of other repositories that are to be made.
    ///   - removed: Files that are removed before.
    /// - Throws: `Problem` naming such a place.
    func requireRoom(for writes: [RawPath], _ modules: [RawPath], _ removed: Set<RawPath>) throws(Problem) {
        var known: Set<RawPath> = []
        for path in writes + modules {
            var folder = path.parent
            while folder != ".", known.insert(folder).inserted {
                if let kind = try status(folder)?.kind, kind != .directory, !removed.contains(folder) {
                    throw Problem(
                        .publish, folder.description,
                        "the shared repository has a folder there, and here it is a file or a link of this clone",
                        advice: "move it away or commit it, then run it again; nothing was changed")
                }
                folder = folder.parent
            }
        }
        for path in writes where try status(path)?.kind == .directory {
            guard let other = try remaining(path, removed) else { continue }
            throw Problem(
                .publish, path.description,
                "the shared repository has a file there, and here it is a folder that has \(other)",
                advice: "move it away, then run it again; nothing was changed")
        }
    }

    /// A file that a folder keeps when others are removed.
    private func remaining(_ folder: RawPath, _ removed: Set<RawPath>) throws(Problem) -> RawPath? {
        let names: [RawPath]
        do { names = try listFolder(top.appending(folder)) } catch { throw Problem(error) }
        for name in names {
            let path = folder.appending(name)
            if try status(path)?.kind == .directory {
                if let other = try remaining(path, removed) { return other }
            } else if !removed.contains(path) {
                return path
            }
        }
        return nil
    }

    private func status(_ path: RawPath) throws(Problem) -> FileStatus? {
        do { return try FileStatus.of(top.appending(path)) } catch { throw Problem(error) }
    }
}
