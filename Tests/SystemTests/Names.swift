import Glibc
import ProvenanceEncoding
import ProvenanceSystem
import TestSupport

/// Makes files and folders with names that need not be UTF-8, which Foundation cannot express.
extension TemporaryFolder {
    /// The folder as a raw path.
    var raw: RawPath { RawPath(path) }

    /// Making a file or folder failed.
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private func call(_ what: String, _ name: RawPath, _ body: (UnsafePointer<CChar>) -> Int32) throws {
        let path = raw.appending(name).bytes.map { CChar(bitPattern: $0) } + [0]
        guard body(path) >= 0 else {
            throw Failed(description: "\(what) \(name): \(String(cString: strerror(errno)))")
        }
    }

    /// Makes an empty file, and the folders above it.
    func touch(_ name: RawPath) throws {
        if name.parent != "." { try folder(name.parent) }
        try call("open", name) { path in
            let file = open(path, O_CREAT | O_WRONLY, 0o644)
            return file < 0 ? file : close(file)
        }
    }

    /// Makes a folder, and the folders above it.
    func folder(_ name: RawPath) throws {
        if name.parent != "." { try folder(name.parent) }
        try call("mkdir", name) { mkdir($0, 0o755) == 0 || errno == EEXIST ? 0 : -1 }
    }

    /// Makes a symbolic link.
    func link(_ name: RawPath, to target: String) throws {
        try call("symlink", name) { symlink(target, $0) }
    }

    /// Makes a FIFO.
    func fifo(_ name: RawPath) throws {
        try call("mkfifo", name) { mkfifo($0, 0o600) }
    }

    /// Changes the permissions.
    func permissions(_ name: RawPath, _ mode: mode_t) throws {
        try call("chmod", name) { chmod($0, mode) }
    }

    /// The names in the folder, hidden ones too, sorted.
    func names(in name: RawPath = ".") throws -> [RawPath] { try listFolder(raw.appending(name)) }
}

/// The error that `body` throws; `nil` when it throws none.
func failure(_ body: () throws(FileError) -> Void) -> FileError? {
    do {
        try body()
        return nil
    } catch {
        return error
    }
}

/// Runs `body` on this thread with the file permissions of the user `nobody`, where this process may change them.
///
/// - Returns: whether it ran.
func asNobody(_ body: () throws -> Void) rethrows -> Bool {
    guard geteuid() == 0 else {
        try body()
        return true
    }
    // setfsuid changes this thread only; the importer does not show it.
    typealias Call = @convention(c) (UInt32) -> Int32
    guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "setfsuid") else { return false }
    let setfsuid = unsafeBitCast(symbol, to: Call.self)
    _ = setfsuid(65_534)
    defer { _ = setfsuid(0) }
    guard setfsuid(65_534) == 65_534 else { return false }
    try body()
    return true
}
