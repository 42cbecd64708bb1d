import Testing

@testable import WireFormat

@Suite("A prompt is told with the structure that costs tokens, in every endpoint's form")
struct PromptStructureTests {
    static func told(_ body: String) throws -> String {
        var transcript = PromptTranscript()
        _ = try Array(body.utf8).withUnsafeBytes { try RequestScanner.scan($0, &transcript) }
        #expect(transcript.open.isEmpty && !transcript.isBroken)
        return transcript.text
    }

    @Test(
        "prompts and inputs without messages",
        arguments: [
            (#"{"prompt":"a"}"#, "prompt=a"), (#"{"prompt":""}"#, "prompt="),
            (#"{"prompt":["a","b"]}"#, "prompt=a prompt=b"), (#"{"prompt":[1,[2,3]]}"#, "# # #"),
            (#"{"prompt":"a","suffix":"b"}"#, "prompt=a prompt=b"),
            (#"{"input":"a"}"#, "prompt=a"), (#"{"input":[[1],[2]]}"#, "# #"),
            (#"{"input":["a"],"instructions":"b"}"#, "prompt=a system(content=b)"),
            (#"{"input":{"a":1},"prompt":{"id":"x"}}"#, "? ?"), (#"{"prompt":null}"#, ""),
            (#"{"other":"a","text":"b","content":["c"],"name":"d"}"#, ""),
        ])
    func plain(_ body: String, _ expected: String) throws {
        #expect(try Self.told(body) == expected)
    }

    @Test(
        "messages of chat completions",
        arguments: [
            (
                #"{"messages":[{"role":"user","name":"ann","content":"a"},{"content":"b"}]}"#,
                "message(role=user name=ann content=a)message(content=b)"
            ),
            (
                #"{"messages":[{"role":"user","content":["a",{"text":"b"}]}]}"#,
                "message(role=user content=a content=b)"
            ),
            (
                #"{"messages":[{"role":"assistant","content":null,"reasoning_content":"r","#
                    + #""tool_calls":[{"id":"i","type":"function","function":{"name":"f","#
                    + #""arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"i","content":"x"}]}"#,
                "message(role=assistant reasoning=r callName=f callArguments={\"a\":1})"
                    + "message(role=tool content=x)"
            ),
            (
                #"{"messages":[{"function_call":{"name":"f","arguments":"{}"}},{"refusal":"no"}]}"#,
                "message(callName=f callArguments={})message(content=no)"
            ),
            (
                #"{"messages":[{"content":[{"type":"image_url","image_url":{"detail":"low","url":"u"}},"#
                    + #"{"type":"image_url","image_url":"https://a/b.png"},"#
                    + #"{"type":"input_audio","input_audio":{"data":"x"}},{"file":{"file_id":"f"}}]}]}"#,
                "message(image:low image ? ?)"
            ),
            (
                #"{"messages":[1,null,"a",[{"content":"b"}],{"content":{"text":"c"}}]}"#,
                "message(content=c)"
            ),
            (#"{"messages":{"content":"a"}}"#, ""),
            (#"{"response_format":{"type":"json_object"},"messages":[]}"#, ""),
            (#"{"response_format":{"type":"json_schema","json_schema":{"name":"n"}}}"#, "?"),
        ])
    func chat(_ body: String, _ expected: String) throws {
        #expect(try Self.told(body) == expected)
    }

    @Test(
        "items of responses",
        arguments: [
            (
                #"{"instructions":"s","input":[{"type":"message","role":"user","content":["#
                    + #"{"type":"input_text","text":"a"},{"type":"input_image","detail":"high","#
                    + #""image_url":"https://a/b"},{"type":"input_file","file_id":"f"}]}]}"#,
                "system(content=s)message(role=user content=a image:high ?)"
            ),
            (
                #"{"input":[{"type":"function_call","name":"f","arguments":"{}","call_id":"c"},"#
                    + #"{"type":"function_call_output","call_id":"c","output":"o"},"#
                    + #"{"type":"reasoning","summary":[{"type":"summary_text","text":"r"}],"#
                    + #""encrypted_content":"e"},{"type":"reasoning","encrypted_content":null}]}"#,
                "message(callName=f callArguments={})message(content=o)message(content=r ?)message()"
            ),
            (#"{"text":{"format":{"type":"text"},"verbosity":"low"},"input":"a"}"#, "prompt=a"),
            (#"{"text":{"format":{"type":"json_schema","schema":{}}}}"#, "?"),
            (#"{"previous_response_id":"r"}"#, "?"), (#"{"previous_response_id":null}"#, ""),
        ])
    func responses(_ body: String, _ expected: String) throws {
        #expect(try Self.told(body) == expected)
    }

    @Test(
        "messages of Anthropic",
        arguments: [
            (
                #"{"system":"s","messages":[{"role":"user","content":"b"}]}"#,
                "system(content=s)message(role=user content=b)"
            ),
            (
                #"{"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},{"text":"b"}]}"#,
                "system(content=a content=b)"
            ),
            (
                #"{"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"t","#
                    + #""signature":"s"},{"type":"redacted_thinking","data":"d"},"#
                    + #"{"type":"tool_use","id":"i","name":"f","input":{"a": [1,"b"]}}]}]}"#,
                "message(role=assistant reasoning=t ? callName=f callArguments={\"a\": [1,\"b\"]})"
            ),
            (
                #"{"messages":[{"content":[{"type":"tool_result","tool_use_id":"i","content":["#
                    + #"{"type":"text","text":"x"},{"type":"image","source":{"type":"url","url":"u"}}]},"#
                    + #"{"type":"tool_result","content":"y"}]}]}"#,
                "message(content=x image content=y)"
            ),
            (
                #"{"messages":[{"content":[{"type":"document","source":{"type":"base64","#
                    + #""media_type":"application/pdf","data":"JVBE"}},"#
                    + #"{"source":{"data":"x","type":"text"},"type":"document"},"#
                    + #"{"source":{"type":"file","file_id":"f"},"type":"image"}]}]}"#,
                "message(? ? image)"
            ),
        ])
    func anthropic(_ body: String, _ expected: String) throws {
        #expect(try Self.told(body) == expected)
    }

    @Test(
        "tools of every form",
        arguments: [
            (
                #"{"tools":[{"type":"function","function":{"name":"f","description":"d.","#
                    + #""parameters":{"type":"object","properties":{"p":{"type":"string","#
                    + #""description":"q","enum":["a","b"]},"n":true},"required":["p"]}}}]}"#,
                "tool(toolName=f toolDescription=d. propertyName=p property(propertyType=string "
                    + "propertyDescription=q enumItem=a enumItem=b)propertyName=n)"
            ),
            (
                #"{"tools":[{"name":"f","input_schema":{"properties":{"o":{"type":["object","null"],"#
                    + #""properties":{"i":{"items":{"type":"number"}}}}}}}]}"#,
                "tool(toolName=f propertyName=o property(propertyName=i property("
                    + "property(propertyType=number))))"
            ),
            (
                #"{"functions":[{"name":"f","parameters":{"properties":{"a":{"anyOf":[{"type":"x"},{"type":"y"}]}}}}]}"#,
                "tool(toolName=f propertyName=a property(property(propertyType=x)property(propertyType=y)))"
            ),
            (#"{"tools":[{"type":"custom","custom":{"name":"c"}}]}"#, "tool(toolName=c)"),
            (#"{"tools":[{"type":"web_search"}]}"#, "tool()"),
            (#"{"tool_choice":"auto"}"#, "toolChoice=auto"),
            (#"{"tool_choice":{"type":"any"}}"#, "toolChoice(toolChoice=any)"),
            (
                #"{"tool_choice":{"type":"function","function":{"name":"f"}}}"#,
                "toolChoice(toolChoice=function toolChoiceName=f)"
            ),
            (
                #"{"tool_choice":{"type":"tool","name":"f"}}"#,
                "toolChoice(toolChoice=tool toolChoiceName=f)"
            ),
            (#"{"function_call":{"name":"f"}}"#, "toolChoice(toolChoiceName=f)"),
            (
                #"{"tools":[{"name":"f","input_schema":{"properties":{"a name of more than forty-eight bytes, which is long":{}}}}]}"#,
                "tool(toolName=f propertyName=a name of more than forty-eight bytes, which is long property())"
            ),
        ])
    func tools(_ body: String, _ expected: String) throws {
        #expect(try Self.told(body) == expected)
    }

    @Test("What lies too deep to mean anything is still JSON, and everything that began ends")
    func deep() throws {
        var body = #"{"tools":[{"name":"f","input_schema":{"properties":"#
        body += String(repeating: #"{"a":{"properties":"#, count: 100) + "{}"
        body += String(repeating: "}}", count: 100) + "}}]}"
        #expect(try Self.told(body).contains("property(propertyName=a property("))
    }

    @Test("Bodies changed at random never break the order of what is told")
    func random() {
        let seed = Array(
            (#"{"system":[{"text":"a"}],"messages":[{"role":"user","content":[{"type":"image","source":"#
                + #"{"data":"iVBORw0KGgo="}},{"text":"b"},{"name":"f","input":{"a":[1]}}]}],"tools":[{"name":"f","#
                + #""input_schema":{"properties":{"p":{"enum":["x"],"type":"y"}}}}],"prompt":[1,"c",[2]]}"#)
                .utf8)
        var random = Seeded(9)
        var accepted = 0
        for _ in 0..<20_000 {
            var body = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<body.count, using: &random)
                let other = Int.random(in: 0..<body.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: body[place] = body[other]
                case 1:
                    body.removeSubrange(
                        min(place, other)..<min(max(place, other), min(place, other) + 9))
                default: body.insert(contentsOf: body[other...].prefix(12), at: place)
                }
            }
            var transcript = PromptTranscript()
            guard (try? body.withUnsafeBytes({ try RequestScanner.scan($0, &transcript) })) != nil
            else { continue }
            accepted += 1
            #expect(transcript.open.isEmpty && !transcript.isBroken)
        }
        #expect(accepted > 500)
    }
}
