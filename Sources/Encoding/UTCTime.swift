/// Times for people to read: UTC, ISO 8601, no locale, no time-zone database.
public enum UTCTime {
    /// `2022-02-10T05:52:00.000Z` for milliseconds since 1970; the plain number when the year does not have four
    /// digits.
    public static func text(_ milliseconds: Int64) -> String {
        let days = Int(floorDivide(milliseconds, 86_400_000))
        // Not computed by multiplying back, which overflows for the smallest numbers.
        let remainder = Int(milliseconds % 86_400_000)
        let rest = remainder < 0 ? remainder + 86_400_000 : remainder
        // Days since 0000-03-01 in cycles of 400 years.
        let shifted = days + 719_468
        let era = Int(floorDivide(Int64(shifted), 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        guard (0...9999).contains(year) else { return "\(milliseconds) ms" }
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(rest / 3_600_000, 2)):"
            + "\(pad(rest / 60_000 % 60, 2)):\(pad(rest / 1000 % 60, 2)).\(pad(rest % 1000, 3))Z"
    }

    /// Milliseconds since 1970 for `YYYY-MM-DD`, optionally `THH:MM[:SS[.mmm]]` and `Z`; or for a bare number.
    ///
    /// - Returns: `nil` for anything else.
    public static func milliseconds(_ text: String) -> Int64? {
        if let number = Int64(text), text.utf8.count > 4, text.utf8.first != UInt8(ascii: "+") { return number }
        var bytes = Array(text.utf8)
        if bytes.last == UInt8(ascii: "Z") { bytes.removeLast() }
        let parts = bytes.split(separator: UInt8(ascii: "T"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let date = numbers(parts.first ?? [], separator: "-", widths: [4, 2, 2]), (1...12).contains(date[1]),
            (1...31).contains(date[2])
        else { return nil }
        var time = [0, 0, 0, 0]
        if parts.count == 2 {
            let seconds = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard seconds.count <= 2, let clock = seconds.first else { return nil }
            guard
                let read = numbers(clock, separator: ":", widths: [2, 2, 2])
                    ?? numbers(clock, separator: ":", widths: [2, 2]),
                read[0] < 24, read[1] < 60, read.count < 3 || read[2] < 60
            else { return nil }
            time.replaceSubrange(0..<read.count, with: read)
            if seconds.count == 2 {
                guard let fraction = numbers(seconds[1], separator: ".", widths: [3]) else { return nil }
                time[3] = fraction[0]
            }
        }
        let (year, month, day) = (date[0] - (date[1] <= 2 ? 1 : 0), date[1], date[2])
        let era = Int(floorDivide(Int64(year), 400))
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = Int64(era * 146_097 + dayOfEra - 719_468)
        // A day that its month does not have is written as a different date.
        guard UTCTime.text(days * 86_400_000).utf8.starts(with: parts[0]) else { return nil }
        return days * 86_400_000 + Int64(time[0] * 3_600_000 + time[1] * 60_000 + time[2] * 1000 + time[3])
    }

    private static func numbers(_ text: ArraySlice<UInt8>, separator: Character, widths: [Int]) -> [Int]? {
        let parts = text.split(separator: separator.asciiValue ?? 0, omittingEmptySubsequences: false)
        guard parts.count == widths.count else { return nil }
        var values: [Int] = []
        for (part, width) in zip(parts, widths) {
            guard part.count == width, part.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            values.append(part.reduce(0) { $0 * 10 + Int($1 - 0x30) })
        }
        return values
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
