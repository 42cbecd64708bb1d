import Redaction
import Testing

@Suite("How a stream is cut into writes makes no difference")
struct StreamingTests {
    @Test func everyRowGivesTheSameForAnyCuts() {
        var random = SplitMix(state: 11)
        for row in Row.vectors {
            let bytes = Array(row.input.utf8)
            let whole = Redactor.redact(bytes)
            for _ in 0..<8 { #expect(redacted(cut(bytes, &random)) == whole, "\(row.cat)") }
        }
    }

    /// Pieces of secrets, escapes and anything, in any order.
    @Test func randomTextsGiveTheSameForAnyCuts() {
        var random = SplitMix(state: 12)
        let parts = [
            "sk-", "sk-ant-api03-", "AIza", "eyJ", "Bearer ", "authorization: ", "api_key=", "\"",
            "\\", "\\n", "\n", "\r\n", " ", "%2D", "%", "\\u002d", "&quot;", "\u{1B}[1m",
            "\u{200B}",
            "\0", "://a:b@", "-----BEGIN PRIVATE KEY-----", "736b2d", "115, 107, 45", "c2st", ".",
            "T3BlbkFJ", "JQQJ99", "Cookie: a=b;", "password=", "é",
        ].map { Array($0.utf8) }
        for _ in 0..<1500 {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 1..<30, using: &random) {
                if Bool.random(using: &random) {
                    text += random.pick(parts)
                } else {
                    text += Array(
                        random.text(KeyMaker.token, .random(in: 1..<40, using: &random)).utf8)
                }
            }
            let whole = Redactor.redact(text)
            #expect(redacted(cut(text, &random)) == whole)
            #expect(redacted(text.indices.map { [text[$0]] }) == whole)
        }
    }

    /// What another redactor makes of a stream from a context on is what the first would have made of it.
    @Test func anotherGoesOnFromAContext() {
        var random = SplitMix(state: 14)
        let parts = [
            "sk-", "sk-ant-api03-", "Bearer ", "authorization: ", "api_key=", "\"", "\n", " ",
            "%2D",
            "password=", "eyJ", ".", "-----BEGIN PRIVATE KEY-----", "\u{200B}", "é",
        ].map { Array($0.utf8) }
        var resumed = 0
        for _ in 0..<3000 {
            var texts: [[UInt8]] = [[], []]
            for index in texts.indices {
                for _ in 0..<Int.random(in: 1..<12, using: &random) {
                    texts[index] +=
                        Bool.random(using: &random)
                        ? random.pick(parts)
                        : Array(
                            random.text(KeyMaker.token, .random(in: 1..<60, using: &random)).utf8)
                }
            }
            var first = Redactor()
            texts[0].withUnsafeBytes { first.write($0) { _ in } }
            #expect(first.context == nil || first.context?.place == first.context?.bytes.count)
            first.flush { _ in }
            guard let context = first.context else { continue }
            resumed += 1
            #expect(context.bytes.count <= Redactor.Context.bytesMax)
            var second = Redactor(resuming: context)
            var outputs: [[UInt8]] = [[], []]
            texts[1].withUnsafeBytes { bytes in
                first.write(bytes) { outputs[0] += Array($0) }
                second.write(bytes) { outputs[1] += Array($0) }
            }
            first.finish { outputs[0] += Array($0) }
            second.finish { outputs[1] += Array($0) }
            #expect(outputs[0] == outputs[1])
        }
        #expect(resumed > 1000)
    }

