/// Parses the `date` of a post into an instant.
///
/// Real posts use three forms: `2022-02-10T05:52:00.000Z`, `2019-07-26T13:17:47+01:00` and `2020-07-20`. Also accepted
/// is what ISO 8601 and Jekyll allow around these: `T` or one space before the time, seconds and their fraction
/// optional, the zone `Z`, `±hh:mm`, `±hhmm` or `±hh`, after at most one space. A time without a zone names no instant
/// and is refused; a date alone means midnight UTC.
package enum PostDate {
    /// Milliseconds since 1970-01-01T00:00:00Z; `nil` when the text is not such a date.
    ///
    /// Digits of the fraction after the third are dropped. Second 60 is read as second 0 of the next minute.
    package static func milliseconds(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { milliseconds($0) }
    }

    private static func milliseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var reader = Reader(text)
        guard let year = reader.digits(4), reader.skip("-"), let month = reader.digits(2), reader.skip("-"),
            let day = reader.digits(2), let days = daysSince1970(year: year, month: month, day: day)
        else { return nil }
        let midnight = days * 86_400_000
        if reader.isAtEnd { return midnight }

        guard reader.skip("T") || reader.skip("t") || reader.skip(" "), let hour = reader.digits(2), hour < 24,
            reader.skip(":"), let minute = reader.digits(2), minute < 60
        else { return nil }
        var second: Int64 = 0
        var fraction: Int64 = 0
        if reader.skip(":") {
            guard let seconds = reader.digits(2), seconds <= 60 else { return nil }
            second = seconds
            if reader.skip(".") {
                guard let milliseconds = reader.fraction() else { return nil }
                fraction = milliseconds
            }
        }
        _ = reader.skip(" ")
        guard let offset = reader.zone(), reader.isAtEnd else { return nil }
        return midnight + (hour * 60 + minute - offset) * 60_000 + second * 1_000 + fraction
    }

    /// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, or `nil` when that day does not exist.
    private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64? {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let length: Int64
        switch month {
        case 4, 6, 9, 11: length = 30
        case 2: length = isLeap ? 29 : 28
        case 1...12: length = 31
        default: return nil
        }
        guard day >= 1, day <= length else { return nil }
        // Years run from March here, so that the leap day is the last of its year; 719,468 days lie between
        // 0000-03-01 and 1970-01-01, and 400 years have 146,097 days.
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// Reads a date from the left; every number it reads has at most four digits, so nothing can overflow.
    private struct Reader {
        private var rest: Slice<UnsafeBufferPointer<UInt8>>

        init(_ text: UnsafeBufferPointer<UInt8>) {
            rest = text[...]
        }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard let byte = rest.first, UInt32(byte) == character.value else { return false }
            rest = rest.dropFirst()
            return true
        }

        mutating func digit() -> Int64? {
            guard let byte = rest.first, byte >= 0x30, byte <= 0x39 else { return nil }
            rest = rest.dropFirst()
            return Int64(byte) - 0x30
        }

        mutating func digits(_ count: Int) -> Int64? {
            var value: Int64 = 0
            for _ in 0..<count {
                guard let digit = digit() else { return nil }
                value = value * 10 + digit
            }
            return value
        }

        /// One or more digits after the decimal point, in milliseconds.
        mutating func fraction() -> Int64? {
            guard let first = digit() else { return nil }
            var value = first * 100
            var unit: Int64 = 10
            while let next = digit() {
                value += next * unit
                unit /= 10
            }
            return value
        }

        /// The zone, in minutes east of Greenwich.
        mutating func zone() -> Int64? {
            if skip("Z") || skip("z") { return 0 }
            let sign: Int64
            if skip("+") {
                sign = 1
            } else if skip("-") {
                sign = -1
            } else {
                return nil
            }
            guard let hours = digits(2), hours < 24 else { return nil }
            if isAtEnd { return sign * hours * 60 }
            _ = skip(":")
            guard let minutes = digits(2), minutes < 60 else { return nil }
            return sign * (hours * 60 + minutes)
        }
    }
}
