extension ConfigurationReader {
    private static let logKeys = ["requests"]
    /// Below what journald takes of a service by default, 10,000 in 30 s, with room for all else.
    private static let requestRange = 0...250

    /// Lines per second for requests; nil where the file does not say.
    mutating func readLog(_ field: Field?) -> Int? {
        guard let field, let entry = MappingReader(field, known: Self.logKeys, &problems) else {
            return nil
        }
        return entry.optional("requests").flatMap { $0.integer(in: Self.requestRange, &problems) }
    }
}
