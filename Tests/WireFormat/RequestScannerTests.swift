import Testing

@testable import WireFormat

@Suite("A request's body is validated, read and edited")
struct RequestScannerTests {
    typealias Failure = RequestScanner.Failure

    static func scan(_ bytes: [UInt8]) throws(Failure) -> (facts: RequestFacts, prompt: String) {
        var prompt = PromptTranscript()
        let facts = try bytes.withUnsafeBytes { body in
            Result { () throws(Failure) in try RequestScanner.scan(body, &prompt) }
        }.get()
        return (facts, prompt.text)
    }

    static func scan(_ text: String) throws(Failure) -> (facts: RequestFacts, prompt: String) {
        try scan(Array(text.utf8))
    }

    static func edited(_ text: String, _ edit: RequestEdit) throws -> String {
        let body = Array(text.utf8)
        let facts = try scan(body).facts
        return String(
            decoding: body.withUnsafeBytes { edit.apply(to: $0, facts) }, as: UTF8.self)
    }

    @Test("model, stream, include_usage and the prompt's text are found")
    func facts() throws {
        let (facts, prompt) = try Self.scan(
            #" {"model":"gpt-\u0034o","stream":true,"stream_options":{"x":{"include_usage":false},"#
                + #""include_usage":true},"temperature":-0.5e+1,"metadata":{"model":"no"},"#
                + #""messages":[{"role":"system","content":"Be\n"},{"role":"user","content":["#
                + #"{"type":"text","text":"brief 😀"},{"type":"image_url","image_url":{"url":"u"}"#
                + #"}]}],"user":"nobody"} "#)
        #expect(facts.model == "gpt-4o")
        #expect(facts.isStream)
        #expect(facts.includesUsage)
        #expect(
            prompt == "message(role=system content=Be\n)message(role=user content=brief 😀 image)")
    }

