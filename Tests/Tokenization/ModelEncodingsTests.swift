import Testing
import Tokenization

@Suite("A model's encoding")
struct ModelEncodingsTests {
    @Test(
        "is that of the longest entry of the table",
        arguments: [
            ("gpt-4o-2024-08-06", EncodingName.o200kBase, true), ("gpt-4", .cl100kBase, true),
            ("gpt-4-turbo-2024-04-09", .cl100kBase, true), ("gpt-4.1-mini", .o200kBase, true),
            ("gpt-5.2-codex", .o200kBase, true), ("gpt-6", .o200kBase, true),
            ("o3", .o200kBase, true),
            ("gpt-35-turbo-16k", .cl100kBase, true), ("chatgpt-4o-latest", .o200kBase, true),
            ("text-embedding-3-large", .cl100kBase, true), ("text-davinci-003", .p50kBase, true),
            ("text-davinci-001", .p50kBase, false), ("gpt-oss-120b", .o200kBase, true),
            // Fine-tunes are what they were made of.
            ("ft:gpt-4.1-mini:org::id", .o200kBase, true), ("ft:gpt-4:org::id", .cl100kBase, true),
            ("ft:o4-mini-2025-04-16:org::id", .o200kBase, true),
            ("openai/gpt-4o-mini", .o200kBase, true),
            // Not in the table.
            ("gpt-4.9-new", .o200kBase, false), ("something", .o200kBase, false),
            ("", .o200kBase, false),
        ])
    func openAI(_ id: String, _ name: EncodingName, _ isExact: Bool) {
        #expect(
            ModelEncodings.encoding(forModel: id, family: .openAI)
                == ModelEncoding(name: name, isExact: isExact))
    }

    @Test("of Claude is exact up to Claude 2 only")
    func claude() {
        func encoding(_ id: String) -> ModelEncoding {
            ModelEncodings.encoding(forModel: id, family: .anthropic)
        }
        for id in ["claude-2", "claude-2.1", "claude-instant-1.2"] {
            #expect(encoding(id) == ModelEncoding(name: .claude, isExact: true))
        }
        for id in ["claude-3-opus-20240229", "claude-sonnet-4-5", "claude-20", "new"] {
            #expect(encoding(id) == ModelEncoding(name: .claude, isExact: false))
        }
    }

    @Test("of nobody knows whom is an estimate")
    func unknown() {
        #expect(
            ModelEncodings.encoding(forModel: "llama-4", family: .unknown)
                == ModelEncoding(name: .o200kBase, isExact: false))
    }
}
