import Configuration
import IPC
import Testing
import Tokenization
import WireFormat

@testable import Worker

@Suite("A prompt counts as its provider counts it, and says where that is only a guess")
struct RequestTallyTests {
    static func plan(_ model: String, _ family: ProviderFamily = .openai) throws -> CountPlan {
        CountPlan(model: model, family: family, try Vocabularies())
    }

    static func count(
        _ body: String, _ endpoint: Endpoint = .chatCompletions, _ plan: CountPlan
    ) throws -> RequestCount {
        var tally = RequestTally(plan, endpoint: endpoint)
        _ = try Array(body.utf8).withUnsafeBytes { try RequestScanner.scan($0, &tally) }
        return tally.finished()
    }

    /// Texts with the frame that the cookbook gives: 3 for each message, 1 for a name, 3 for the answer.
    @Test(
        "Messages of OpenAI's models are counted",
        arguments: [
            (#"{"messages":[]}"#, 3, []),
            (
                #"{"messages":[{"role":"user","content":"Grüße 水 🚀"}]}"#, 6,
                ["user", "Grüße 水 🚀"]
            ),
            (
                #"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","name":"ann","#
                    + #""content":[{"type":"text","text":"Hi"},{"type":"text","text":" there"}]}]}"#,
                10, ["system", "Be brief.", "user", "ann", "Hi", " there"]
            ),
            (
                #"{"messages":[{"role":"user","content":"a\u0062\n"}],"temperature":1,"user":"x"}"#,
                6,
                ["user", "ab\n"]
            ),
        ] as [(String, Int, [String])], ["gpt-4o", "gpt-4", "gpt-5.2-mini"])
    func chat(_ row: (body: String, frame: Int, texts: [String]), _ model: String) throws {
        let plan = try Self.plan(model)
        let found = try Self.count(row.body, .chatCompletions, plan)
        let texts = row.texts.reduce(0) { $0 + plan.encoding.count($1) }
        #expect(found == RequestCount(tokens: UInt64(row.frame + texts), source: .counted))
    }

    @Test("Each string of a prompt or input is a text without a frame, each number a token")
    func plain() throws {
        let plan = try Self.plan("text-embedding-3-small")
        let texts = UInt64(plan.encoding.count("Grüße") + plan.encoding.count("水"))
        let strings = try Self.count(#"{"input":["Grüße","水"]}"#, .embeddings, plan)
        #expect(strings == RequestCount(tokens: texts, source: .counted))
        let numbers = try Self.count(#"{"prompt":[[1,2],[3]],"suffix":"水"}"#, .completions, plan)
        #expect(numbers.tokens == 3 + UInt64(plan.encoding.count("水")))
    }

    @Test("Items of responses, and instructions, are messages")
    func responses() throws {
        let plan = try Self.plan("gpt-4o")
        func count(_ text: String) -> UInt64 { UInt64(plan.encoding.count(text)) }
        let text = try Self.count(#"{"input":"Hi","instructions":"Be"}"#, .responses, plan)
        #expect(text.tokens == 9 + count("user") + count("Hi") + count("system") + count("Be"))
        let items = try Self.count(
            #"{"input":[{"role":"user","content":[{"type":"input_text","text":"Hi"}]}]}"#,
            .responses, plan)
        #expect(items.tokens == 6 + count("user") + count("Hi"))
    }

    struct Guess: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var body: String
    }

    static let guesses: [Guess] = [
        Guess(
            testDescription: "tools",
            body:
                #"{"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{}}}}]}"#
        ),
        Guess(testDescription: "a choice of tools", body: #"{"tool_choice":"none"}"#),
        Guess(
            testDescription: "an image",
            body: #"{"messages":[{"content":[{"image_url":{"url":"https://a/b"}}]}]}"#),
        Guess(
            testDescription: "audio",
            body: #"{"messages":[{"content":[{"input_audio":{"data":"x"}}]}]}"#),
        Guess(
            testDescription: "earlier calls",
            body: #"{"messages":[{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}]}"#),
        Guess(
            testDescription: "earlier reasoning",
            body: #"{"messages":[{"role":"assistant","content":"a","reasoning_content":"b"}]}"#),
        Guess(
            testDescription: "a form of the answer",
            body: #"{"response_format":{"type":"json_schema","json_schema":{"a":1}}}"#),
    ]

    @Test(
        "What follows rules that are only guessed is an estimate, and no ratio is learned from it",
        arguments: guesses)
    func estimates(_ guess: Guess) throws {
        let known = try Self.count(guess.body, .chatCompletions, Self.plan("gpt-4o"))
        #expect(known.source == .estimated && known.basis == nil)
        let other = try Self.count(guess.body, .chatCompletions, Self.plan("llama"))
        #expect(other.basis?.isTextOnly == false)
    }

    @Test("Tools cost what the cookbook says of gpt-4o")
    func tools() throws {
        // Its own example, whose count it gives as 101 with gpt-4o, and 105 with gpt-4.
        let body = #"""
            {"messages":[
              {"role":"system","content":"You are a helpful assistant that can answer to questions about the weather."},
              {"role":"user","content":"What's the weather like in San Francisco?"}],
             "tools":[{"type":"function","function":{"name":"get_current_weather",
              "description":"Get the current weather in a given location",
              "parameters":{"type":"object","properties":{
               "location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"},
               "unit":{"type":"string","description":"The unit of temperature to return","enum":["celsius","fahrenheit"]}},
              "required":["location"]}}}]}
            """#
        #expect(try Self.count(body, .chatCompletions, Self.plan("gpt-4o")).tokens == 101)
        #expect(try Self.count(body, .chatCompletions, Self.plan("gpt-4")).tokens == 105)
    }

    @Test("An image with its bytes in the request is measured")
    func image() throws {
        let plan = try Self.plan("gpt-4o")
        let png = ImageHeads.png(width: 1024, height: 1024)
        func tokens(_ members: String) throws -> UInt64 {
            try Self.count(
                #"{"messages":[{"content":[{"type":"image_url","image_url":{\#(members)}}]}]}"#,
                .chatCompletions, plan
            ).tokens - 6
        }
        #expect(try tokens(#""url":"data:image/png;base64,\#(png)""#) == 85 + 4 * 170)
        #expect(try tokens(#""url":"data:image/png;base64,\#(png)","detail":"low""#) == 85)
    }

    @Test("Claude's prompts are counted with the public tokenizer, as something to be corrected")
    func claude() throws {
        let plan = try Self.plan("claude-opus-4-6", .anthropic)
        let body =
            #"{"system":"Быть кратким","messages":[{"role":"user","content":"Привет, мир"}]}"#
        let found = try Self.count(body, .messages, plan)
        #expect(found.source == .estimated)
        #expect(
            found.basis
                == PromptBasis(encoding: .claude, script: .otherScript, isTextOnly: true))
        let texts = plan.encoding.count("Быть кратким") + plan.encoding.count("Привет, мир")
        #expect(found.tokens >= UInt64(texts) && found.tokens <= UInt64(texts + 10))
        #expect(try Self.count(body, .countTokens, plan) == found)
    }

    @Test("Any body that is JSON has a count", arguments: 0..<40)
    func anyBody(seed: Int) throws {
        let plan = try Self.plan(
            seed % 2 == 0 ? "gpt-4o" : "claude-3", seed % 2 == 0 ? .openai : .anthropic)
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func pick(_ list: [String]) -> String {
            // Xorshift (Marsaglia 2003).
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return list[Int(state % UInt64(list.count))]
        }
        let parts = [
            #""messages":["#, #""tools":["#, "{", "}", "[", "]", #""content":"a""#, ",",
            #""properties":{"#,
            #""enum":["x","#, #""tool_choice":{"#, #""image_url":"u""#, "1", "null", #""p":{"#,
        ]
        for _ in 0..<200 {
            let text =
                "{" + (0..<6).map { _ in pick(parts) }.joined() + "}"
            for endpoint in Endpoint.allCases { _ = try? Self.count(text, endpoint, plan) }
        }
    }
}

/// First bytes of images, in base64.
enum ImageHeads {
    static func png(width: UInt16, height: UInt16) -> String {
        // 24 bytes: 8 groups of 3.
        let bytes: [UInt8] =
            [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
            + [
                0, 0, UInt8(width >> 8), UInt8(width & 255), 0, 0, UInt8(height >> 8),
                UInt8(height & 255),
            ]
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        return stride(from: 0, to: 24, by: 3).map { start in
            let word = bytes[start..<(start + 3)].reduce(0) { $0 << 8 | Int($1) }
            return String([18, 12, 6, 0].map { digits[word >> $0 & 63] })
        }.joined()
    }
}
