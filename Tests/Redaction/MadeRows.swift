import Foundation

/// Rows beyond those of the vectors: every kind of key in every place and every disguise.
enum MadeRows {
    /// Rows with one key of that kind.
    static func rows(_ name: String, seed: UInt64) -> [Row] {
        var maker = KeyMaker(random: SplitMix(state: seed))
        let key = maker.key(name)
        let id = maker.uuid()
        return places(key, id) + encodings(key, id, &maker) + dumps(key, id) + wraps(key, id)
    }

    private static func row(
        _ cat: String, _ key: KeyMaker.Key, _ id: String, _ text: String, _ shown: String? = nil
    ) -> Row {
        // What is encoded has other characters than the key: then it is what must not come out.
        let body = shown.map { $0.count > 40 ? String($0.dropFirst(24).dropLast(2)) : "" }
        var row = Row(
            cat, "\(text) id=\(id)", secrets: [shown ?? key.text], keep: ["id=\(id)"],
            bodies: [body ?? key.body])
        row.key = key.name
        return row
    }

    /// What stands around a key as it is.
    private static let frames = [
        "credential % ok", "value\"%\",", "value='%';", "value(%)", "<%>", "key:%!", "%22%%22",
        "&quot;%&quot;", "a\\n%\\nb", "a\\t%\\tb", "a\\x22%\\x22", "a\\u0022%\\u0022",
        "Authorization: Bearer %", "authorization:\tBEARER\t%", "x-api-key: %", "api_key=%",
        "{\"key\":\"%\",\"model\":\"gpt-4o\"}", "{\\\"Authorization\\\": \\\"Bearer %\\\"}",
        "FOO_KEY='%'", "GET /v1?alt=sse&key=%&b=c", "Config(apiKey: \"%\", retries: 3)",
        "Optional(\"%\")", "m{api_key=\"%\",status=\"200\"} 1", "my key is % and it fails",
        "\u{1B}[1;31m%\u{1B}[0m", "desktop-task-list % risk-score-0.87", "https://%@a.example/b",
        "curl -H 'Authorization: Bearer %' https://a.example", "--api-key % --verbose",
    ]

    private static func places(_ key: KeyMaker.Key, _ id: String) -> [Row] {
        frames.map { frame in
            let parts = frame.components(separatedBy: "%")
            // Frames with percent-encoding have three of the sign.
            let text =
                parts.count == 2
                ? parts[0] + key.text + parts[1] : "v%22" + key.text + "%22 e"
            return row("place \(frame)", key, id, text)
        }
    }

    private static func encodings(
        _ key: KeyMaker.Key, _ id: String, _ maker: inout KeyMaker
    ) -> [Row] {
        let text = key.text
        func each(_ isEncoded: (Character) -> Bool, _ form: (UInt8) -> String) -> String {
            text.map { isEncoded($0) ? form($0.asciiValue ?? 0) : String($0) }.joined()
        }
        let percent = each({ _ in true }, { String(format: "%%%02X", $0) })
        let small = each({ !$0.isLetter }, { String(format: "%%%02x", $0) })
        let twice = small.replacingOccurrences(of: "%", with: "%25")
        let json = each({ !$0.isLetter }, { String(format: "\\u%04x", $0) })
        var rows = [percent, small, twice, json].filter { $0 != text }.map {
            row("encoded", key, id, "token=\($0)&state=a", $0)
        }
        for content in [text, "Bearer " + text, "api:" + text, "{\"api_key\": \"\(text)\"}"] {
            let encoded = Data(content.utf8).base64EncodedString()
            rows.append(row("base64", key, id, "X-Upstream-Auth: \(encoded)", encoded))
            rows.append(row("base64", key, id, "Authorization: Basic \(encoded)", encoded))
        }
        for mark in ["\u{200B}", "\u{FEFF}", "\u{2060}", "\u{1B}[0m\u{1B}[32m"] {
            let place = Int.random(in: 1..<text.count, using: &maker.random)
            let shown = String(text.prefix(place)) + mark + String(text.dropFirst(place))
            var made = row("inside \(mark.debugDescription)", key, id, "key: \(shown)", shown)
            made.bodies = [String(text.dropFirst(place))].filter { $0.count >= 12 }
            rows.append(made)
        }
        return rows
    }

    private static func dumps(_ key: KeyMaker.Key, _ id: String) -> [Row] {
        let bytes = Array(key.text.utf8)
        func hex(_ separator: String) -> String {
            bytes.map { String(format: "%02x", $0) }.joined(separator: separator)
        }
        let decimal = bytes.map(String.init).joined(separator: ", ")
        let little = bytes.map { "\(Character(UnicodeScalar($0)))\0" }.joined()
        return [
            row("hex", key, id, "ByteBuffer { hex: \(hex("")) }", hex("")),
            row("hex", key, id, "bytes: \(hex(" "))", hex(" ")),
            row("hex", key, id, "bytes: \(hex(":"))", hex(":")),
            row("decimal", key, id, "[UInt8] = [\(decimal)]", decimal),
            row("UTF-16", key, id, "raw: \(little)", little),
        ]
    }

    /// Lines of 40 characters, of which all but the last must go.
    private static func wraps(_ key: KeyMaker.Key, _ id: String) -> [Row] {
        guard key.text.count > 64 else { return [] }
        let text = Array("Authorization: Bearer " + key.text)
        let lines = stride(from: 0, to: text.count, by: 40).map {
            String(text[$0..<min($0 + 40, text.count)])
        }
        return ["\n", "\r\n", "\\\n", "\n    ", "\\n"].map { separator in
            var made = row(
                "wrapped \(separator.debugDescription)", key, id,
                lines.joined(separator: separator) + "\nX-Id: 1")
            made.secrets = lines.dropFirst().dropLast()
            made.bodies = made.secrets
            return made
        }
    }
}
