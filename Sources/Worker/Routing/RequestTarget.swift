import IPC
import WireFormat

/// What a request line asks for.
enum RequestTarget: Equatable, Sendable {
    /// One of the relayed endpoints; the query as the client sent it, with its question mark.
    case endpoint(Endpoint, query: String)
    case models
    case health
    case unknown

    /// Reads the request line's target, in origin form or absolute form.
    init(_ uri: String) {
        var rest = Substring(uri)
        for scheme in ["http://", "https://"] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            rest = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
        }
        let path = rest.prefix { $0 != "?" && $0 != "#" }
        let query = rest.dropFirst(path.count).prefix { $0 != "#" }
        switch path {
        case "/v1/models": self = .models
        case "/healthz": self = .health
        default:
            guard let endpoint = Endpoint.allCases.first(where: { $0.path == path }) else {
                self = .unknown
                return
            }
            self = .endpoint(endpoint, query: String(query))
        }
    }
}

extension Endpoint {
    /// The form of its answers.
    var dialect: Dialect {
        switch self {
        case .chatCompletions: .chatCompletions
        case .completions: .completions
        case .embeddings: .embeddings
        case .responses: .responses
        case .messages, .countTokens: .messages
        }
    }

    /// Whether the usage chunk has to be asked for.
    var takesStreamOptions: Bool { self == .chatCompletions || self == .completions }
}
