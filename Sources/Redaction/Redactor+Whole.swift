extension Redactor {
    /// Takes the secrets out of a whole text.
    public static func redact(
        _ text: String, known: KnownSecrets? = nil, fingerprints: Fingerprinter? = nil
    ) -> String {
        let bytes = redact(Array(text.utf8), known: known, fingerprints: fingerprints)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Takes the secrets out of all the bytes of a text.
    public static func redact(
        _ bytes: [UInt8], known: KnownSecrets? = nil, fingerprints: Fingerprinter? = nil
    ) -> [UInt8] {
        var redactor = Redactor(
            known: known, fingerprints: fingerprints,
            capacity: min(max(bytes.count, 1), RedactorMemory.standard))
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        bytes.withUnsafeBytes { redactor.write($0) { output.append(contentsOf: $0) } }
        redactor.finish { output.append(contentsOf: $0) }
        return output
    }
}
