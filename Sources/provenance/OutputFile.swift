import Archive
import Files
import Glibc

/// A file that `-o` names: only an earlier output of its kind is ever replaced.
struct OutputFile {
    /// What is written.
    enum Kind: String {
        case manifest, proof

        /// How such a file begins.
        fileprivate var beginning: [UInt8] {
            switch self {
            case .manifest: Array("{\"$format\":\"provenance/manifest".utf8)
            case .proof: Array("c2sp.org/tlog-proof@v1".utf8)
            }
        }
    }

    /// Where it is, absolute.
    let path: RawPath

    /// Refuses what would destroy something: a place among the archive's own files, or a file of another kind.
    ///
    /// An empty file holds nothing and may be replaced.
    ///
    /// - Throws: `Problem` with `E-OUTPUT-EXISTS`.
    init(_ name: String, _ kind: Kind, in archive: ArchiveFolder, _ surroundings: Surroundings) throws(Problem) {
        path = surroundings.absolute(RawPath(name))
        let place = OutputFile.resolved(path.parent).appending(path.lastElement)
        let own = [archive.keys, archive.log, archive.accessions, archive.root.appending(ArchiveFolder.localFolder)]
        for folder in own where OutputFile.isWithin(place, OutputFile.resolved(folder)) {
            throw Problem(
                .outputExists, name, "it lies in \(folder.lastElement)/, which is the archive's own",
                advice: "write it elsewhere, such as to Manifests/")
        }
        do {
            guard let status = try FileStatus.of(path) else { return }
            if status.kind == .regular {
                let present = try FileStream(path)
                guard present.size > 0 else { return }
                if try present.read(upTo: kind.beginning.count) == kind.beginning { return }
            }
        } catch {
            throw Problem(.unreadable, name, error.reason)
        }
        throw Problem(
            .outputExists, name, "there is something else than a \(kind.rawValue) already; it was left as it is",
            advice: "give another name with -o, or remove it first")
    }

    private static func isWithin(_ place: RawPath, _ folder: RawPath) -> Bool {
        place == folder || place.bytes.starts(with: folder.bytes + [UInt8(ascii: "/")])
    }

    /// An absolute path without links; what does not exist yet is taken as it is named.
    private static func resolved(_ path: RawPath) -> RawPath {
        var rest: RawPath = "."
        var present = path
        while true {
            let real = present.bytes.withUnsafeBufferPointer { bytes in
                let name = bytes.map { CChar(bitPattern: $0) } + [0]
                return realpath(name, nil)
            }
            if let real {
                defer { free(real) }
                return RawPath(UnsafeRawBufferPointer(start: real, count: strlen(real))).appending(rest)
            }
            guard present.parent != present else { return path }
            rest = present.lastElement.appending(rest)
            present = present.parent
        }
    }
}
