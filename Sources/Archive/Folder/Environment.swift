import Glibc
import ProvenanceEncoding
import ProvenanceOpenSSL
import ProvenanceVerification

/// The program's inputs from the process: clock, randomness and folders. Passed in, so that tests can fix them.
public struct Environment: Sendable {
    /// Milliseconds since 1970.
    public var clock: @Sendable () -> Int64
    /// Random bytes.
    public var random: @Sendable (Int) throws(OpenSSLError) -> [UInt8]
    /// The folder that relative paths start from, absolute.
    public var currentFolder: RawPath
    /// The user's store of pinned keys; `nil` if the environment names none.
    public var keyStore: RawPath?
    /// `PROVENANCE_ARCHIVE`.
    public var archiveVariable: RawPath?
    /// Why there is no store of pinned keys, for messages.
    public var keyStoreReason: String
    /// `PROVENANCE_KEYS_FROM`: the folder of the private keys, if they are outside the archive.
    public var privateKeys: RawPath?

    /// An environment from its parts.
    public init(
        clock: @escaping @Sendable () -> Int64, random: @escaping @Sendable (Int) throws(OpenSSLError) -> [UInt8],
        currentFolder: RawPath, keyStore: RawPath?, archiveVariable: RawPath? = nil,
        keyStoreReason: String = "there is no place to pin keys in", privateKeys: RawPath? = nil
    ) {
        self.clock = clock
        self.random = random
        self.currentFolder = currentFolder
        self.keyStore = keyStore
        self.archiveVariable = archiveVariable
        self.keyStoreReason = keyStoreReason
        self.privateKeys = privateKeys
    }

    /// The environment of this process: system clock, libcrypto's generator, and environment variables.
    public static func ofProcess() -> Environment {
        func variable(_ name: String) -> RawPath? {
            guard let value = getenv(name) else { return nil }
            let path = RawPath(UnsafeRawBufferPointer(start: value, count: strlen(value)))
            return path.bytes.isEmpty ? nil : path
        }
        var folder: RawPath = "/"
        if let path = getcwd(nil, 0) {
            folder = RawPath(UnsafeRawBufferPointer(start: path, count: strlen(path)))
            free(path)
        }
        // XDG Base Directory: "$HOME/.config should be used" where XDG_CONFIG_HOME is not set, and "All paths set in these
        // environment variables must be absolute": a relative one would look for keys in the folder under test.
        func absoluteVariable(_ name: String) -> RawPath? { variable(name).flatMap { $0.isAbsolute ? $0 : nil } }
        let configuration =
            absoluteVariable("XDG_CONFIG_HOME") ?? absoluteVariable("HOME").map { $0.appending(".config") }
        func words(_ name: String) -> String {
            "\(name) is " + (variable(name).map { "\"\($0)\", a relative path" } ?? "not set")
        }
        return Environment(
            clock: {
                var time = timespec()
                clock_gettime(CLOCK_REALTIME, &time)
                let (whole, isOver) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1000)
                let (sum, isSumOver) = whole.addingReportingOverflow(Int64(time.tv_nsec) / 1_000_000)
                return isOver || isSumOver ? (time.tv_sec < 0 ? .min : .max) : sum
            },
            random: { (count) throws(OpenSSLError) in try randomBytes(count) },
            currentFolder: folder, keyStore: configuration.map { $0.appending("provenance/keys") },
            archiveVariable: variable("PROVENANCE_ARCHIVE"),
            keyStoreReason: "there is no place to pin keys in: \(words("XDG_CONFIG_HOME")), \(words("HOME"))",
            privateKeys: variable("PROVENANCE_KEYS_FROM"))
    }

    /// The clock's time as an entry states it, in milliseconds.
    ///
    /// - Throws: `Problem` with `E-CLOCK` for a time before 1970 or after 9999: recording 0 in its place would state
    ///   a time that no clock showed.
    package func time() throws(Problem) -> Int64 {
        let time = clock()
        guard time >= 0, time < Environment.endOfTime else {
            throw Problem(
                .clock, "the system's clock", "it shows \(UTCTime.text(time)), a time that no entry can state",
                advice: "set the clock, then run it again; nothing was recorded with it")
        }
        return time
    }

    /// The year 10000, in milliseconds: the first time whose year needs five digits.
    private static let endOfTime: Int64 = 253_402_300_800_000

    /// A typed path made absolute. `..` is removed, and links are resolved only before a `..`.
    public func absolute(_ path: RawPath) -> RawPath {
        (path.isAbsolute ? path : currentFolder.appending(path)).withoutParents
    }
}
