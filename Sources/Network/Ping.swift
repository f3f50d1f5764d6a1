import CProvenanceNetwork

/// Tells a monitoring service that a job has begun or ended, so that a dead timer is noticed from outside.
///
/// Addresses are those of Healthchecks and its like: ADDRESS/start, ADDRESS, ADDRESS/fail. Nothing is sent but the request.
public struct Ping: Sendable {
    /// What happened to the job.
    public enum Event: String, Sendable {
        case start
        case success
        case failure

        fileprivate var ending: String {
            switch self {
            case .start: "/start"
            case .success: ""
            case .failure: "/fail"
            }
        }
    }

    private let address: String
    private let agent: String

    /// The longest that a request may take, in milliseconds: two of them cost a run at most ten seconds.
    private static let timeout = 5_000
    /// Bytes for libcurl's reason.
    private static let reasonSize = 512
    /// An answer of this status or above is a failure (RFC 9110: "4xx (Client Error)").
    private static let firstFailure = 400

    /// A service's address for a job; `nil` unless it is an http or https address without a query.
    public init?(_ address: String, agent: String) {
        guard address.hasPrefix("https://") || address.hasPrefix("http://"), !address.contains("?"),
            !address.contains("#"), address.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7f })
        else { return nil }
        var address = address
        while address.hasSuffix("/") { address.removeLast() }
        // "http:" without a host is nothing to ask.
        guard let start = address.firstRange(of: "://")?.upperBound, !address[start...].hasPrefix("/") else {
            return nil
        }
        self.address = address
        self.agent = agent
    }

    /// Sends an event.
    ///
    /// - Returns: Why it failed, without the address, which may be a secret; `nil` when it arrived.
    public func send(_ event: Event) -> String? {
        var status = 0
        var reason = [CChar](repeating: 0, count: Ping.reasonSize)
        let result = reason.withUnsafeMutableBufferPointer { reason in
            cnetwork_get(address + event.ending, agent, Ping.timeout, &status, reason.baseAddress, reason.count)
        }
        guard result == 0 else {
            let bytes = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            // libcurl names hosts in its words.
            return String(decoding: bytes, as: UTF8.self)
        }
        return status < Ping.firstFailure ? nil : "the service answered with status \(status)"
    }
}
