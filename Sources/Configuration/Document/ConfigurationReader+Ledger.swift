extension ConfigurationReader {
    private static let ledgerKeys = ["signing_key", "rotate"]
    /// A signature a minute at most, and one a month at least.
    private static let rotateRange = 60_000...2_678_400_000

    /// How the ledger is signed; what is not given stays as `LedgerSettings` has it.
    mutating func readLedger(_ field: Field?) -> LedgerSettings {
        var settings = LedgerSettings()
        guard let field, let entry = MappingReader(field, known: Self.ledgerKeys, &problems) else {
            return settings
        }
        settings.signingKey = entry.optional("signing_key").flatMap {
            readSecretReference($0, as: .lines)
        }
        if let rotate = entry.optional("rotate") {
            if let value = rotate.duration(in: Self.rotateRange, &problems) {
                settings.rotateInterval = value
            }
            if entry.optional("signing_key") == nil {
                problems.refuse(rotate, "has no use without `signing_key`")
            }
        }
        return settings
    }
}