    /// Too little to be a key before the context, and too little without what was before it.
    @Test func aKeyAcrossAContextIsTakenOut() {
        var first = Redactor()
        Array("the key is sk-proj-".utf8).withUnsafeBytes { first.write($0) { _ in } }
        first.flush { _ in }
        guard let context = first.context else { return #expect(Bool(false)) }
        var second = Redactor(resuming: context)
        var output: [UInt8] = []
        Array("aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3 end".utf8).withUnsafeBytes {
            second.write($0) { output += Array($0) }
        }
        second.finish { output += Array($0) }
        #expect(!String(decoding: output, as: UTF8.self).contains("gH7jK9"))
    }

    @Test func aContextThatCannotBeIsNone() {
        for context in [
            Redactor.Context(bytes: [65], place: 2, floor: 0),
            Redactor.Context(bytes: [65], place: -1, floor: 0),
            Redactor.Context(bytes: [65], place: 0, floor: 9),
            Redactor.Context(
                bytes: Array(repeating: 65, count: 100_000), place: 0, floor: 0),
        ] {
            var redactor = Redactor(resuming: context)
            var output: [UInt8] = []
            Array("text".utf8).withUnsafeBytes { redactor.write($0) { output += Array($0) } }
            redactor.finish { output += Array($0) }
            #expect(output == Array("text".utf8))
        }
    }

    @Test func whatIsHeldBackIsBounded() {
        var random = SplitMix(state: 13)
        for part in [
            "a", "sk-", "eyJ", "%73", "\\u0073", "c2st", "key=", "a b ", "73 ", "\0s", "://",
        ] {
            var redactor = Redactor()
            var written = 0
            var found = 0
            var most = 0
            while written < 60_000 {
                let piece = Array(
                    String(repeating: part, count: .random(in: 1..<9, using: &random)).utf8)
                written += piece.count
                piece.withUnsafeBytes { bytes in
                    redactor.write(bytes) { found += $0.count }
                }
                most = max(most, written - found)
            }
            #expect(most <= Redactor.holdback, "\(part)")
        }
    }

    @Test func aKeyAcrossAFlushIsTakenOutOnce() {
        let key = Array(("sk-" + "proj-aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3").utf8)
        for place in 16..<key.count {
            var redactor = Redactor()
            var output: [UInt8] = []
            key[..<place].withUnsafeBytes { redactor.write($0) { output += Array($0) } }
            redactor.flush { output += Array($0) }
            (key[place...] + Array(" end".utf8)).withUnsafeBytes {
                redactor.write($0) { output += Array($0) }
            }
            redactor.finish { output += Array($0) }
            #expect(String(decoding: output, as: UTF8.self) == "[REDACTED:openai-key] end")
        }
    }

    @Test func afterFinishAnotherTextBegins() {
        var redactor = Redactor()
        var output: [UInt8] = []
        for text in ["key " + "gsk_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3", "another line"] {
            Array(text.utf8).withUnsafeBytes { redactor.write($0) { output += Array($0) } }
            redactor.finish { output += Array($0) }
        }
        #expect(
            String(decoding: output, as: UTF8.self) == "key [REDACTED:groq-key]another line")
    }

    @Test func findingsTellPlacesInTheOriginal() {
        let key = "gsk_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3"
        let text = String(repeating: "filler ", count: 5000) + key + ", " + key + "\n"
        var findings: [Finding] = []
        var redactor = Redactor()
        for byte in text.utf8 {
            withUnsafeBytes(of: byte) {
                redactor.write($0, to: { _ in }, report: { findings.append($0) })
            }
        }
        redactor.finish(to: { _ in }, report: { findings.append($0) })
        #expect(findings.map(\.offset) == [35_000, 35_000 + UInt64(key.utf8.count) + 2])
        #expect(findings.allSatisfy { $0.length == UInt64(key.utf8.count) && $0.kind == .groq })
    }

    @Test func aCopyGoesItsOwnWay() {
        var first = Redactor()
        Array("pass".utf8).withUnsafeBytes { first.write($0) { _ in } }
        var second = first
        var outputs: [[UInt8]] = [[], []]
        Array("word=Ab3$x9-Kq ".utf8).withUnsafeBytes {
            first.write($0) { outputs[0] += Array($0) }
        }
        Array("ing ".utf8).withUnsafeBytes { second.write($0) { outputs[1] += Array($0) } }
        first.finish { outputs[0] += Array($0) }
        second.finish { outputs[1] += Array($0) }
        #expect(String(decoding: outputs[0], as: UTF8.self) == "password=[REDACTED:password] ")
        #expect(String(decoding: outputs[1], as: UTF8.self) == "passing ")
    }
}
