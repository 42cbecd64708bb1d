import Foundation
import Tokenization

/// Runs `Python/peers.py`, the real tokenizers, over texts.
enum Peers {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct Line: Encodable {
        let text: String
    }

    /// The tokens of each text by the name of the encoding.
    static func tokens(_ texts: [String]) throws -> [[String: [UInt32]]] {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("dd0c-route-peers-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try PublishedForm.write(to: folder)
        let input = folder.appendingPathComponent("texts")
        let output = folder.appendingPathComponent("tokens")
        let encoder = JSONEncoder()
        var lines = Data()
        for text in texts {
            lines.append(try encoder.encode(Line(text: text)))
            lines.append(0x0A)
        }
        try lines.write(to: input)
        try Data().write(to: output)

        let process = Process()
        process.executableURL = Repository.root.appendingPathComponent(".venv/bin/python")
        process.arguments = [
            Repository.root.appendingPathComponent("Tests/Tokenization/Python/peers.py").path,
            folder.path,
        ]
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        // Against a hang only.
        if ended.wait(timeout: .now() + 1800) == .timedOut { process.terminate() }
        guard process.terminationStatus == 0 else {
            throw Failure(description: "peers.py: status \(process.terminationStatus)")
        }
        let decoder = JSONDecoder()
        let tokens = try Data(contentsOf: output).split(separator: 0x0A).map {
            try decoder.decode([String: [UInt32]].self, from: $0)
        }
        guard tokens.count == texts.count else {
            throw Failure(description: "peers.py: \(tokens.count) lines for \(texts.count)")
        }
        return tokens
    }
}
