import TestTLS

@testable import Worker

/// A blocking client that speaks HTTP/2 with a worker.
final class HTTP2Client {
    let socket: RawSocket
    let session: HTTP2Session

    init(_ rig: WorkerRig, window: Int = 65_535, receiveBuffer: Int32? = nil) throws {
        socket = try rig.client(receiveBuffer: receiveBuffer)
        session = try HTTP2Session(window: window)
        try socket.secure(
            TLSSession(trusting: TestIdentity.certificate, protocols: ["h2", "http/1.1"]))
        try push()
    }

    /// Sends what there is to send.
    func push() throws {
        let bytes = try session.outgoing()
        if !bytes.isEmpty { try socket.send(bytes) }
    }

    /// Begins a chat stream; its number.
    func post(
        _ body: String = #"{"model":"gpt-x","stream":true,"messages":[]}"#,
        key: String? = WorkerRig.key, fields: [(String, String)] = []
    ) throws -> Int {
        let credential = key.map { [("authorization", "Bearer \($0)")] } ?? []
        let id = try session.request(
            "POST", "/v1/chat/completions", credential + fields, body: Array(body.utf8))
        try push()
        return id
    }

    /// Reads until the condition holds.
    func wait(until condition: (HTTP2Session) -> Bool) throws {
        while !condition(session) {
            guard let bytes = try socket.readSome() else {
                throw RawSocket.Failure.ended(seen: "\(session.answers) \(session.goodbyes)")
            }
            try session.receive(bytes)
            try push()
        }
    }

    /// Reads until the stream is over.
    func answer(_ id: Int) throws -> HTTP2Session.Answer {
        while true {
            if let answer = session.answers[id], answer.isOver { return answer }
            let seen = session.answers[id]?.body.count
            try wait { $0.answers[id]?.isOver == true || $0.answers[id]?.body.count != seen }
        }
    }

    /// Reads until so much of the stream's body has come.
    func body(_ id: Int, count: Int) throws {
        try wait { $0.answers[id]?.body.count ?? 0 >= count }
    }

    /// Reads to the end of the connection.
    func readToEnd() throws {
        while let bytes = try socket.readSome() { try session.receive(bytes) }
    }
}
