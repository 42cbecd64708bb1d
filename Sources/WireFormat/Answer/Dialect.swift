/// The form of an answer: which endpoint of which provider family it comes from.
public enum Dialect: UInt8, CaseIterable, Sendable {
    /// OpenAI `POST /v1/chat/completions`.
    case chatCompletions
    /// OpenAI `POST /v1/completions`.
    case completions
    /// OpenAI `POST /v1/embeddings`.
    case embeddings
    /// OpenAI `POST /v1/responses`.
    case responses
    /// Anthropic `POST /v1/messages`.
    case messages

    /// Whose error formats a client of this endpoint expects.
    public var family: Family { self == .messages ? .anthropic : .openAI }

    /// A provider family.
    public enum Family: UInt8, CaseIterable, Sendable {
        case openAI
        case anthropic
    }
}
