import Foundation

/// What a request's body says, as far as the mock looks.
struct Query: Hashable, Sendable {
    var model = "mock"
    var streams = false
    /// `stream_options.include_usage`.
    var includesUsage = false
    /// `encoding_format: base64` of embeddings.
    var wantsBase64 = false
    /// How many texts an embeddings request holds.
    var inputs = 1
    /// The text of the last message, of `prompt` or of `input`; empty where that is none.
    var text = ""

    init() {}

    /// Reads a JSON body; nil where it is none.
    init?(_ body: Data) {
        guard let value = try? JSONSerialization.jsonObject(with: body),
            let object = value as? [String: Any]
        else { return nil }
        model = object["model"] as? String ?? "mock"
        streams = object["stream"] as? Bool ?? false
        let options = object["stream_options"] as? [String: Any]
        includesUsage = options?["include_usage"] as? Bool ?? false
        wantsBase64 = object["encoding_format"] as? String == "base64"
        inputs = (object["input"] as? [Any])?.count ?? 1
        let last = (object["messages"] as? [[String: Any]])?.last?["content"]
        text = (last ?? object["prompt"] ?? object["input"]) as? String ?? ""
    }
}
