/// One record as `GET /usage` gives it, as far as the checker looks.
struct LedgerEntry: Equatable, Sendable, Decodable {
    struct Tokens: Equatable, Sendable, Decodable {
        var reported: Int?
        var produced: Int?
        var delivered: Int?
        var billed: Int?
        var source: String?
    }

    var id: String
    var model: String?
    var outcome: String?
    var status: Int?
    var reason: String?
    var promptTokens: Tokens
    var completionTokens: Tokens
    var bytesFlushed: Int?
    var bytesAcknowledged: Int?
    var worker: Int?
    var generation: Int?

    enum CodingKeys: String, CodingKey {
        case id, model, outcome, status, reason, worker, generation
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
        case bytesFlushed = "bytes_flushed"
        case bytesAcknowledged = "bytes_acknowledged"
    }

    var tag: Int? { model.flatMap { StreamOrder.tag(ofModel: $0) } }
    var billed: Int { completionTokens.billed ?? 0 }
}

extension LedgerEntry: CustomStringConvertible {
    var description: String {
        let worker = worker.map { "worker \($0)" } ?? "no worker"
        let counts = [
            ("reported", completionTokens.reported), ("produced", completionTokens.produced),
            ("delivered", completionTokens.delivered), ("billed", completionTokens.billed),
            ("prompt billed", promptTokens.billed), ("flushed", bytesFlushed),
            ("acknowledged", bytesAcknowledged),
        ].compactMap { name, value in value.map { "\(name) \($0)" } }
        return "\(id) \(model ?? "no model") \(outcome ?? "open") \(status ?? 0) \(reason ?? "") "
            + "\(worker) generation \(generation ?? 0): \(counts.joined(separator: ", "))"
    }
}
