import CProvenanceSystem
import Glibc
import ProvenanceEncoding

/// An exclusive `flock` on a file, held until the value is destroyed or the process dies.
///
/// Advisory and per machine: on network file systems it may bind only the processes of one host.
public struct FileLock: ~Copyable {
    private let file: Descriptor

    /// Takes the lock, waiting up to `timeout` seconds.
    ///
    /// The file holds the holder's process number, so that a waiter can name it.
    ///
    /// - Parameters:
    ///   - path: The lock file, created when missing.
    ///   - timeout: Seconds to wait; 0 tries once.
    ///   - shouldStop: Called while waiting; for example, whether a signal arrived.
    /// - Throws: `FileError` with `EWOULDBLOCK` and the holder when the time is up; with `EINTR` when `shouldStop`
    ///   returns `true`.
    public init(
        _ path: RawPath, timeout: Double, shouldStop: @Sendable () -> Bool = { false }
    ) throws(FileError) {
        let number = path.withCString { open($0, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FileLock.mode) }
        guard number >= 0 else { throw FileError("open", path) }
        let file = Descriptor(number, path)
        FileLock.narrow(number)
        var waited = 0.0
        // Twenty tries a second: no delay that a person notices, and no load beside a batch.
        let pause = 0.05
        while cfiles_try_lock(number) != 0 {
            guard errno == EWOULDBLOCK else { throw FileError("lock", path) }
            guard waited < timeout else {
                throw FileError(
                    "lock", path, number: EWOULDBLOCK,
                    detail: "held by another command (\(FileLock.holder(number))); waited \(Int(waited)) s for it")
            }
            guard !shouldStop() else {
                throw FileError("lock", path, number: EINTR, detail: "stopped while another command held it")
            }
            usleep(useconds_t(pause * 1_000_000))
            waited += pause
        }
        let holder = Array("process \(getpid())".utf8)
        _ = ftruncate(number, 0)
        _ = pwrite(number, holder, holder.count, 0)
        self.file = file
    }

    /// Only the owner may open the file: a process that can open it, even only to read, can hold the lock indefinitely.
    private static let mode: UInt32 = 0o600

    /// Removes the permissions of others from a lock file that an earlier version made. Failures are ignored: the file
    /// may belong to another user, or the file system may keep no permissions.
    private static func narrow(_ number: Int32) {
        var status = cfiles_status()
        guard cfiles_status_of(number, &status) == 0, status.mode & 0o077 != 0 else { return }
        _ = cfiles_set_mode(number, mode)
    }

    // Clears the number, so that a later holder that does not write its own is not reported as this process.
    deinit { _ = ftruncate(file.number, 0) }

    /// The holder, as it named itself in the file.
    private static func holder(_ number: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(number, &bytes, bytes.count, 0)
        // Any program may have written the file, so only text of the form that this type writes is shown.
        let name = String(decoding: bytes[..<max(0, count)], as: UTF8.self)
        let digits = name.dropFirst("process ".count)
        let isOurs = name.hasPrefix("process ") && !digits.isEmpty && digits.utf8.allSatisfy { 0x30...0x39 ~= $0 }
        return isOurs ? name : "unknown process"
    }
}
