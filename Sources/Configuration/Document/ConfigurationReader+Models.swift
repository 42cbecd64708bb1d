extension ConfigurationReader {
    private static let patternMax = 256

    /// The routes, first match wins.
    mutating func readModels(_ top: MappingReader) -> [ModelRoute] {
        guard let field = top.required("models", &problems),
            let items = field.items(
                &problems, example: "models: [{ match: \"gpt-*\", provider: openai }]")
        else { return [] }
        if items.isEmpty { problems.refuse(field, "must have at least one route") }
        let providers = top.optional("providers").map { Self.names(of: $0) } ?? []
        var routes: [ModelRoute] = []
        for item in items {
            guard
                let entry = MappingReader(item, known: ["match", "provider", "model"], &problems)
            else { continue }
            let match = entry.required("match", &problems).flatMap { readPattern($0) }
            let provider = entry.required("provider", &problems).flatMap {
                readProviderName($0, providers)
            }
            let model = entry.optional("model").map { readModelName($0) }
            guard let match, let provider else { continue }
            if let shadow = routes.first(where: { Wildcard.matches($0.match, match) }) {
                problems.warn(
                    item, "is never used: an earlier route, `\(shadow.match)`, takes its models")
            }
            routes.append(ModelRoute(match: match, provider: provider, model: model ?? nil))
        }
        return routes
    }

    /// The providers' names as the file gives them, right or wrong in themselves.
    private static func names(of field: Field) -> [String] {
        guard case .mapping(let mapping) = field.node else { return [] }
        return mapping.compactMap { entry in
            guard case .scalar(let scalar) = entry.key else { return nil }
            return DocumentParser.originalName(scalar.string)
        }
    }

    private mutating func readProviderName(_ field: Field, _ known: [String]) -> String? {
        guard let text = field.text(&problems) else { return nil }
        if known.contains(text) { return text }
        let nearest = Suggestion.nearest(to: text, among: known)
        problems.refuse(
            field, "\(SecretShape.quoted(text, else: "the value")) is no provider of this file",
            suggestion: nearest.map { "did you mean `\($0)`?" })
        return nil
    }

    /// A model's id, in which `*` may stand for any run of characters.
    private mutating func readPattern(_ field: Field) -> String? {
        guard let text = field.text(&problems) else { return nil }
        guard (1...Self.patternMax).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else {
            problems.refuse(
                field, "must be 1 to \(Self.patternMax) printable characters without spaces")
            return nil
        }
        return text
    }

    private mutating func readModelName(_ field: Field) -> String? {
        guard let text = readPattern(field) else { return nil }
        guard !text.contains("*") else {
            problems.refuse(field, "is the provider's name for the model and can have no `*`")
            return nil
        }
        return text
    }

    /// Prices that come before the shipped table.
    mutating func readPrices(_ field: Field?) -> [PriceRule] {
        guard let field,
            let items = field.items(
                &problems, example: "prices: [{ match: \"gpt-*\", input: 1.25, output: 10 }]")
        else { return [] }
        let optional = ["cached_input", "cache_write_5m", "cache_write_1h"]
        var rules: [PriceRule] = []
        for item in items {
            guard
                let entry = MappingReader(
                    item, known: ["match", "input", "output"] + optional, &problems)
            else { continue }
            let match = entry.required("match", &problems).flatMap { readPattern($0) }
            let input = entry.required("input", &problems).flatMap { readPrice($0) }
            let output = entry.required("output", &problems).flatMap { readPrice($0) }
            let others = optional.map { name in
                entry.optional(name).flatMap { readPrice($0) }
            }
            guard let match, let input, let output else { continue }
            rules.append(
                PriceRule(
                    match: match, input: input, output: output, cachedInput: others[0],
                    cacheWrite5m: others[1], cacheWrite1h: others[2]))
        }
        return rules
    }

    private mutating func readPrice(_ field: Field) -> Int64? {
        guard let text = field.text(&problems) else { return nil }
        do throws(PriceText.Failure) {
            return try PriceText.nanodollarsPerToken(text)
        } catch {
            switch error {
            case .notADecimal:
                problems.refuse(
                    field, "must be US dollars per million tokens in decimal digits",
                    suggestion: "such as `1.25`")
            case .notWhole:
                problems.refuse(
                    field, "is not a whole number of nano-dollars a token",
                    suggestion: "a price per million tokens has at most 3 decimals")
            case .tooGreat:
                problems.refuse(
                    field, "is more than \(PriceText.dollarsMax) dollars per million tokens")
            }
            return nil
        }
    }
}
