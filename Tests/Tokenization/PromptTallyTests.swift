import Testing
import Tokenization

@Suite("The prompt of a chat request")
struct PromptTallyTests {
    private func tally(_ model: String, _ family: ModelFamily) throws -> PromptTally {
        let name = ModelEncodings.encoding(forModel: model, family: family).name
        return PromptTally(
            try Repository.encoding(name), ChatFraming(model: model, family: family))
    }

    @Test("is the sum of the cookbook's example, 124 tokens for gpt-4o and 129 for gpt-4")
    func cookbook() throws {
        // "How to count tokens with tiktoken", section 6: the messages and the counts that the API gave.
        let messages: [(role: String, name: String?, content: String)] = [
            (
                "system", nil,
                "You are a helpful, pattern-following assistant that translates corporate jargon into plain English."
            ),
            ("system", "example_user", "New synergies will help drive top-line growth."),
            ("system", "example_assistant", "Things working well together will increase revenue."),
            (
                "system", "example_user",
                "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage."
            ),
            (
                "system", "example_assistant",
                "Let's talk later when we're less busy about how to do better."
            ),
            (
                "user", nil,
                "This late pivot means we don't have time to boil the ocean for the client deliverable."
            ),
        ]
        for (model, expected) in [("gpt-4o", 124), ("gpt-4o-mini", 124), ("gpt-4-0613", 129)] {
            var tally = try tally(model, .openAI)
            for message in messages {
                tally.begin(.message)
                tally.add(.role, message.role)
                tally.add(.content, message.content)
                if let name = message.name {
                    tally.begin(.name)
                    tally.add(.content, name)
                }
            }
            #expect(tally.total.total == expected)
            #expect(!tally.total.isEstimate)
        }
    }

    @Test("has the cookbook's tokens for a function: 101 in all for gpt-4o, 105 for gpt-4")
    func functions() throws {
        // The same, section 7.
        for (model, expected) in [("gpt-4o", 101), ("gpt-4", 105)] {
            var tally = try tally(model, .openAI)
            for (role, content) in [
                (
                    "system",
                    "You are a helpful assistant that can answer to questions about the weather."
                ),
                ("user", "What's the weather like in San Francisco?"),
            ] {
                tally.begin(.message)
                tally.add(.role, role)
                tally.add(.content, content)
            }
            tally.begin(.function)
            tally.add(.definition, "get_current_weather")
            tally.add(.detail, "Get the current weather in a given location")
            tally.begin(.properties)
            tally.begin(.property)
            tally.add(.definition, "location")
            tally.add(.detail, "string")
            tally.add(.detail, "The city and state, e.g. San Francisco, CA")
            tally.begin(.property)
            tally.begin(.enumeration)
            for unit in ["celsius", "fahrenheit"] {
                tally.begin(.enumerationValue)
                tally.add(.definition, unit)
            }
            tally.add(.definition, "unit")
            tally.add(.detail, "string")
            tally.add(.detail, "The unit of temperature to return")
            #expect(tally.total.total == expected)
            #expect(tally.total.isEstimate)
        }
    }

    @Test("does not depend on where its texts are cut")
    func fragments() throws {
        var whole = try tally("gpt-4o", .openAI)
        var cut = whole
        let text = "Gives the price. In cents...  "
        for field in [PromptTally.Field.content, .detail, .definition, .role] {
            whole.add(field, text)
            cut.begin(field)
            for byte in text.utf8 { withUnsafeBytes(of: byte) { cut.append($0) } }
            var ended = whole
            ended.end()
            #expect(cut.total == ended.total)
            cut.end()
        }
        #expect(cut.total == whole.total)
    }

    @Test("has images by the published rules")
    func images() {
        func openAI(_ id: String, _ width: Int, _ height: Int, low: Bool = false) -> Int {
            ImageRule(openAIModel: id).tokens(.init(width: width, height: height), isLowDetail: low)
        }
        // OpenAI's vision guide: 1024 by 1024 is 765, 2048 by 4096 is 1105, low detail 85.
        #expect(openAI("gpt-4o", 1024, 1024) == 765)
        #expect(openAI("gpt-4o", 2048, 4096) == 1105)
        #expect(openAI("gpt-4o", 4096, 8192, low: true) == 85)
        #expect(openAI("gpt-4o-mini", 512, 512) == 2833 + 5667)
        // Of the data set that the notes on the rule name.
        #expect(openAI("gpt-6", 256, 256) == 77)
        #expect(openAI("gpt-6", 1024, 1024) == 1229)
        #expect(openAI("gpt-4.1-mini", 100_000, 100_000) == 2489)
        let claude = ImageRule(claudeModel: "claude-opus-4-7")
        #expect(claude.tokens(.init(width: 512, height: 512)) == 361 + 4)
        #expect(claude.tokens(.init(width: 1024, height: 1024)) == 1369 + 4)
        #expect(claude.tokens(.init(width: Int.max, height: -1)) > 0)
        let old = ImageRule(claudeModel: "claude-3-5-sonnet-20241022")
        #expect(old.tokens(.init(width: 5000, height: 5000)) == 1568 + 4)
    }
}
