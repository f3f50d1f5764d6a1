import Foundation
import ProvenanceEncoding
import ProvenanceSystem
import TestSupport
import Testing

/// The lock: one holder, named to those who wait, and released when the holder ends.
@Suite struct FileLockTests {
    private let folder: TemporaryFolder
    private let path: RawPath

    init() throws {
        folder = try TemporaryFolder()
        path = folder.raw.appending("lock")
    }

    /// The error when the lock cannot be taken now; `nil` when it can.
    private func refusal(timeout: Double = 0) -> FileError? {
        failure { () throws(FileError) in _ = try FileLock(path, timeout: timeout) }
    }

    /// Holds the lock while `body` runs.
    private func held(_ body: () throws -> Void) throws {
        let lock = try FileLock(path, timeout: 0)
        try body()
        _ = consume lock
    }

    @Test("two descriptors of one process exclude each other, and the holder is named")
    func oneProcess() throws {
        try held {
            for timeout in [0, 0.12] {
                let error = try #require(refusal(timeout: timeout))
                #expect(error.number == EWOULDBLOCK)
                #expect(error.path == path)
                #expect(error.description.contains("held by another command (process \(getpid()))"))
            }
        }
        #expect(refusal() == nil)
        try held { #expect(refusal() != nil) }
        #expect(refusal() == nil)
        #expect(try folder.read("lock") == [], "nobody is named who no longer holds it")
    }

    @Test("a waiter gets the lock when the holder releases it", .timeLimit(.minutes(1)))
    func waiting() throws {
        let isHeld = DispatchSemaphore(value: 0)
        let path = path
        Thread.detachNewThread {
            guard let lock = try? FileLock(path, timeout: 0) else { return }
            isHeld.signal()
            usleep(150_000)
            _ = consume lock
        }
        isHeld.wait()
        #expect(refusal(timeout: 50) == nil)
    }

    @Test("another process is excluded, excludes, and its death frees the lock", .timeLimit(.minutes(1)))
    func otherProcess() throws {
        try held {
            let ended = try run("flock", "--nonblock", path.description, "true")
            #expect(ended.status == 1)
        }
        let ended = try run("flock", "--nonblock", path.description, "true")
        #expect(ended.status == 0)

        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // Without --no-fork the lock would outlive flock(1) in its child.
        holder.arguments = ["flock", "--no-fork", path.description, "sleep", "600"]
        try holder.run()
        defer { holder.terminate() }
        while refusal() == nil { usleep(10_000) }
        #expect(refusal()?.number == EWOULDBLOCK)
        #expect(kill(holder.processIdentifier, SIGKILL) == 0)
        #expect(refusal(timeout: 30) == nil)
    }

    @Test(
        "only a process number is repeated from the lock file",
        arguments: [
            ("process 4711", "(process 4711)"), ("", "(unknown process)"), ("process ", "(unknown process)"),
            ("process 1\u{1b}[2J", "(unknown process)"), ("someone else", "(unknown process)"),
            ("process 99999999999999999999999999999999999999999999999999999999999999999999999999", "(process 9999"),
        ])
    func holder(_ text: String, _ shown: String) throws {
        try held {
            try run("sh", arguments: ["-c", "printf %s \"$1\" > \"$2\"", "sh", text, path.description])
                .expectSuccess()
            let error = try #require(refusal())
            #expect(error.description.contains(shown))
        }
    }

    @Test("a link is no lock file, and a folder that is missing is named")
    func refused() throws {
        try folder.link("lock", to: "elsewhere")
        #expect(refusal()?.number == ELOOP)
        #expect(try FileStatus.of(folder.raw.appending("elsewhere")) == nil)
        let error = failure { () throws(FileError) in _ = try FileLock("/nowhere/at/all", timeout: 0) }
        #expect(error?.number == ENOENT)
    }
}

extension Ended {
    fileprivate func expectSuccess() { #expect(status == 0, "\(stderr)") }
}
