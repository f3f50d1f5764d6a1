import ProvenanceEncoding
import ProvenanceSystem
import Synchronization

/// Resolves the places in register lines to one spelling: relative inside the archive, absolute and without links
/// outside.
///
/// A register states an outside root as it was typed; a relative one starts from the archive. No file is opened.
package final class RegisteredPlaces: Sendable {
    private let archive: RawPath
    /// The resolved roots, each looked up once.
    private let roots = Mutex<[RawPath: RawPath]>([:])

    package init(_ archive: ArchiveFolder) { self.archive = archive.root }

    /// The place of a path below a root.
    package func place(_ root: String, _ path: RawPath) -> RawPath {
        if root == "." { return path }
        let root = RawPath(root)
        let folder = roots.withLock { known in
            if let folder = known[root] { return folder }
            let folder = RegisteredPlaces.real(root, from: archive)
            known[root] = folder
            return folder
        }
        return path.elements.isEmpty ? folder : folder.appending(path)
    }

    /// The place that a root's name resolves to.
    package static func real(_ root: RawPath, from archive: RawPath) -> RawPath {
        RealPlace(of: (root.isAbsolute ? root : archive.appending(root)).withoutParents, followsLast: false).path
    }
}
