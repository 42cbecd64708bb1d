/// A response before it is cut into writes.
struct Answer: Equatable, Sendable {
    enum Body: Equatable, Sendable {
        case whole(String)
        case events([ServerSentEvent])
    }

    var status = 200
    var headers: [(String, String)] = []
    var body: Body

    static func == (left: Answer, right: Answer) -> Bool {
        left.status == right.status && left.body == right.body
            && left.headers.elementsEqual(right.headers, by: ==)
    }
}

/// The wire protocol of a provider's family.
enum Family: Equatable, Sendable {
    case openai
    case anthropic

    /// The body of an error as the family's API writes it.
    func error(status: Int, message: String) -> JSON {
        switch self {
        case .openai:
            [
                "error": [
                    "message": .string(message), "type": .string(errorType(status)), "param": .null,
                    "code": status == 429 ? "rate_limit_exceeded" : .null,
                ]
            ]
        case .anthropic:
            [
                "type": "error",
                "error": ["type": .string(errorType(status)), "message": .string(message)],
                "request_id": "req_mock",
            ]
        }
    }

    private func errorType(_ status: Int) -> String {
        switch (self, status) {
        case (.openai, 401), (.anthropic, 401): "authentication_error"
        case (.openai, 404): "invalid_request_error"
        case (.anthropic, 404): "not_found_error"
        case (.openai, 429): "requests"
        case (.anthropic, 429): "rate_limit_error"
        case (.anthropic, 529): "overloaded_error"
        case (.openai, 500...): "server_error"
        case (.anthropic, 500...): "api_error"
        default: "invalid_request_error"
        }
    }
}
