/// Requests as raw HTTP/1.1 bytes.
struct Request: Sendable {
    enum Endpoint: String, CaseIterable, Sendable {
        case chat = "/v1/chat/completions"
        case completions = "/v1/completions"
        case embeddings = "/v1/embeddings"
        case responses = "/v1/responses"
        case messages = "/v1/messages"
    }

    var endpoint = Endpoint.chat
    var model = "mock"
    /// The header `x-mock`.
    var mock = ""
    var streams = true
    var includesUsage = false
    var key: String? = Gateway.clientKey
    /// In place of the JSON that the other members make.
    var body: String?
    var extraHeaders: [(String, String)] = []
    /// Bytes at the request's end that are not sent.
    var missing = 0
    /// What is sent behind it.
    var more: [UInt8] = []

    var bytes: [UInt8] {
        let body = body ?? json
        var head = "POST \(endpoint.rawValue) HTTP/1.1\r\nHost: localhost\r\n"
        if let key {
            head +=
                endpoint == .messages ? "x-api-key: \(key)\r\n" : "Authorization: Bearer \(key)\r\n"
        }
        if endpoint == .messages { head += "anthropic-version: 2023-06-01\r\n" }
        if !mock.isEmpty { head += "x-mock: \(mock)\r\n" }
        for (name, value) in extraHeaders { head += "\(name): \(value)\r\n" }
        head += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        return Array((head + body).utf8).dropLast(missing) + more
    }

    /// The header fields as HTTP/2 has them.
    var fields: [(String, String)] {
        var fields = [("content-type", "application/json")]
        if let key {
            fields.append(
                endpoint == .messages ? ("x-api-key", key) : ("authorization", "Bearer \(key)"))
        }
        if endpoint == .messages { fields.append(("anthropic-version", "2023-06-01")) }
        if !mock.isEmpty { fields.append(("x-mock", mock)) }
        return fields + extraHeaders
    }

    /// The body that the members make.
    var json: String {
        var members = ["\"model\":\"\(model)\""]
        switch endpoint {
        case .chat: members.append("\"messages\":[{\"role\":\"user\",\"content\":\"Grüße 水\"}]")
        case .messages:
            members.append("\"max_tokens\":1000")
            members.append("\"messages\":[{\"role\":\"user\",\"content\":\"Grüße 水\"}]")
        case .completions: members.append("\"prompt\":\"Grüße 水\"")
        case .embeddings, .responses: members.append("\"input\":\"Grüße 水\"")
        }
        if endpoint != .embeddings { members.append("\"stream\":\(streams)") }
        if includesUsage { members.append("\"stream_options\":{\"include_usage\":true}") }
        return "{\(members.joined(separator: ","))}"
    }

    static func get(_ path: String, key: String? = nil) -> [UInt8] {
        let authorization = key.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        return Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(authorization)\r\n".utf8)
    }
}
