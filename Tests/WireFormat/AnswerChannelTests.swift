import Testing

@testable import WireFormat

@Suite("The texts of an answer are told apart, as a tokenizer counts them")
struct AnswerChannelTests {
    static func texts(_ events: [String], _ dialect: Dialect) -> String {
        let body = Array(events.map { "data: \($0)\n\n" }.joined().utf8)
        let whole = Transcript.scan(body, dialect).transcript.texts
        #expect(
            Transcript.scan(body, dialect, cuts: Array(1..<body.count)).transcript.texts == whole)
        return whole
    }

    static func document(_ text: String, _ dialect: Dialect) -> String {
        let body = Array(text.utf8)
        let whole = Transcript.scan(body, dialect, isEventStream: false).transcript.texts
        let cut = Transcript.scan(
            body, dialect, isEventStream: false, cuts: Array(1..<body.count))
        #expect(cut.transcript.texts == whole)
        return whole
    }

    @Test("Chat completions: content, reasoning, refusal and each call of each choice")
    func chat() {
        let found = Self.texts(
            [
                #"{"choices":[{"index":1,"delta":{"reasoning_content":"r","content":"a"}}]}"#,
                #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{"}},"#
                    + #"{"index":1,"function":{"name":"g","arguments":"["}}],"content":"c"}}]}"#,
                #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"]"}}]}}]}"#,
                #"{"choices":[{"index":1,"delta":{"refusal":"no","content":null,"audio":{"data":"x"}}}]}"#,
            ], .chatCompletions)
        #expect(
            found == "0.content0=c 0.callName0=f 0.callName1=g 0.callArguments0={ "
                + "0.callArguments1=[] 1.content0=a 1.reasoning0=r 1.refusal0=no 1.other0=")
    }

    @Test("A chat answer that is no stream")
    func chatDocument() {
        let found = Self.document(
            #"{"choices":[{"message":{"content":[{"text":"a"},{"text":"b"}],"tool_calls":["#
                + #"{"function":{"name":"f","arguments":"x"}},{"function":{"name":"g"}}]}},"#
                + #"{"message":{"content":"c","audio":null}}]}"#, .chatCompletions)
        #expect(
            found
                == "0.content0=a 0.content1=b 0.callName0=f 0.callName1=g 0.callArguments0=x 1.content0=c"
        )
    }

    @Test("Anthropic: thinking that is shown, left out, or encrypted, and tools")
    func messages() {
        let found = Self.texts(
            [
                #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}"#,
                #"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"d"}}"#,
                #"{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"t"}}"#,
                #"{"type":"content_block_delta","index":3,"delta":{"type":"thinking_delta","thinking":"h"}}"#,
                #"{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","name":"f","input":{}}}"#,
                #"{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#,
            ], .messages)
        #expect(
            found == "0.reasoning0= 1.reasoning0= 2.content0=t 3.reasoning0=h 4.callName0=f "
                + "4.callArguments0={}")
        #expect(
            Self.document(
                #"{"content":[{"type":"thinking","thinking":"h","signature":"s"},{"type":"text","text":"t"},"#
                    + #"{"type":"tool_use","name":"f","input":{"a":1}}]}"#, .messages)
                == "0.reasoning0=h 1.content0=t 2.callName0=f 2.callArguments0={\"a\":1}")
    }

    @Test("Responses: the event's type says what its delta is")
    func responses() {
        let found = Self.texts(
            [
                #"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":1,"delta":"r"}"#,
                #"{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"a"}"#,
                #"{"type":"response.output_text.delta","output_index":1,"content_index":1,"delta":"b"}"#,
                #"{"type":"response.refusal.delta","output_index":1,"content_index":2,"delta":"n"}"#,
                #"{"type":"response.output_item.added","output_index":2,"item":{"name":"f","arguments":""}}"#,
                #"{"type":"response.function_call_arguments.delta","output_index":2,"delta":"{}"}"#,
                #"{"type":"response.output_item.added","output_index":3,"item":{"encrypted_content":"e"}}"#,
                #"{"type":"response.image_generation_call.partial_image","output_index":4,"partial_image_b64":"x"}"#,
            ], .responses)
        #expect(
            found == "0.reasoning1=r 1.content0=a 1.content1=b 1.refusal2=n 2.callName0=f "
                + "2.callArguments0={} 3.reasoning0= 4.other0=")
        #expect(
            Self.document(
                #"{"output":[{"summary":[{"text":"r"},{"text":"s"}],"encrypted_content":null},"#
                    + #"{"content":[{"text":"a"},{"refusal":"n"}]},{"name":"f","arguments":"x"}]}"#,
                .responses)
                == "0.reasoning0=r 0.reasoning1=s 1.content0=a 1.refusal1=n 2.callName0=f "
                + "2.callArguments0=x")
    }
}
