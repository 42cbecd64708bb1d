extension ConfigurationReader {
    /// The keys of a provider that are about its connections.
    static let connectionKeys = [
        "connections_max", "idle_connections_max", "waiting_max", "waiting_timeout", "dns_ttl",
    ]

    /// What a provider's entry says of its connections; nil where it says nothing.
    mutating func readConnections(_ entry: MappingReader) -> ConnectionSettings? {
        guard Self.connectionKeys.contains(where: { entry.optional($0) != nil }) else { return nil }
        var settings = ConnectionSettings()
        let most = entry.optional("connections_max")
        if let value = most?.integer(in: 1...1_048_576, &problems) { settings.most = value }
        let idle = entry.optional("idle_connections_max")
        if let value = idle?.integer(in: 0...1_048_576, &problems) { settings.idleMost = value }
        if let idle, most != nil, settings.idleMost > settings.most {
            problems.refuse(idle, "must not be more than `connections_max`")
        }
        if let value = entry.optional("waiting_max")?.integer(in: 0...1_048_576, &problems) {
            settings.waitingMost = value
        }
        if let field = entry.optional("waiting_timeout") {
            if let value = field.duration(in: 100...3_600_000, &problems) {
                settings.waitingTimeout = value
            }
            if settings.waitingMost == 0 {
                problems.refuse(field, "has no use with `waiting_max: 0`")
            }
        }
        if let value = entry.optional("dns_ttl")?.duration(in: 0...86_400_000, &problems) {
            settings.nameLifetime = value
        }
        return settings
    }
}
