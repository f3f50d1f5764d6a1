import CFiles
import Glibc

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
    /// - Throws: `FileError` with `EWOULDBLOCK` and the holder when the time is up.
    public init(_ path: RawPath, timeout: Double) throws(FileError) {
        let number = path.withCString { open($0, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644) }
        guard number >= 0 else { throw FileError("open", path) }
        let file = Descriptor(number, path)
        var waited = 0.0
        // Twenty tries a second: short against a person's patience, nothing against a batch.
        let pause = 0.05
        while cfiles_try_lock(number) != 0 {
            guard errno == EWOULDBLOCK else { throw FileError("lock", path) }
            guard waited < timeout else {
                var holder = [UInt8](repeating: 0, count: 64)
                let count = pread(number, &holder, holder.count, 0)
                let name = String(decoding: holder[..<max(0, count)], as: UTF8.self)
                throw FileError(
                    "lock", path, number: EWOULDBLOCK,
                    detail: "held by another command (\(name.isEmpty ? "unknown process" : name)) for over \(timeout) s")
            }
            usleep(useconds_t(pause * 1_000_000))
            waited += pause
        }
        let holder = Array("process \(getpid())".utf8)
        _ = ftruncate(number, 0)
        _ = pwrite(number, holder, holder.count, 0)
        self.file = file
    }
}
