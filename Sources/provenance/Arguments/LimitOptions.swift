import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceVerification

/// Time spans on the command line, such as `48h`.
enum TimeSpan {
    /// Parses a time span into milliseconds.
    static func milliseconds(_ text: String, _ option: String) throws(Problem) -> Int64 {
        let units: [Character: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let unit = text.last, let factor = units[unit], text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }),
            let number = Int64(text.dropLast()), number > 0, number < Int64.max / factor
        else { throw Problem(.usage, "\(option) \(text)", "wanted a number and s, m, h or d, such as 48h") }
        return number * factor
    }

    /// Parses `SPAN`, `FOLDER=SPAN` or `auto`.
    static func quiet(_ text: String) throws(Problem) -> StatusLimits.Quiet {
        guard let sign = text.lastIndex(of: "=") else { return try quiet(nil, text, text) }
        let folder = RawPath(String(text[..<sign]))
        guard folder.isPlainRelative, folder.elements.count == 1 else {
            throw Problem(
                .usage, "--max-quiet \(text)", "wanted a folder in the archive's own, such as _posts=48h")
        }
        return try quiet(folder, String(text[text.index(after: sign)...]), text)
    }

    private static func quiet(
        _ folder: RawPath?, _ span: String, _ text: String
    ) throws(Problem) -> StatusLimits.Quiet {
        if span == "auto" { return StatusLimits.Quiet(folder: folder, limit: nil) }
        do { return StatusLimits.Quiet(folder: folder, limit: try milliseconds(span, "--max-quiet")) } catch {
            throw Problem(
                .usage, "--max-quiet \(text)", "wanted a number and s, m, h or d, such as 48h; or auto")
        }
    }
}
