/// What one client of many does: its number decides.
enum ClientKind: Int, CaseIterable {
    case chat
    case messages
    case responses
    case completions
    /// Streams that end one after the other, some right when the service is killed.
    case short
    /// Reads nothing for a while.
    case slow
    /// Leaves in the middle.
    case leaver
    /// Asks for an answer that is no stream.
    case whole

    init(_ index: Int) { self = Self.allCases[index % Self.allCases.count] }

    /// Whether three events of its stream come before it ends.
    var isLong: Bool { self != .short && self != .whole }

    /// Its model says which request of which round it is.
    ///
    /// - Parameter chunks: how many of content a long stream has, two a second.
    static func request(_ index: Int, round: String, chunks: Int) -> Request {
        let kind = ClientKind(index)
        let long = "n=\(chunks)&us=500000&seed=\(index)"
        var request = Request(model: "mock-\(round)-\(index)")
        switch kind {
        case .chat: request.mock = long
        case .messages:
            request.endpoint = .messages
            request.model = "claude-\(round)-\(index)"
            request.mock = long
        case .responses:
            request.endpoint = .responses
            request.mock = long
        case .completions:
            request.endpoint = .completions
            request.mock = long
        case .short: request.mock = "n=\(3 + index / allCases.count % 20)&us=100000&seed=\(index)"
        case .slow: request.mock = "n=\(chunks)&us=50000&size=8000&seed=\(index)"
        case .leaver: request.mock = long
        case .whole:
            request.streams = false
            request.mock = "delay_us=\(index * 8_000)&seed=\(index)"
        }
        return request
    }
}
