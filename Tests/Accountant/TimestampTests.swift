import Foundation
import Testing

@testable import Accountant

@Suite("Times are RFC 3339")
struct TimestampTests {
    @Test("Known points")
    func known() {
        #expect(Timestamp.text(0) == "1970-01-01T00:00:00.000Z")
        #expect(Timestamp.text(-1_000_000) == "1969-12-31T23:59:59.999Z")
        #expect(Timestamp.text(951_827_696_789_999_999) == "2000-02-29T12:34:56.789Z")
        #expect(Timestamp.parse("2000-02-29T12:34:56.789Z") == 951_827_696_789_000_000)
        #expect(Timestamp.parse("2000-02-29T13:34:56.5+01:00") == 951_827_696_500_000_000)
        #expect(Timestamp.parse("2000-02-29T13:34:56 01:00") == 951_827_696_000_000_000)
        #expect(Timestamp.parse("2000-02-29") == 951_782_400_000_000_000)
        #expect(Timestamp.parse("951827696") == 951_827_696_000_000_000)
    }

    @Test(
        "What is no time is nil",
        arguments: [
            "", "yesterday", "2000-02-30", "2001-02-29", "2000-13-01", "2000-02-29T24:00:00Z",
            "2000-02-29T12:34:56", "2000-02-29T12:34:56.Z", "2000-02-29T12:34:56+1:00",
            "99999999999999999999", "9999-12-31T00:00:00Z", "1e9", "+12", "2000-02-29T12:34:56Zx",
        ])
    func wrong(_ text: String) { #expect(Timestamp.parse(text) == nil) }

    @Test("Any point comes back as it was, to the millisecond, and as Foundation writes it")
    func roundTrip() {
        var random = SeededGenerator(seed: 3)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for _ in 0..<2000 {
            let milliseconds = Int64.random(
                in: -2_000_000_000_000...4_000_000_000_000, using: &random)
            let text = Timestamp.text(milliseconds * 1_000_000)
            #expect(Timestamp.parse(text) == milliseconds * 1_000_000)
            // Half a millisecond: Foundation truncates a binary fraction.
            let date = Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000)
            #expect(text == style.format(date))
        }
    }
}
