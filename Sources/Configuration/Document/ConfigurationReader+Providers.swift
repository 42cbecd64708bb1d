import Glibc
import Yams

extension ConfigurationReader {
    private static let providerKeys = [
        "family", "base_url", "api_key", "passthrough", "abort_stops_billing", "ca_file",
        "allow_plaintext", "count_tokens",
    ]
    private static let certificatesMax = 1024 * 1024

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
        guard let family, let url, let passthrough, let abort else { return nil }
        return Provider(
            name: name, family: family, usesTLS: url.usesTLS, host: url.host, port: url.port,
            basePath: url.path, apiKey: apiKey, passthrough: passthrough, abortStopsBilling: abort,
            certificateAuthority: authority ?? nil, countTokens: countTokens)
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

    /// Index of the secret among `secrets`; the same reference gives the same index.
    private mutating func readSecret(_ field: Field) -> Int? {
        guard let located = readSecretReference(field) else { return nil }
        let reference = located.reference
        if let index = secrets.firstIndex(where: { $0.reference == reference }) { return index }
        secrets.append(located)
        if case .environment(let name) = reference {
            environmentSecrets[name] = secrets.count - 1
        }
        return secrets.count - 1
    }

    /// A reference to a secret; everything else is refused.
    mutating func readSecretReference(_ field: Field) -> LocatedSecretReference? {
        if case .scalar = field.node, !field.isNull {
            problems.refuse(
                field, "must be a reference, never the secret itself",
                suggestion: "write `{ credential: NAME }`, `{ env: NAME }` or `{ file: PATH }`")
            return nil
        }
        guard
            let entry = MappingReader(
                field, known: ["credential", "env", "file"], hidesKeys: true, &problems)
        else { return nil }
        // The unknown key is what is wrong then, and was said.
        if entry.fields.isEmpty, entry.hasUnknownKeys { return nil }
        guard entry.fields.count == 1, let only = entry.fields.first else {
            problems.refuse(field, "must have exactly one of `credential`, `env` and `file`")
            return nil
        }
        guard let reference = readReference(only.name, only.value) else { return nil }
        return LocatedSecretReference(
            reference: reference, file: problems.file, line: field.mark?.line ?? 0,
            column: field.mark?.column ?? 0, key: field.path)
    }

    private mutating func readReference(_ kind: String, _ field: Field) -> SecretReference? {
        switch kind {
        case "file": return absolutePath(field).map { .file($0) }
        case "credential": return field.name(&problems).map { .credential($0) }
        default:
            guard let text = field.text(&problems) else { return nil }
            let isName = text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                    || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "_")
            }
            guard isName, !text.isEmpty, text.utf8.count <= 128, text.first?.isNumber == false
            else {
                problems.refuse(field, "must be the name of an environment variable")
                return nil
            }
            return .environment(text)
        }
    }

    /// The certificates are read here, because the workers open no files.
    private mutating func readCertificates(_ field: Field) -> String? {
        guard let path = absolutePath(field) else { return nil }
        switch FileText.read(path, sizeMax: Self.certificatesMax) {
        case .failure(let failure):
            problems.refuse(field, failure.message)
            return nil
        case .success(let text):
            guard text.contains("-----BEGIN CERTIFICATE-----") else {
                problems.refuse(field, "names a file without a PEM certificate")
                return nil
            }
            guard !text.contains("PRIVATE KEY-----") else {
                problems.refuse(field, "names a file that holds a private key")
                return nil
            }
            return text
        }
    }
}
