/// Points in time as RFC 3339 text and as nanoseconds since the epoch, without a calendar library.
enum Timestamp {
    private static let nanosecondsPerSecond: Int64 = 1_000_000_000

    /// RFC 3339 in UTC with milliseconds: `2026-11-23T10:15:00.250Z`.
    static func text(_ nanoseconds: Int64) -> String {
        let milliseconds = floorDivide(nanoseconds, 1_000_000)
        let seconds = floorDivide(milliseconds, 1000)
        let days = floorDivide(seconds, 86_400)
        let second = seconds - days * 86_400
        let (year, month, day) = date(days: days)
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2) + "T"
            + padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2) + ":"
            + padded(second % 60, 2) + "." + padded(milliseconds - seconds * 1000, 3) + "Z"
    }

    /// Nanoseconds since the epoch of an RFC 3339 time (`2026-11-23T10:15:00Z`, any fraction, any
    /// offset), of a date (its start in UTC), or of whole seconds since the epoch; nil for anything else.
    static func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        if let seconds = Int64(text), bytes.count <= 11, bytes.first != UInt8(ascii: "+") {
            return nanoseconds(seconds: seconds)
        }
        guard bytes.count >= 10, let year = number(bytes, 0, 4), bytes[4] == UInt8(ascii: "-"),
            let month = number(bytes, 5, 2), bytes[7] == UInt8(ascii: "-"),
            let day = number(bytes, 8, 2), (1...12).contains(month),
            (1...length(ofMonth: month, year)).contains(day)
        else { return nil }
        let midnight = days(year: year, month: month, day: day) * 86_400
        if bytes.count == 10 { return nanoseconds(seconds: midnight) }
        return parseTime(bytes, midnight: midnight)
    }

    private static func parseTime(_ bytes: [UInt8], midnight: Int64) -> Int64? {
        let separators: [UInt8] = [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")]
        guard bytes.count >= 20, separators.contains(bytes[10]),
            let hour = number(bytes, 11, 2), bytes[13] == UInt8(ascii: ":"),
            let minute = number(bytes, 14, 2), bytes[16] == UInt8(ascii: ":"),
            let second = number(bytes, 17, 2), hour < 24, minute < 60, second <= 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            var unit = nanosecondsPerSecond / 10
            let first = index
            while index < bytes.count, let digit = number(bytes, index, 1) {
                fraction += digit * unit
                unit /= 10
                index += 1
            }
            guard index > first else { return nil }
        }
        guard let offset = offset(bytes[index...]) else { return nil }
        let seconds = midnight + hour * 3600 + minute * 60 + second - offset
        return nanoseconds(seconds: seconds).flatMap { start in
            let (sum, overflow) = start.addingReportingOverflow(fraction)
            return overflow ? nil : sum
        }
    }

    /// Seconds east of UTC: `Z`, `+hh:mm`, `-hh:mm`.
    private static func offset(_ slice: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(slice)
        if bytes == [UInt8(ascii: "Z")] || bytes == [UInt8(ascii: "z")] { return 0 }
        // A `+` that was not percent-encoded in a query arrives as a space.
        guard bytes.count == 6, let hour = number(bytes, 1, 2), bytes[3] == UInt8(ascii: ":"),
            let minute = number(bytes, 4, 2), hour < 24, minute < 60
        else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "+"), UInt8(ascii: " "): return hour * 3600 + minute * 60
        case UInt8(ascii: "-"): return -(hour * 3600 + minute * 60)
        default: return nil
        }
    }

    private static func nanoseconds(seconds: Int64) -> Int64? {
        let (value, overflow) = seconds.multipliedReportingOverflow(by: nanosecondsPerSecond)
        return overflow ? nil : value
    }

    private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int64? {
        guard start + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for byte in bytes[start..<(start + count)] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return value
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private static func length(ofMonth month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // The proleptic Gregorian calendar in eras of 400 years that begin on the first of March.

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
