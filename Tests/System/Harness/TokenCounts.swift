import Foundation

/// Counts of tokens that the product has no part in: those of tiktoken, in a Python process.
enum TokenCounts {
    /// The counts of each text by the name of the encoding.
    ///
    /// - Throws: `SystemFailure`, and what writing files throws.
    static func of(_ texts: [String]) throws -> [[String: Int]] {
        let folder = try Product.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let lines = try texts.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        try (lines.joined(separator: "\n") + "\n").write(
            toFile: folder + "/texts", atomically: false, encoding: .utf8)
        let vocabularies = "\(Product.repository)/Sources/Tokenization/Resources"
        let output = try Python.run("token_counts.py", [vocabularies, folder + "/texts"])
        let counts = try output.split(separator: "\n").map {
            try JSONDecoder().decode([String: Int].self, from: Data($0.utf8))
        }
        guard counts.count == texts.count else {
            throw SystemFailure("token_counts.py: \(counts.count) lines for \(texts.count) texts")
        }
        return counts
    }
}
