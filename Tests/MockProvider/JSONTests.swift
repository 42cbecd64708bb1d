import Foundation
import Testing

@testable import MockProvider

@Suite("JSON is written so that any parser reads it back")
struct JSONTests {
    @Test(
        "Strings with quotes, controls and characters of several bytes",
        arguments: [
            "", "plain", "\"\\\n\r\t\u{0}\u{1f}", "水🚀e\u{301}\u{2028}", "</script>",
        ])
    func strings(text: String) throws {
        let written = JSON.array([.string(text)]).text
        let read = try JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String]
        #expect(read == [text])
    }

    @Test("Members keep their order")
    func order() {
        let value: JSON = ["z": 1, "a": [true, .null], "m": ["x": "y"]]
        #expect(value.text == "{\"z\":1,\"a\":[true,null],\"m\":{\"x\":\"y\"}}")
    }
}
