import Testing

@testable import Configuration

@Suite("Values are read exactly or refused")
struct ValueTests {
    @Test(arguments: [
        ("0", 0), ("1", 1000), ("0.15", 150), ("1.25", 1250), ("0.001", 1), ("2.500", 2500),
        ("3.7500000", 3750), ("1000000", 1_000_000_000),
    ])
    func pricesAreExact(text: String, nanodollars: Int64) throws {
        #expect(try PriceText.nanodollarsPerToken(text) == nanodollars)
    }

    @Test(arguments: [
        ("", PriceText.Failure.notADecimal), (".5", .notADecimal), ("1.", .notADecimal),
        ("-1", .notADecimal), ("+1", .notADecimal), ("1,5", .notADecimal), ("1e2", .notADecimal),
        ("0x1", .notADecimal), ("1.2.3", .notADecimal), ("١", .notADecimal),
        ("0.0005", .notWhole), ("1.2345", .notWhole), ("1000001", .tooGreat),
        ("99999999999999999999", .tooGreat),
    ])
    func otherPricesAreRefused(text: String, failure: PriceText.Failure) {
        #expect(throws: failure) { try PriceText.nanodollarsPerToken(text) }
    }

    @Test(arguments: [
        ("500ms", 500), ("20s", 20_000), ("10m", 600_000), ("2h", 7_200_000), ("1d", 86_400_000),
        ("0s", 0),
    ])
    func times(text: String, milliseconds: Int) {
        #expect(DurationText.milliseconds(text) == milliseconds)
    }

    @Test(arguments: ["", "10", "s", "-1s", "1.5s", "1 s", "1S", "9223372036854775807h", "1m30s"])
    func noTimes(text: String) { #expect(DurationText.milliseconds(text) == nil) }

    @Test(arguments: [("512B", 512), ("32KiB", 32_768), ("1MiB", 1_048_576), ("2GiB", 1 << 31)])
    func sizes(text: String, bytes: Int) { #expect(ByteSizeText.bytes(text) == bytes) }

    @Test(arguments: ["", "10", "1KB", "1k", "-1B", "9223372036854775807KiB", "1.5MiB"])
    func noSizes(text: String) { #expect(ByteSizeText.bytes(text) == nil) }

    @Test func textsOfTimesAndSizesAreReadBack() {
        for value in [0, 1, 999, 1000, 60_000, 3_600_000, 5_400_000] {
            #expect(DurationText.milliseconds(DurationText.text(milliseconds: value)) == value)
        }
        for value in [0, 1, 1024, 1025, 1 << 20, 1 << 30] {
            #expect(ByteSizeText.bytes(ByteSizeText.text(bytes: value)) == value)
        }
    }

    @Test(arguments: ["127.0.0.1:8080", "0.0.0.0:0", "[::1]:65535", "unix:/run/a.sock"])
    func addressesAreWrittenAsTheyAreRead(text: String) throws {
        #expect(try ListenAddress(parsing: text).description == text)
    }

    @Test(arguments: [
        ("8080", "write `127.0.0.1:8080`"), (":8080", "write `127.0.0.1:8080`"),
        ("*:80", "write `0.0.0.0:80`"), ("::1:80", "write `[::1]:80`"), ("127.0.0.1", "write"),
        ("host:80", "names are not resolved"),
    ])
    func otherAddressesAreRefusedWithAnother(text: String, suggestion: String) {
        let failure = #expect(throws: ListenAddress.Failure.self) {
            try ListenAddress(parsing: text)
        }
        #expect(failure?.suggestion?.contains(suggestion) == true, "\(text)")
    }

    @Test(arguments: ["", "127.0.0.1:", "127.0.0.1:+1", "1.2.3:4", "[::1:80", "unix:a", "unix:/"])
    func whatIsNoAddressIsRefused(text: String) {
        #expect(throws: ListenAddress.Failure.self) { try ListenAddress(parsing: text) }
    }

    @Test func pathsOfSocketsFitTheKernel() {
        let longest = "unix:/" + String(repeating: "a", count: 106)
        #expect(throws: Never.self) { try ListenAddress(parsing: longest) }
        #expect(throws: ListenAddress.Failure.self) { try ListenAddress(parsing: longest + "a") }
    }

    @Test(arguments: [
        ("kitten", "sitting", 3), ("", "abc", 3), ("abc", "abc", 0), ("famliy", "family", 1),
        ("ab", "ba", 1),
    ])
    func distances(left: String, right: String, distance: Int) {
        #expect(Suggestion.distance(left, right) == distance)
        #expect(Suggestion.distance(right, left) == distance)
    }

    @Test func onlyNearWordsAreSuggested() {
        let known = ["listen", "admin", "keys"]
        #expect(Suggestion.nearest(to: "lisen", among: known) == "listen")
        #expect(Suggestion.nearest(to: "KEYS", among: known) == "keys")
        #expect(Suggestion.nearest(to: "banana", among: known) == nil)
    }

    @Test(arguments: [
        ("gpt-*", "gpt-5", true), ("gpt-*", "gpt-", true), ("gpt-*", "xgpt-5", false),
        ("*", "", true), ("a*b*c", "aXXbYYc", true), ("a*b*c", "aXXbYY", false),
        ("*a", "aaab", false), ("", "", true), ("", "a", false), ("**a**", "xay", true),
    ])
    func wildcards(pattern: String, text: String, isMatch: Bool) {
        #expect(Wildcard.matches(pattern, text) == isMatch)
    }

    @Test func theStateDirectoryComesFromTheEnvironment() {
        func folder(_ variables: [String: String]) -> String? {
            HostDefaults(variables: variables).stateDirectory
        }
        let all = [
            "STATE_DIRECTORY": "/a:/b", "XDG_STATE_HOME": "/x", "HOME": "/h",
        ]
        #expect(folder(all) == "/a")
        #expect(folder(["XDG_STATE_HOME": "/x", "HOME": "/h"]) == "/x/dd0c-route")
        #expect(folder(["XDG_STATE_HOME": "x", "HOME": "/h"]) == "/h/.local/state/dd0c-route")
        #expect(folder([:]) == nil)
    }
}
