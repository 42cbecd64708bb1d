import ArgumentParser
import Tokenization

/// Counts tokens.
struct TokensCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokens", abstract: "Count the tokens of texts, or of a chat request.",
        discussion: """
            Reads the files, or standard input. Prints the number of tokens; of several files, a list. The \
            encodings are \(EncodingName.allCases.map(\.rawValue).joined(separator: ", ")). For a model \
            whose tokenizer is not public the count is an estimate, and is marked so. Exit statuses: 65 for \
            input that is not what the flags say, 66 for a file that cannot be read, 69 when the \
            vocabularies are missing.
            """)

    @Option(help: "The encoding to count by.")
    var encoding: EncodingName?
    @Option(help: "The model whose encoding to count by.")
    var model: String?
    @Flag(help: "Print the tokens' ids.")
    var ids = false
    @Flag(
        help: """
            The input is a JSON object with `text` a line; print an object with `count` and `tokens` for \
            each, at once.
            """)
    var jsonl = false
    @Flag(help: "The input is a chat request; print the tokens of its prompt by parts.")
    var chat = false
    @Option(help: "table, json (one object a line) or csv.")
    var format: ListFormat?
    @Argument(help: "Files; - is standard input.", completion: .file())
    var files: [String] = []

    func validate() throws {
        if encoding != nil, model != nil {
            throw ValidationError("Give --encoding or --model, not both.")
        }
        if encoding == nil, model == nil, !chat {
            throw ValidationError("Give --encoding or --model.")
        }
        if [ids, jsonl, chat].filter(\.self).count > 1 {
            throw ValidationError("Give only one of --ids, --jsonl and --chat.")
        }
        if format != nil, ids || jsonl {
            throw ValidationError("--ids and --jsonl have a format of their own.")
        }
    }

    func run() throws {
        let vocabularies = try TokenizerFiles.vocabularies()
        let inputs = files.isEmpty ? ["-"] : files
        if chat { return try printPrompts(inputs, vocabularies) }
        let choice = choice(model)
        let encoder = vocabularies[choice.name]
        if jsonl {
            for input in inputs { try JSONLines.answer(TokenInput(path: input), with: encoder) }
            return
        }
        var rows: [JSONValue] = []
        for input in inputs {
            let bytes = try TokenInput(path: input).all()
            if ids {
                let tokens = bytes.withUnsafeBytes { encoder.encode($0) }
                try Console.out(tokens.map(String.init).joined(separator: " "))
                continue
            }
            let count = bytes.withUnsafeBytes { encoder.count($0) }
            if format == nil, inputs.count == 1 {
                if !choice.isExact { noteEstimate(encoder.name) }
                return try Console.out("\(count)")
            }
            rows.append(
                .object([
                    "file": .string(input), "tokens": .integer(Int64(count)),
                    "encoding": .string(encoder.name.rawValue),
                    "estimated": .bool(!choice.isExact),
                ]))
        }
        if !ids { try list(rows, ["file", "tokens", "encoding", "estimated"]) }
    }

    private func printPrompts(_ inputs: [String], _ vocabularies: Vocabularies) throws {
        for input in inputs {
            let request = try ChatRequest(TokenInput(path: input).all(), path: input)
            let id = model ?? request.model
            let choice = choice(id)
            var framing = ChatFraming(model: id ?? "", family: Self.family(of: id))
            framing.isEstimate = framing.isEstimate || !choice.isExact
            let tokens = request.tokens(vocabularies[choice.name], framing)
            let parts: [(String, Int, Bool)] = [
                ("text", tokens.text, tokens.isTextEstimated),
                ("framing", tokens.framing, tokens.isTextEstimated),
                ("tools", tokens.tools, tokens.tools != 0),
                ("images", tokens.images, tokens.imageCount > 0),
                ("total", tokens.total, tokens.isEstimate),
            ]
            try list(
                parts.map { name, count, isEstimated in
                    .object([
                        "part": .string(name), "tokens": .integer(Int64(count)),
                        "estimated": .bool(isEstimated),
                    ])
                }, ["part", "tokens", "estimated"])
        }
    }

    /// The encoding that was asked for, or the model's.
    private func choice(_ id: String?) -> ModelEncoding {
        if let encoding { return ModelEncoding(name: encoding, isExact: true) }
        return ModelEncodings.encoding(forModel: id ?? "", family: Self.family(of: id))
    }

    private static func family(of id: String?) -> ModelFamily {
        guard let id else { return .unknown }
        return id.hasPrefix("claude") || id.contains("/claude") ? .anthropic : .openAI
    }

    private func noteEstimate(_ name: EncodingName) {
        Console.error(
            "dd0c-route: an estimate by \(name.rawValue): the model's tokenizer is not public")
    }

    private func list(_ rows: [JSONValue], _ columns: [String]) throws {
        let format = format ?? .table
        if format == .json {
            for row in rows { try Console.out(row.jsonText) }
            return
        }
        var printer = ListPrinter(format: format, columns: columns.map { .init($0) })
        for row in rows { for line in printer.add(row) { try Console.out(line) } }
        for line in printer.finish() { try Console.out(line) }
    }
}

extension EncodingName: ExpressibleByArgument {}
