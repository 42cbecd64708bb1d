/// Which provider's API a stream speaks.
enum Dialect: String, CaseIterable, Sendable {
    case chat
    case responses
    case messages

    var path: String {
        switch self {
        case .chat: "/v1/chat/completions"
        case .responses: "/v1/responses"
        case .messages: "/v1/messages"
        }
    }

    init?(path: String) {
        guard let found = Dialect.allCases.first(where: { $0.path == path }) else { return nil }
        self = found
    }

    /// Events of the mock's streams in front of the first one with a token.
    var eventsBeforeTokens: Int {
        switch self {
        case .chat: 1
        case .responses: 4
        case .messages: 2
        }
    }

    /// Text that only the event that ends a stream holds.
    var terminalMark: [UInt8] {
        switch self {
        case .chat: Array("[DONE]".utf8)
        case .responses: Array("response.completed".utf8)
        case .messages: Array("message_stop".utf8)
        }
    }
}
