extension ConfigurationReader {
    private static let providerKeys =
        [
            "family", "base_url", "api_key", "passthrough", "abort_stops_billing", "ca_file",
            "allow_plaintext", "count_tokens", "usage_drain",
        ] + connectionKeys

    /// The providers, in the order of the file.
    mutating func readProviders(_ top: MappingReader) -> [Provider] {
        guard let field = top.required("providers", &problems),
            let entries = MappingReader(field, known: nil, &problems)
        else { return [] }
        if entries.fields.isEmpty { problems.refuse(field, "must name at least one provider") }
        return entries.fields.compactMap { readProvider($0.name, $0.value) }
    }

    private mutating func readProvider(_ name: String, _ field: Field) -> Provider? {
        guard let entry = MappingReader(field, known: Self.providerKeys, &problems) else {
            return nil
        }
        let family = readFamily(entry)
        let urlField = entry.required("base_url", &problems)
        let url = urlField.flatMap { readURL($0) }
        let keyField = entry.optional("api_key")
        let apiKey = keyField.flatMap { readSecret($0) }
        let passthrough = entry.optional("passthrough").map { $0.flag(&problems) } ?? false
        let abort = entry.optional("abort_stops_billing").map { $0.flag(&problems) } ?? true
        let authority = entry.optional("ca_file").map { readCertificates($0) }
        let countTokens = readCountTokens(entry, family)
        let plaintext = entry.optional("allow_plaintext").map { $0.flag(&problems) } ?? false
        if let keyField, passthrough == true {
            problems.refuse(keyField, "cannot be given together with `passthrough: true`")
        }
        if let field = entry.optional("count_tokens"), countTokens == .local, passthrough == true {
            problems.refuse(
                field, "cannot be `local` with `passthrough: true`: nobody would check the keys")
        }
        if let url, let urlField, !url.usesTLS {
            checkPlaintext(
                urlField, url, hasCredential: keyField != nil || passthrough == true,
                allowed: plaintext == true)
            if let field = entry.optional("ca_file") {
                problems.refuse(field, "has no use with an http URL")
            }
        }
        let drain = readUsageDrain(entry, abortStopsBilling: abort)
        let connections = readConnections(entry)
        guard let family, let url, let passthrough, let abort else { return nil }
        return Provider(
            name: name, family: family, usesTLS: url.usesTLS, host: url.host, port: url.port,
            basePath: url.path, apiKey: apiKey, passthrough: passthrough, abortStopsBilling: abort,
            certificateAuthority: authority ?? nil, countTokens: countTokens,
            usageDrainBounds: drain, connectionSettings: connections)
    }

    private mutating func readUsageDrain(
        _ entry: MappingReader, abortStopsBilling: Bool?
    ) -> UsageDrainBounds? {
        guard let field = entry.optional("usage_drain"),
            let bounds = MappingReader(field, known: ["timeout", "bytes", "concurrent"], &problems)
        else { return nil }
        if abortStopsBilling == true {
            problems.refuse(field, "has a use only with `abort_stops_billing: false`")
        }
        var drain = UsageDrainBounds()
        if let value = bounds.optional("timeout")?.duration(in: 100...3_600_000, &problems) {
            drain.timeout = value
        }
        if let value = bounds.optional("bytes")?.byteSize(in: 1024...(1 << 30), &problems) {
            drain.bytes = value
        }
        if let value = bounds.optional("concurrent")?.integer(in: 0...65_536, &problems) {
            drain.concurrent = value
        }
        return drain
    }

    private mutating func readCountTokens(
        _ entry: MappingReader, _ family: ProviderFamily?
    ) -> CountTokens? {
        guard let field = entry.optional("count_tokens"), let text = field.text(&problems) else {
            return nil
        }
        guard let mode = CountTokens(rawValue: text) else {
            let nearest = Suggestion.nearest(to: text, among: CountTokens.allCases.map(\.rawValue))
            problems.refuse(
                field, "must be `local` or `relay`",
                suggestion: nearest.map { "did you mean `\($0)`?" })
            return nil
        }
        if family == .openai {
            problems.refuse(field, "has no use with `family: openai`, which has no such endpoint")
        }
        return mode
    }

    private mutating func checkPlaintext(
        _ field: Field, _ url: BaseURL, hasCredential: Bool, allowed: Bool
    ) {
        guard hasCredential, !url.isLoopback else { return }
        if allowed {
            problems.warn(field, "keys travel to this provider in plain text")
        } else {
            problems.refuse(
                field, "would send keys in plain text to another machine",
                suggestion: "use https, or allow it with `allow_plaintext: true`")
        }
    }

    private mutating func readFamily(_ entry: MappingReader) -> ProviderFamily? {
        guard let field = entry.required("family", &problems),
            let text = field.text(&problems)
        else { return nil }
        if let family = ProviderFamily(rawValue: text) { return family }
        let known = ProviderFamily.allCases.map(\.rawValue)
        let nearest = Suggestion.nearest(to: text, among: known)
        problems.refuse(
            field, "must be `openai` or `anthropic`",
            suggestion: nearest.map { "did you mean `\($0)`?" })
        return nil
    }

    private mutating func readURL(_ field: Field) -> BaseURL? {
        guard let text = field.text(&problems) else { return nil }
        do throws(BaseURL.Failure) {
            return try BaseURL(parsing: text)
        } catch {
            problems.refuse(field, error.message, suggestion: error.suggestion)
            return nil
        }
    }
}
