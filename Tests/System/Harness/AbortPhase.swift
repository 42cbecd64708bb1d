/// A moment in a request's life at which a client can leave, and how a test gets it there.
enum AbortPhase: String, CaseIterable, Sendable {
    /// The client has sent a part of its request.
    case halfRequest = "half a request"
    case connect
    case handshake = "TLS handshake"
    /// The provider does not read the request.
    case upload
    /// Nothing of the answer has come.
    case head = "before the head"
    case firstEvent = "before the first event"
    case stream = "in the stream"
    case pause = "in a pause"
    /// The client does not read; the provider sends as fast as it can.
    case slowReader = "slow reader"
    /// The client has sent further requests behind the one that is answered.
    case pipelined = "behind pipelined requests"
    case whole = "non-streaming"

    /// How many clients of 106 leave in it: 100 whose end some provider sees, and 6 that none ever hears of.
    var share: Int {
        switch self {
        case .slowReader: 2
        case .halfRequest: 6
        case .upload: 7
        case .pipelined: 8
        case .connect, .handshake: 9
        default: 13
        }
    }

    /// Whether the mock gets to see the request.
    var reachesMock: Bool {
        switch self {
        case .halfRequest, .connect, .handshake: false
        default: true
        }
    }

    /// Events that the client waits for; nil: not even the head.
    var events: Int? {
        switch self {
        case .firstEvent, .slowReader: 0
        case .stream, .pipelined, .pause: 4
        default: nil
        }
    }

    /// Whether the client has none of the answer's text.
    var isBeforeFirstToken: Bool { events ?? 0 == 0 && self != .slowReader }

    func request(_ number: Int) -> Request {
        var request = Request(model: "mock-\(number)")
        switch self {
        case .halfRequest: request.missing = 5
        case .connect: request.model = "unreachable-\(number)"
        case .handshake: request.model = "silent-\(number)"
        case .upload:
            let text = String(repeating: "word ", count: 50_000)
            request.body =
                #"{"model":"mock-\#(number)","stream":true,"#
                + #""messages":[{"role":"user","content":"\#(text)"}]}"#
            request.mock = "fault=no_read"
        case .head: request.mock = "fault=stall_before_head"
        case .firstEvent: request.mock = "first_us=50000000"
        case .stream: request.mock = "n=300&us=20000"
        case .pause: request.mock = "fault=stall_mid&at=4"
        case .slowReader: request.mock = "n=320&size=16000"
        case .pipelined:
            request.mock = "n=300&us=20000"
            var second = Request(model: "never-\(number)")
            second.body = String(repeating: "x", count: 300_000)
            request.more = second.bytes
        case .whole:
            request.mock = "fault=stall_before_head"
            request.streams = false
        }
        if !request.mock.isEmpty { request.mock += "&seed=\(number)" }
        return request
    }
}
