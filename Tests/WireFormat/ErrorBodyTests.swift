import Testing

@testable import WireFormat

@Suite("The gateway's own errors have the providers' forms")
struct ErrorBodyTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("as bodies")
    func bodies() {
        #expect(
            text(
                ErrorBody.json(
                    .openAI, type: "invalid_request_error", message: "No \"such\" model\n",
                    code: "model_not_found", parameter: "model"))
                == #"{"error":{"message":"No \"such\" model\u000a","type":"invalid_request_error","#
                + #""param":"model","code":"model_not_found"}}"#)
        #expect(
            text(ErrorBody.json(.openAI, type: "a", message: "b"))
                == #"{"error":{"message":"b","type":"a","param":null,"code":null}}"#)
        #expect(
            text(ErrorBody.json(.anthropic, type: "api_error", message: "b", code: "c"))
                == #"{"type":"error","error":{"type":"api_error","message":"b"}}"#)
    }

    @Test("as events that the scanner knows for errors", arguments: Dialect.allCases)
    func events(_ dialect: Dialect) {
        let event = ErrorBody.event(
            dialect, type: "api_error", message: "Provider failed", code: "provider_failed",
            sequenceNumber: 4)
        let found = Transcript.scan(event, dialect)
        #expect(found.transcript.kinds == [.error])
        #expect(found.facts.errorSeen)
        #expect(!found.facts.terminalSeen)
        #expect(found.facts.malformedEvents == 0)
        #expect(found.facts.sequenceNumber == (dialect == .responses ? 4 : nil))
    }

    @Test("as events, byte for byte")
    func eventBytes() {
        #expect(
            text(ErrorBody.event(.chatCompletions, type: "t", message: "m"))
                == "data: {\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":null,\"code\":null}}\n\n"
        )
        #expect(
            text(ErrorBody.event(.messages, type: "t", message: "m"))
                == "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"t\",\"message\":\"m\"}}\n\n"
        )
        #expect(
            text(ErrorBody.event(.responses, type: "t", message: "m", sequenceNumber: 9))
                == "event: error\ndata: {\"type\":\"error\",\"code\":\"t\",\"message\":\"m\","
                + "\"param\":null,\"sequence_number\":9}\n\n")
    }
}
