import CProvenanceSystem
import Glibc
import ProvenanceEncoding

/// A temporary file or folder, removed with its last reference, at exit, and when a signal that can be caught ends the
/// process (SIGHUP, SIGINT, SIGPIPE, SIGTERM and the like; the exit status stays that of the signal).
///
/// A later run finds what SIGKILL or a power loss leaves: a place in use is locked, and one without a lock is
/// abandoned.
public final class TemporaryPlace {
    /// Where it is.
    public let path: RawPath
    /// The slot that holds its path for the signal handler; reset once released, because another place may take the
    /// slot then.
    private var slot: Int32
    private var lockNumber: Int32 = -1
    private var isKept = false

    /// Registers a path for removal before anything exists there; nothing is created.
    public init(_ path: RawPath) {
        self.path = path
        slot = path.withCString { cfiles_keep_temporary($0) }
    }

    deinit {
        if !isKept { try? FolderTree.remove(path) }
        forget()
        if lockNumber >= 0 { close(lockNumber) }
    }

    private func forget() {
        cfiles_forget_temporary(slot)
        slot = -1
    }

    /// Locks the place, once it exists, to show other processes that it is in use. Best effort: where the file system
    /// has no locks, other runs remove nothing.
    ///
    /// - Returns: `false` when another run already holds the lock and is removing it.
    @discardableResult public func lock() -> Bool {
        guard lockNumber < 0 else { return true }
        lockNumber = path.withCString { cfiles_open_to_lock($0) }
        return lockNumber < 0 || cfiles_try_lock(lockNumber) == 0 || errno != EWOULDBLOCK
    }

    /// Cancels the removal, because it has its final name.
    public func keep() {
        isKept = true
        forget()
    }

    /// Makes a private folder for this process, `PREFIX.<16 hexadecimal digits>`, and first removes those that crashed
    /// runs left beside it.
    ///
    /// - Parameters:
    ///   - parent: The folder to make it in.
    ///   - prefix: The start of its name.
    /// - Returns: The folder, empty and locked.
    /// - Throws: `FileError`.
    public static func folder(in parent: RawPath, prefix: String) throws(FileError) -> TemporaryPlace {
        let beginning = Array((prefix + ".").utf8)
        removeAbandoned(in: parent) { name in
            name.starts(with: beginning) && name.count == beginning.count + 16
                && name.dropFirst(beginning.count).allSatisfy {
                    (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
                }
        }
        for _ in 0..<maxAttempts {
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            let name = prefix + "." + String(repeating: "0", count: 16 - digits.count) + digits
            // Registered before it is made, so that a signal in between leaves nothing behind.
            let place = TemporaryPlace(parent.appending(RawPath(name)))
            guard place.path.withCString({ mkdir($0, 0o700) }) == 0 else {
                let error = FileError("create", parent)
                place.keep()
                throw error
            }
            // Another run may have removed it as abandoned before it was locked.
            if place.lock(), try FileStatus.of(place.path) != nil { return place }
        }
        throw FileError(
            "create", parent, number: EBUSY, detail: "other runs remove each folder that is made here; try again")
    }

    private static let maxAttempts = 10

    /// The path of a file or folder while it is written: `NAME.<process><MIDDLE>.provenance-tmp`.
    public static func path(for path: RawPath, middle: String = "") -> RawPath {
        TemporaryName.path(for: path, tag: "\(getpid())\(middle)")
    }

    /// Removes what crashed runs left of an output: `NAME.<digits>….provenance-tmp` without a lock.
    public static func removeAbandoned(of path: RawPath) {
        let beginning = path.lastElement.bytes + [UInt8(ascii: ".")]
        let ending = Array(TemporaryName.suffix.utf8)
        removeAbandoned(in: path.parent) { name in
            guard name.starts(with: beginning), name.suffix(ending.count).elementsEqual(ending) else { return false }
            let rest = name.dropFirst(beginning.count)
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            return !digits.isEmpty && rest.dropFirst(digits.count).first == UInt8(ascii: ".")
        }
    }

    private static func removeAbandoned(in folder: RawPath, where isOurs: ([UInt8]) -> Bool) {
        // Whatever cannot be listed, opened or locked is left: cleaning up must not fail the run.
        guard let names = try? listFolder(folder) else { return }
        for name in names where isOurs(name.bytes) {
            let path = folder.appending(name)
            let number = path.withCString { cfiles_open_to_lock($0) }
            guard number >= 0 else { continue }
            defer { close(number) }
            if cfiles_is_own(number) == 1, cfiles_try_lock(number) == 0 { try? FolderTree.remove(path) }
        }
    }
}
