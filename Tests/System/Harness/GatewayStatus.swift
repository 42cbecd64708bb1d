/// The state of a gateway, as `GET /status` tells it.
struct GatewayStatus: Decodable {
    /// Connections to one provider, of all workers.
    struct Provider: Decodable, Equatable {
        var open = 0
        var idle = 0
        var in_use = 0
        var dialling = 0
        var lookups = 0
        var waiting = 0
    }

    var open_streams: Int
    var attached_channels: Int
    var providers: [String: Provider]
}
