import Foundation

/// `Benchmarks/latency-gate`.
enum Gate {
    static let script = Repository.root.appendingPathComponent("Benchmarks/latency-gate")

    /// What it says of a result's text.
    static func outcome(of text: String, _ options: [String] = []) throws -> Outcome {
        let folder = try TemporaryFolder()
        return try outcome(ofFile: folder.write(text, to: "latency.json"), options)
    }

    static func outcome(ofFile path: String, _ options: [String] = []) throws -> Outcome {
        try Outcome(of: script, [path] + options)
    }
}
