import CProvenanceOpenSSL

/// A failure reported by libcrypto: the function that failed and the texts of the error queue.
///
/// The queue belongs to the thread, so it is drained in the call that failed, never later.
public struct OpenSSLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The libcrypto function that failed, or the check here that refused its result.
    public let function: String
    /// The texts of the error queue, oldest first; empty when libcrypto left none.
    public let reasons: [String]

    /// Drains this thread's error queue into the reasons.
    init(draining function: String) {
        var reasons: [String] = []
        while true {
            let code = ERR_get_error()
            if code == 0 { break }
            let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer -> String in
                guard let base = buffer.baseAddress else { return "error \(code)" }
                ERR_error_string_n(code, base, buffer.count)
                return String(cString: base)
            }
            reasons.append(text)
        }
        self.function = function
        self.reasons = reasons
    }

    /// A refusal by this library; for example, a key of another type.
    public init(_ function: String, reason: String) {
        ERR_clear_error()
        self.function = function
        self.reasons = [reason]
    }

    /// The function and every reason, in one line.
    public var description: String {
        reasons.isEmpty ? "\(function) failed" : "\(function) failed: " + reasons.joined(separator: "; ")
    }
}

/// The version text of the libcrypto in use, for example `OpenSSL 3.0.19 27 Jan 2026`.
public func openSSLVersion() -> String {
    guard let text = OpenSSL_version(OPENSSL_VERSION) else { return "OpenSSL" }
    return String(cString: text)
}
