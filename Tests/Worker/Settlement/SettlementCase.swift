import IPC
import Testing
import Tokenization

/// An answer as a provider sends it, how the connections end, and what the record has to say.
struct SettlementCase: Sendable, CustomTestStringConvertible {
    enum API: Sendable {
        case chat, responses, messages

        var path: String {
            switch self {
            case .chat: "/v1/chat/completions"
            case .responses: "/v1/responses"
            case .messages: "/v1/messages"
            }
        }

        /// Where the client asks for the usage chunk itself, so that it sees every byte.
        var request: String {
            switch self {
            case .chat:
                #"{"model":"gpt-x","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#
            case .responses: #"{"model":"gpt-x","stream":true,"input":"a"}"#
            case .messages: #"{"model":"claude-x","stream":true,"max_tokens":9,"messages":[]}"#
            }
        }

        var encoding: Tokenization.EncodingName { self == .messages ? .claude : .o200kBase }
    }

    /// What happens once the client has read everything that it can be given.
    enum Ending: Sendable {
        /// The last chunk.
        case clean
        /// The provider's end of file, without the last chunk.
        case endOfFile
        case reset
        /// The provider holds its connection open.
        case held
        /// The client resets; the provider holds its connection open.
        case clientReset
        /// The client resets; the provider has ended its body.
        case clientResetAfterEnd
    }

    struct Expected: Sendable {
        var outcome = Outcome.completed
        var reason: String?
        var prompt: UInt64?
        var completion: UInt64?
        /// The texts, each counted on its own.
        var texts: [String] = []
        var cached: UInt64?
        var write5m: UInt64?
        var write1h: UInt64?
        var reasoning: UInt64?
        var tier: String?
        /// Events that the client got.
        var events: UInt64?
    }

    var name: String
    var api = API.chat
    var events: [String]
    /// The beginning of an event, whose end never comes: the client gets nothing of it.
    var tail = ""
    var ending = Ending.clean
    var expected: Expected

    var testDescription: String { name }
}
