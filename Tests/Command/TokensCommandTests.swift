import Foundation
import Testing
import Tokenization

@testable import Command

@Suite("The tokens command")
struct TokensCommandTests {
    @Test("takes halves of surrogate pairs in JSON for U+FFFD, and leaves everything else")
    func surrogates() {
        for (json, repaired) in [
            (#"{"text":"\ud83d"}"#, #"{"text":"\ufffd"}"#),
            (#"{"text":"\ud83d\ude00"}"#, #"{"text":"\ud83d\ude00"}"#),
            (#"{"text":"\ude00\ud83d"}"#, #"{"text":"\ufffd\ufffd"}"#),
            (#"{"text":"\ud83d\ud83d\ude00"}"#, #"{"text":"\ufffd\ud83d\ude00"}"#),
            // An escaped backslash, and no escape of a half at all.
            (#"{"text":"\\ud83d\n"}"#, #"{"text":"\\ud83d\n"}"#),
            (#"{"text":"\ud8"}"#, #"{"text":"\ud8"}"#), ("\\", "\\"),
        ] {
            #expect(SurrogateEscapes.repaired(json) == repaired)
        }
    }

    @Test("answers a line with its count and tokens, and refuses what is no text")
    func lines() throws {
        let encoding = try Vocabularies()[.cl100kBase]
        #expect(
            try JSONLines.answer(#"{"text":"hi \ud83d"}"#, 1, with: encoding)
                == #"{"count": 2, "tokens": [6151, 30433]}"#)
        #expect(
            try JSONLines.answer(#"{"text":""}"#, 1, with: encoding)
                == #"{"count": 0, "tokens": []}"#)
        for line in ["", "x", "[]", "{}", #"{"text":1}"#] {
            #expect(throws: CommandFailure(.data, "line 3: no JSON object with a `text`")) {
                try JSONLines.answer(line, 3, with: encoding)
            }
        }
    }

    private func tokens(_ body: String) throws -> PromptTokens {
        let request = try ChatRequest(Array(body.utf8), path: "-")
        return request.tokens(
            try Vocabularies()[.o200kBase], ChatFraming(model: "gpt-4o", family: .openAI))
    }

    @Test("counts a chat request by its parts")
    func chat() throws {
        let plain = try tokens(
            #"{"model":"gpt-4o","messages":[{"role":"user","content":"Hello world"}]}"#)
        #expect(plain.text == 2)
        #expect(plain.framing == 3 + 1 + 3)
        #expect(!plain.isEstimate)

        let parts = try tokens(
            #"""
            {"messages":[{"role":"user","name":"bob","content":[{"type":"text","text":"Hello world"},
            {"type":"image_url","image_url":{"url":"x","detail":"low"}}]}],
            "functions":[{"name":"f","parameters":{"properties":{"a":{"type":"string"}}}}],
            "function_call":"none"}
            """#)
        #expect(parts.text == 3)
        #expect(parts.framing == 3 + 1 + 1 + 3)
        #expect(parts.images == 85)
        // What the cookbook puts around the two texts, and one for the choice.
        let encoding = try Vocabularies()[.o200kBase]
        let texts = encoding.count("f:") + encoding.count("a:string:")
        #expect(parts.tools == 7 + 3 + 3 + 12 + texts + 1)
        #expect(parts.isEstimate)
    }

    @Test("takes a request of any shape, and refuses only what is no object")
    func shapes() throws {
        for body in [
            "{}", #"{"messages":1}"#, #"{"messages":[1,null,[]],"tools":{},"system":[{}]}"#,
            #"{"input":[{"type":"function_call","name":"f","arguments":"{}"}],"tool_choice":{}}"#,
        ] {
            #expect(try tokens(body).total >= 3)
        }
        for body in ["", "[]", "1", "{"] {
            #expect(throws: CommandFailure(.data, "-: no JSON object")) { try tokens(body) }
        }
    }
}