    @Test(
        "defaults",
        arguments: ["{}", #"{"stream":false}"#, #"{"stream":null,"stream_options":null}"#])
    func defaults(_ body: String) throws {
        let facts = try Self.scan(body).facts
        #expect(facts.model == nil)
        #expect(!facts.isStream)
        #expect(!facts.includesUsage)
    }

    @Test(
        "what is not JSON is refused where it goes wrong",
        arguments: [
            ("", 0), ("  ", 2), ("{", 1), ("{}x", 2), ("{} {}", 3), ("x", 0), ("\u{FEFF}{}", 0),
            ("{\"a\"}", 4), ("{\"a\":}", 5), ("{\"a\":1,}", 7), ("{a:1}", 1), ("{'a':1}", 1),
            ("{\"a\":[1,]}", 8), ("{\"a\":[1}", 7), ("{\"a\":[}", 6), ("{\"a\":1]", 6),
            ("{\"a\":01}", 6), ("{\"a\":-}", 6), ("{\"a\":1.}", 7), ("{\"a\":1e}", 7),
            ("{\"a\":.5}", 5), ("{\"a\":+1}", 5), ("{\"a\":tru}", 8), ("{\"a\":nulL}", 8),
            ("{\"a\":NaN}", 5), ("{\"a\":\"\n\"}", 6), ("{\"a\":\"\\x\"}", 7),
            ("{\"a\":\"\\u12\"}", 10), ("{\"a\":\"b", 7), ("{\"a\":\"\\", 7), ("{\"a\" 1}", 5),
            ("{,}", 1), ("{\"a\":1 \"b\":2}", 7), ("// c\n{}", 0), ("{\"a\":1}\0", 7),
        ])
    func malformed(_ body: String, _ offset: Int) {
        #expect(throws: Failure.malformed(offset: offset)) { try Self.scan(body) }
    }

    @Test(
        "what is not UTF-8 is refused where it goes wrong",
        arguments: [
            [0xFF], [0xC0, 0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0x80], [0xE0, 0x80, 0x80], [0xF0, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func notUnicode(_ bytes: [UInt8]) {
        let body = Array("{\"a\":\"é12345678".utf8) + bytes + Array("\"}".utf8)
        #expect(throws: Failure.malformed(offset: 16)) { try Self.scan(body) }
    }

    @Test("nesting is bounded")
    func nesting() throws {
        func nested(_ levels: Int) -> String {
            "{\"a\":" + String(repeating: "[", count: levels)
                + String(repeating: "]", count: levels)
                + "}"
        }
        _ = try Self.scan(nested(511))
        #expect(throws: Failure.tooDeep(offset: 516)) { try Self.scan(nested(512)) }
        #expect(throws: Failure.tooDeep(offset: 516)) { try Self.scan(nested(1_000_000)) }
    }

    @Test(
        "other requests in the same bytes are refused",
        arguments: [
            ("[]", .notAnObject), ("1", .notAnObject), ("null", .notAnObject),
            (#"{"model":"a","model":"b"}"#, .duplicate(.model, offset: 13)),
            (#"{"model":"a","m\u006fdel":"b"}"#, .duplicate(.model, offset: 13)),
            (#"{"stream":true,"stream":false}"#, .duplicate(.stream, offset: 15)),
            (#"{"stream_options":{},"stream_options":1}"#, .duplicate(.streamOptions, offset: 21)),
            (
                #"{"stream_options":{"include_usage":true,"include_usage":null}}"#,
                .duplicate(.includeUsage, offset: 40)
            ),
            (#"{"model":1}"#, .wrongType(.model, offset: 9)),
            (#"{"model":null}"#, .wrongType(.model, offset: 9)),
            (#"{"model":["a"]}"#, .wrongType(.model, offset: 9)),
            (#"{"stream":"true"}"#, .wrongType(.stream, offset: 10)),
            (#"{"stream_options":[]}"#, .wrongType(.streamOptions, offset: 18)),
            (
                #"{"stream_options":{"include_usage":1}}"#,
                .wrongType(.includeUsage, offset: 35)
            ),
            ("{\"model\":\"" + String(repeating: "m", count: 257) + "\"}", .modelTooLong),
        ] as [(String, Failure)])
    func refused(_ body: String, _ failure: Failure) {
        #expect(throws: failure) { try Self.scan(body) }
    }

    @Test(
        "edits change nothing else",
        arguments: [
            (
                #"{"model":"a" , "stream":true}"#,
                #"{"stream_options":{"include_usage":true},"model":"n\"" , "stream":true}"#
            ),
            (
                #"{ "stream_options" : { } , "model":"a\u0062" }"#,
                #"{ "stream_options" : {"include_usage":true } , "model":"n\"" }"#
            ),
            (#"{"stream_options":{"a":1}}"#, #"{"stream_options":{"include_usage":true,"a":1}}"#),
            (
                #"{"stream_options":{"include_usage": false ,"a":1}}"#,
                #"{"stream_options":{"include_usage": true ,"a":1}}"#
            ),
            (
                #"{"stream_options":{"include_usage":null}}"#,
                #"{"stream_options":{"include_usage":true}}"#
            ),
            (
                #"{"stream_options":{"include_usage":true}}"#,
                #"{"stream_options":{"include_usage":true}}"#
            ),
            (
                #"{"model":"x","stream_options":null}"#,
                #"{"model":"n\"","stream_options":{"include_usage":true}}"#
            ),
            ("\n{ }", "\n{\"stream_options\":{\"include_usage\":true} }"),
            (
                #"{"a":{"stream_options":{"include_usage":false},"model":"k"}}"#,
                #"{"stream_options":{"include_usage":true},"a":{"stream_options":{"include_usage":false},"model":"k"}}"#
            ),
        ])
    func edits(_ body: String, _ expected: String) throws {
        let result = try Self.edited(body, RequestEdit(model: "n\"", includesUsage: true))
        #expect(result == expected)
        // The edited body is a request that says what was asked for.
        let facts = try Self.scan(result).facts
        #expect(facts.includesUsage)
        if facts.model != nil { #expect(facts.model == "n\"") }
        #expect(try Self.edited(body, RequestEdit()) == body)
    }

    @Test("facts of another body do not take an edit past its end")
    func foreignFacts() throws {
        let facts = try Self.scan(#"{"stream_options":{"include_usage":false},"model":"a"}"#).facts
        let edit = RequestEdit(model: "b", includesUsage: true)
        let out = Array("{}".utf8).withUnsafeBytes { edit.apply(to: $0, facts) }
        #expect(out == Array("{}".utf8))
    }

    @Test("random and changed bodies give facts or a typed error")
    func randomBodies() {
        let text =
            #"{"model":"a\u00e9","stream":true,"stream_options":{"include_usage":false},"#
            + #""messages":[{"content":"x"},1.5e3,null]}"#
        let seed = Array(text.utf8)
        var random = Seeded(5)
        for _ in 0..<20_000 {
            var body = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<body.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: body[place] = UInt8.random(in: 0...255, using: &random)
                case 1: body.remove(at: place)
                default:
                    body.insert(body[Int.random(in: 0..<body.count, using: &random)], at: place)
                }
            }
            do throws(Failure) {
                let facts = try Self.scan(body).facts
                let edit = RequestEdit(model: "new", includesUsage: true)
                let out = body.withUnsafeBytes { edit.apply(to: $0, facts) }
                let again = try Self.scan(out).facts
                #expect(again.includesUsage)
                #expect(facts.model == nil || again.model == "new")
            } catch {}
        }
    }
}
