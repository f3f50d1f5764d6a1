import ArgumentParser
import ProvenanceEncoding
import ProvenanceInspection
import ProvenanceVerification

/// How old the last accession and the last recorded post may be.
struct LimitOptions: ParsableArguments {
    @Option(
        name: .long, help: "Exit 1 when the last accession is older than this, such as 48h, 30m or 7d.",
        transform: plainText)
    var maxGap: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Exit 1 when no post was recorded for so long: SPAN, FOLDER=SPAN, off, or auto, what the history suggests.",
            valueName: "span"),
        transform: plainText)
    var maxQuiet: [String] = []

    /// The limits; `quiet` is what is wanted where `--max-quiet` is not given.
    func limits(quiet: [String] = []) throws(Problem) -> StatusLimits {
        var limits = StatusLimits()
        if let maxGap { limits.maxGap = try TimeSpan.milliseconds(maxGap, "--max-gap") }
        for text in maxQuiet.isEmpty ? quiet : maxQuiet where text != "off" {
            limits.maxQuiet.append(try TimeSpan.quiet(text))
        }
        return limits
    }
}

/// Sets of missing posts that somebody says are gone for good.
struct MassChangeOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "These missing posts are gone for good: the token that was printed with them.", valueName: "token"),
        transform: plainText)
    var massChange: [String] = []
}

/// Time spans on the command line, such as `48h`.
enum TimeSpan {
    /// Parses a time span into milliseconds.
    static func milliseconds(_ text: String, _ option: String) throws(Problem) -> Int64 {
        let units: [Character: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let unit = text.last, let factor = units[unit], text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }),
            let number = Int64(text.dropLast()), number > 0, number < Int64.max / factor
        else {
            throw Problem(
                .usage, option, "found '\(text)'; wanted a number and s, m, h or d", advice: "write \(option) 48h")
        }
        return number * factor
    }

    /// Parses `SPAN`, `FOLDER=SPAN` or `auto`.
    static func quiet(_ text: String) throws(Problem) -> StatusLimits.Quiet {
        guard let sign = text.lastIndex(of: "=") else { return try quiet(nil, text, text) }
        let folder = RawPath(String(text[..<sign]))
        guard folder.isPlainRelative, folder.elements.count == 1 else {
            throw Problem(
                .usage, "--max-quiet", "found '\(text)'; wanted a folder in the archive's own",
                advice: "write --max-quiet _posts=48h")
        }
        return try quiet(folder, String(text[text.index(after: sign)...]), text)
    }

    private static func quiet(
        _ folder: RawPath?, _ span: String, _ text: String
    ) throws(Problem) -> StatusLimits.Quiet {
        if span == "auto" { return StatusLimits.Quiet(folder: folder, limit: nil) }
        do { return StatusLimits.Quiet(folder: folder, limit: try milliseconds(span, "--max-quiet")) } catch {
            throw Problem(
                .usage, "--max-quiet", "found '\(text)'; wanted a number and s, m, h or d, or auto, or off",
                advice: "write --max-quiet 48h")
        }
    }
}
