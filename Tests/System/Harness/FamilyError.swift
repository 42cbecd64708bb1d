import Foundation
import Testing

/// The form in which each family's API writes an error.
enum FamilyError {
    private struct OpenAI: Decodable {
        struct Inner: Decodable {
            var message: String
            var type: String
        }
        var error: Inner
    }

    private struct Anthropic: Decodable {
        struct Inner: Decodable {
            var type: String
            var message: String
        }
        var type: String
        var error: Inner
    }

    static func expect(_ body: [UInt8], _ endpoint: Request.Endpoint, _ what: String) {
        let data = Data(body)
        let text = String(decoding: body, as: UTF8.self)
        if endpoint == .messages {
            let error = try? JSONDecoder().decode(Anthropic.self, from: data)
            #expect(error?.type == "error", "\(what): \(text)")
            #expect(error?.error.message.isEmpty == false, "\(what): \(text)")
        } else {
            let error = try? JSONDecoder().decode(OpenAI.self, from: data)
            #expect(error?.error.message.isEmpty == false, "\(what): \(text)")
            #expect(error?.error.type.isEmpty == false, "\(what): \(text)")
        }
    }
}
