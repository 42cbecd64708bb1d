import Foundation
import Tokenization

/// Measures the encodings over documents, for `Benchmarks/tokens-vs-others`, which measures the other
/// tokenizers over the same ones.
///
/// `TokensBenchmark VOCABULARIES DOCUMENTS`: the folder of the vocabulary files, and a file with a JSON object
/// a line: `name`, `encoding`, `documents` (texts). Prints a JSON object a line: `name`, `encoding`, `tokens`, and
/// CPU seconds of one thread for all documents, the best of several runs: `count`, `encode`, `stream` (an
/// incremental counter, one token an event), `events`.
///
/// `TokensBenchmark VOCABULARIES --published FOLDER` writes the vocabularies as they were published, for the others.
@main
enum Main {
    struct Work: Decodable {
        let name: String
        let encoding: String
        let documents: [String]
    }

    struct Report: Encodable {
        var name: String
        var encoding: String
        var tokens = 0
        var count = 0.0
        var encode = 0.0
        var stream = 0.0
        var events = 0
    }

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else { exit(64) }
        let vocabularies = try Vocabularies(directory: arguments[1])
        if arguments[2] == "--published", arguments.count == 4 {
            return try publish(vocabularies, to: URL(fileURLWithPath: arguments[3]))
        }
        let file = try Data(contentsOf: URL(fileURLWithPath: arguments[2]))
        for line in file.split(separator: 0x0A) {
            let work = try JSONDecoder().decode(Work.self, from: line)
            guard let name = EncodingName(rawValue: work.encoding) else { exit(65) }
            let report = measure(vocabularies[name], work)
            FileHandle.standardOutput.write(try JSONEncoder().encode(report) + [0x0A])
        }
    }

    /// The files that `peers.py` needs: tiktoken's cache by its names, Claude's tokens and merges.
    static func publish(_ vocabularies: Vocabularies, to folder: URL) throws {
        let files: [(EncodingName, String)] = [
            (.cl100kBase, "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"),
            (.o200kBase, "fb374d419588a4632f3f557e76b4b70aebbca790"),
            (.p50kBase, "ec7223a39ce59f226a68acc30dc1af2788490e15"),
            (.claude, "claude.tiktoken"),
        ]
        for (name, file) in files {
            let encoding = vocabularies[name]
            let lines = encoding.ids.compactMap { id in
                encoding.bytes(of: id).map { "\(Data($0).base64EncodedString()) \(id)\n" }
            }
            try Data(lines.joined().utf8).write(to: folder.appendingPathComponent(file))
        }
        let claude = vocabularies[.claude]
        let merges = claude.ids.compactMap { claude.parts(of: $0) }.map {
            "\($0.left) \($0.right)\n"
        }
        try Data(merges.joined().utf8).write(to: folder.appendingPathComponent("claude.merges"))
    }

    static func measure(_ encoding: Tokenization.Encoding, _ work: Work) -> Report {
        var report = Report(name: work.name, encoding: work.encoding)
        let documents = work.documents.map { Array($0.utf8) }
        report.count = best {
            report.tokens = 0
            for document in documents {
                report.tokens += document.withUnsafeBytes { encoding.count($0) }
            }
        }
        var ids = 0
        report.encode = best {
            ids = 0
            for document in documents {
                ids += document.withUnsafeBytes { encoding.encode($0).count }
            }
        }
        guard ids == report.tokens else { exit(70) }
        let streams = documents.map { document in
            let tokens = document.withUnsafeBytes { encoding.encode($0) }
            return tokens.prefix(500).map { encoding.bytes(of: $0) ?? [] }
        }
        report.events = streams.reduce(0) { $0 + $1.count }
        report.stream = best {
            for stream in streams {
                var counter = encoding.makeCounter()
                var last: UInt64 = 0
                for event in stream {
                    event.withUnsafeBytes { counter.append($0) }
                    last = counter.count
                }
                guard last <= stream.count else { exit(70) }
            }
        }
        return report
    }

    /// CPU seconds of this thread; the least of several runs.
    static func best(_ body: () -> Void) -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        var best = Double.infinity
        for _ in 0..<7 {
            let start = now()
            body()
            best = min(best, now() - start)
        }
        return best
    }
}
