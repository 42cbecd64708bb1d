import ArgumentParser
import Foundation

/// A moment on the command line: ISO 8601, a day, or a time that lies so far back.
struct TimeArgument: ExpressibleByArgument, Equatable {
    /// ISO 8601 in UTC with milliseconds, as the admin interface takes it.
    let text: String
    /// Nanoseconds since the epoch.
    let nanoseconds: Int64

    init?(argument: String) { self.init(argument, now: Date()) }

    init?(_ argument: String, now: Date) {
        guard let date = Self.date(argument, now: now) else { return nil }
        text = date.formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt))
        let milliseconds = (date.timeIntervalSince1970 * 1000).rounded()
        // Some 290 years around the epoch.
        guard abs(milliseconds) < 9e12 else { return nil }
        nanoseconds = Int64(milliseconds) * 1_000_000
    }

    private static func date(_ text: String, now: Date) -> Date? {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        if let last = text.last, let factor = units[last], let count = UInt32(text.dropLast()) {
            return now.addingTimeInterval(-Double(count) * factor)
        }
        let whole = Date.ISO8601FormatStyle(timeZone: .gmt)
        let fractional = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)
        return (try? fractional.parse(text)) ?? (try? whole.parse(text))
            ?? (try? whole.parse("\(text)T00:00:00Z"))
    }
}
