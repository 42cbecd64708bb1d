/// What the client asked for.
public enum Endpoint: UInt8, CaseIterable, Sendable {
    case chatCompletions = 1
    case completions = 2
    case embeddings = 3
    case responses = 4
    case messages = 5
    case countTokens = 6

    /// The path of the request, as records and logs show it.
    public var path: String {
        switch self {
        case .chatCompletions: "/v1/chat/completions"
        case .completions: "/v1/completions"
        case .embeddings: "/v1/embeddings"
        case .responses: "/v1/responses"
        case .messages: "/v1/messages"
        case .countTokens: "/v1/messages/count_tokens"
        }
    }
}
