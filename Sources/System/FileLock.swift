import CProvenanceSystem
import Glibc
import ProvenanceEncoding

/// An exclusive `flock` on a file, held until the value goes away or the process dies.
///
/// Advisory and per machine: on network file systems it may bind only the processes of one host.
public struct FileLock: ~Copyable {
    private let file: Descriptor

    /// Takes the lock, waiting up to `timeout` seconds.
    ///
    /// The holder's process number stands in the file, so that a waiter can name it.
    ///
    /// - Parameters:
    ///   - path: The lock file, created when missing.
    ///   - timeout: Seconds to wait; 0 tries once.
    ///   - shouldStop: Asked while it waits, such as whether a signal came.
    /// - Throws: `FileError` with `EWOULDBLOCK` and the holder when the time is up, with `EINTR` when it was stopped.
    public init(
        _ path: RawPath, timeout: Double, shouldStop: @Sendable () -> Bool = { false }
    ) throws(FileError) {
        let number = path.withCString { open($0, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FileLock.mode) }
        guard number >= 0 else { throw FileError("open", path) }
        let file = Descriptor(number, path)
        FileLock.narrow(number)
        var waited = 0.0
        // Twenty tries a second: short against a person's patience, nothing against a batch.
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

    /// Nobody but the owner may open the file: whoever can, be it to read, can hold the lock for as long as they like.
    private static let mode: UInt32 = 0o600

    /// Takes others' rights from a lock file that an earlier version made. What cannot be changed stays: a file of
    /// somebody else's, or a file system that keeps no permissions.
    private static func narrow(_ number: Int32) {
        var status = cfiles_status()
        guard cfiles_status_of(number, &status) == 0, status.mode & 0o077 != 0 else { return }
        _ = cfiles_set_mode(number, mode)
    }

    // Whoever holds the lock next without writing its name is not to be taken for this process.
    deinit { _ = ftruncate(file.number, 0) }

    /// Who holds the lock, by its own word.
    private static func holder(_ number: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(number, &bytes, bytes.count, 0)
        // Anybody may have written the file: only what this type writes is repeated.
        let name = String(decoding: bytes[..<max(0, count)], as: UTF8.self)
        let digits = name.dropFirst("process ".count)
        let isOurs = name.hasPrefix("process ") && !digits.isEmpty && digits.utf8.allSatisfy { 0x30...0x39 ~= $0 }
        return isOurs ? name : "unknown process"
    }
}
