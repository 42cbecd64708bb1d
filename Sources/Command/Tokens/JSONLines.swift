import Foundation
import Tokenization

/// Answers lines of `{"text": …}` with lines of `{"count": …, "tokens": […]}`.
enum JSONLines {
    private struct Line: Decodable {
        let text: String
    }

    /// Each answer is written before the next line is read.
    ///
    /// - Throws: `CommandFailure` for a line that is something else.
    static func answer(_ input: TokenInput, with encoding: Tokenization.Encoding) throws {
        var lines = LineBuffer()
        var number = 0
        func answer(_ line: String) throws {
            number += 1
            try Console.out(Self.answer(line, number, with: encoding))
        }
        try input.read { bytes in for line in lines.add(bytes) { try answer(line) } }
        if let line = lines.finish() { try answer(line) }
    }

    /// The answer to one line. Its number counts lines that are not empty.
    static func answer(
        _ line: String, _ number: Int, with encoding: Tokenization.Encoding
    ) throws(CommandFailure) -> String {
        let json = Data(SurrogateEscapes.repaired(line).utf8)
        guard let parsed = try? JSONDecoder().decode(Line.self, from: json) else {
            throw CommandFailure(.data, "line \(number): no JSON object with a `text`")
        }
        let tokens = encoding.encode(parsed.text)
        let list = tokens.map(String.init).joined(separator: ", ")
        return "{\"count\": \(tokens.count), \"tokens\": [\(list)]}"
    }
}
