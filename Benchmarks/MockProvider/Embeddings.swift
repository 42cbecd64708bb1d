import Foundation

/// OpenAI's `POST /v1/embeddings`: vectors of 8 numbers, as text or as base64 of little-endian floats.
enum Embeddings {
    static func whole(_ query: Query, _ directives: Directives) -> JSON {
        var source = WordSource(seed: directives.seed)
        let data = (0..<query.inputs).map { index in
            let vector = (0..<8).map { _ in Float(source.fraction()) }
            let embedding: JSON =
                query.wantsBase64
                ? .string(base64(vector)) : .array(vector.map { .double(Double($0)) })
            return ["object": "embedding", "index": .int(index), "embedding": embedding] as JSON
        }
        return [
            "object": "list", "data": .array(data), "model": .string(query.model),
            "usage": [
                "prompt_tokens": .int(directives.promptTokens),
                "total_tokens": .int(directives.promptTokens),
            ],
        ]
    }

    private static func base64(_ vector: [Float]) -> String {
        var bytes = Data()
        for value in vector {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes.base64EncodedString()
    }
}
