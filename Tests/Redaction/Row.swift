import Foundation
import Testing

/// A row of the vectors: a text, what must not come out of it, and what must.
struct Row: Decodable, Sendable, CustomTestStringConvertible {
    var input: String
    var secrets: [String]
    var keep: [String]
    /// Of these, not even 12 characters in a row may come out.
    var bodies: [String] = []
    var cat: String
    var key: String?
    /// The input in pieces, each of which is a write.
    var chunks: [String]?
    var hard: Bool?

    var testDescription: String { "\(cat) \(key ?? "")" }

    init(_ cat: String, _ input: String, secrets: [String], keep: [String], bodies: [String]) {
        self.cat = cat
        self.input = input
        self.secrets = secrets
        self.keep = keep
        self.bodies = bodies
    }

    /// The rows of the file beside the tests.
    static let vectors: [Row] = {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Vectors/redaction-public.jsonl")
        guard let data = try? Data(contentsOf: url) else { return [] }
        return data.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSONDecoder().decode(Row.self, from: $0)
        }
    }()

    /// What is wrong with an output, or nil. It names no secret.
    func fault(of output: String) -> String? {
        if secrets.isEmpty { return output == input ? nil : "a clean text is changed" }
        let bytes = Array(output.utf8)
        let windows = Set(
            bytes.indices.dropLast(11).map { Array(bytes[$0..<($0 + 12)]) })
        for (index, secret) in secrets.enumerated() where output.contains(secret) {
            return "secret \(index) comes out"
        }
        for (index, body) in bodies.enumerated() {
            let body = Array(body.utf8)
            for start in body.indices.dropLast(11)
            where windows.contains(Array(body[start..<(start + 12)])) {
                return "12 characters of body \(index) come out"
            }
        }
        for text in keep where !output.contains(text) { return "`\(text)` is missing" }
        return nil
    }
}
