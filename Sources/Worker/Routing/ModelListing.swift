import Configuration
import Foundation

/// The answer to `GET /v1/models`: the models of the configuration that have a name without wildcards.
/// Made once, at the start.
struct ModelListing: Sendable {
    let openAI: [UInt8]
    let anthropic: [UInt8]

    private struct OpenAIList: Encodable {
        struct Model: Encodable {
            let id: String
            let object = "model"
            let created = 0
            let owned_by: String
        }
        let object = "list"
        let data: [Model]
    }

    private struct AnthropicList: Encodable {
        struct Model: Encodable {
            let type = "model"
            let id: String
            let display_name: String
            let created_at = "1970-01-01T00:00:00Z"
        }
        let data: [Model]
        let has_more = false
        let first_id: String?
        let last_id: String?
    }

    /// - Throws: what `JSONEncoder` throws.
    init(_ configuration: WorkerConfiguration) throws {
        let rules = configuration.models.filter { !$0.match.contains("*") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        openAI = Array(
            try encoder.encode(
                OpenAIList(data: rules.map { .init(id: $0.match, owned_by: $0.provider) })))
        anthropic = Array(
            try encoder.encode(
                AnthropicList(
                    data: rules.map { .init(id: $0.match, display_name: $0.match) },
                    first_id: rules.first?.match, last_id: rules.last?.match)))
    }
}
