import IPC
import NIOCore
import NIOHTTP1
import WireFormat

/// A request whose head was taken and whose body arrives.
struct IncomingRequest {
    let endpoint: Endpoint
    let query: String
    /// The fields without credentials.
    let headers: HTTPHeaders
    /// The name of the client's key; nil for a credential that no key matches, in `passthrough` mode.
    let keyName: String?
    let credential: ClientCredential
    let startedAt: Int64
    let started: UInt64
    var body = ByteBuffer()
}

/// What the head of a request leads to.
enum HeadDecision {
    /// The body is read and passed on. `continues`: the client waits to be told to send it.
    case receive(IncomingRequest, continues: Bool)
    /// One of the gateway's own answers.
    case answer([UInt8])
    case refuse(GatewayError, Dialect.Family)
}

/// Judges request heads: version, target, method, credential, announced length.
struct HeadJudge {
    let core: WorkerCore

    func judge(_ head: HTTPRequestHead, startedAt: Int64, started: UInt64) -> HeadDecision {
        var headers = head.headers
        let credential = ClientCredential.take(from: &headers)
        let target = RequestTarget(head.uri)
        let family = Self.family(target, headers)
        if let error = Self.wellFormed(head.version, headers) { return .refuse(error, family) }
        switch target {
        case .health:
            guard head.method == .GET || head.method == .HEAD else {
                return .refuse(.wrongMethod, family)
            }
            return .answer(Array("{\"status\":\"ok\"}".utf8))
        case .unknown: return .refuse(.unknownPath, family)
        case .models:
            guard head.method == .GET || head.method == .HEAD else {
                return .refuse(.wrongMethod, family)
            }
            guard let credential else { return .refuse(refused(.missingKey), family) }
            guard core.takesPassthrough || core.identify(credential) != nil else {
                return .refuse(refused(.wrongKey), family)
            }
            return .answer(family == .anthropic ? core.models.anthropic : core.models.openAI)
        case .endpoint(let endpoint, let query):
            guard head.method == .POST else { return .refuse(.wrongMethod, family) }
            guard let credential else { return .refuse(refused(.missingKey), family) }
            let keyName = core.identify(credential)
            guard keyName != nil || core.takesPassthrough else {
                return .refuse(refused(.wrongKey), family)
            }
            var continues = false
            if let expectation = headers.first(name: "expect") {
                guard expectation.lowercased() == "100-continue" else {
                    return .refuse(.expectationFailed, family)
                }
                continues = head.version.minor > 0
            }
            let request = IncomingRequest(
                endpoint: endpoint, query: query, headers: headers,
                keyName: keyName, credential: credential,
                startedAt: startedAt, started: started)
            return .receive(request, continues: continues)
        }
    }

    private func refused(_ error: GatewayError) -> GatewayError {
        core.noteUnauthorised()
        return error
    }

    /// What the decoder lets pass and two servers could still read differently.
    private static func wellFormed(_ version: HTTPVersion, _ headers: HTTPHeaders) -> GatewayError?
    {
        guard version.major == 1 else { return .malformedRequest }
        let hosts = headers["host"].count
        guard hosts == 1 || (hosts == 0 && version.minor == 0) else { return .malformedRequest }
        let codings = headers["transfer-encoding"]
        guard let coding = codings.first else { return nil }
        guard codings.count == 1, coding.lowercased() == "chunked", version.minor > 0,
            !headers.contains(name: "content-length")
        else { return .malformedRequest }
        return nil
    }

    private static func family(_ target: RequestTarget, _ headers: HTTPHeaders) -> Dialect.Family {
        if case .endpoint(let endpoint, _) = target { return endpoint.dialect.family }
        return headers.contains(name: "anthropic-version") ? .anthropic : .openAI
    }
}

extension HTTPRequestHead {
    /// Bytes that the head took on the wire, give or take white space.
    var approximateSize: Int {
        headers.reduce(uri.utf8.count + 16) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
    }
}
