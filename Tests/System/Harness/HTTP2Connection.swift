import TestTLS

/// A blocking client that speaks HTTP/2 with a gateway.
final class HTTP2Connection {
    let connection: Connection
    let session: HTTP2Session

    /// - Parameters:
    ///   - receiveBuffer: bytes of the socket's receive buffer; nil leaves the system's.
    ///   - window: what the gateway may send on a stream before it is told to go on.
    /// - Throws: `Connection.Failure`, and what is wrong with the server's side of TLS.
    init(_ gateway: Gateway, receiveBuffer: Int32? = nil, window: Int = 65_535) throws {
        connection = try Connection(
            port: gateway.httpsPort, receiveBuffer: receiveBuffer,
            trusting: String(contentsOfFile: gateway.folder + "/cert.pem", encoding: .utf8),
            protocols: ["h2"])
        session = try HTTP2Session(window: window)
        try push()
    }

    /// Sends what there is to send.
    ///
    /// - Throws: `Connection.Failure`, and what TLS throws.
    func push() throws {
        let bytes = try session.outgoing()
        if !bytes.isEmpty { try connection.send(bytes) }
    }

    /// Begins a stream with the request; its number.
    ///
    /// - Throws: what `push` throws.
    func begin(_ request: Request) throws -> Int {
        let id = try session.request(
            "POST", request.endpoint.rawValue, request.fields, body: Array(request.json.utf8))
        try push()
        return id
    }

    /// Reads, at most so many bytes of the socket at a time, until the condition holds.
    ///
    /// - Throws: what the connection and the session throw.
    func wait(
        for what: String, bite: Int = 65_536, until condition: (HTTP2Session) -> Bool
    ) throws {
        while !condition(session) {
            guard let bytes = try connection.receive(bite) else {
                throw SystemFailure("the connection ended before \(what)")
            }
            try session.receive(bytes)
            try push()
        }
    }

    /// Reads until the stream is over.
    ///
    /// - Throws: what `wait` throws.
    func answer(_ id: Int) throws -> HTTP2Session.Answer? {
        var count = -1
        while let answer = session.answers[id], !answer.isOver {
            count = answer.body.count
            try wait(for: "the end of stream \(id)") {
                $0.answers[id]?.isOver == true || $0.answers[id]?.body.count != count
            }
        }
        return session.answers[id]
    }

    /// Reads until so many bytes of the stream's body have come.
    ///
    /// - Throws: what `wait` throws.
    func body(_ id: Int, count: Int) throws {
        try wait(for: "byte \(count) of stream \(id)") {
            $0.answers[id]?.body.count ?? 0 >= count
        }
    }
}
