// What the file only refers to: secrets, and certificates.
extension ConfigurationReader {
    private static let certificatesMax = 1024 * 1024

    /// Index of the secret among `secrets`; the same reference gives the same index.
    mutating func readSecret(_ field: Field, as form: SecretForm = .token) -> Int? {
        guard let located = readSecretReference(field, as: form) else { return nil }
        let known = secrets.firstIndex {
            $0.reference == located.reference && $0.form == form
        }
        if let known { return known }
        secrets.append(located)
        if case .environment(let name) = located.reference {
            environmentSecrets[name] = secrets.count - 1
        }
        return secrets.count - 1
    }

    /// A reference to a secret; everything else is refused.
    mutating func readSecretReference(
        _ field: Field, as form: SecretForm
    ) -> LocatedSecretReference? {
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
            reference: reference, form: form,
            place: ConfigurationPlace(
                file: problems.file, line: field.mark?.line ?? 0,
                column: field.mark?.column ?? 0, key: field.path))
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
    mutating func readCertificates(_ field: Field) -> String? {
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
