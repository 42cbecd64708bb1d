/// What the gateway changes in a request before the provider gets it. All other bytes stay as they are.
public struct RequestEdit: Equatable, Sendable {
    /// The model's new name; nil: as the client said. Ignored where the request has no model.
    public var model: String?
    /// Whether `stream_options.include_usage` is made true.
    public var includesUsage: Bool

    public init(model: String? = nil, includesUsage: Bool = false) {
        self.model = model
        self.includesUsage = includesUsage
    }

    /// The edited body.
    ///
    /// - Parameters:
    ///   - body: the same bytes that were scanned.
    ///   - facts: what `RequestScanner.scan` found in them.
    public func apply(to body: UnsafeRawBufferPointer, _ facts: RequestFacts) -> [UInt8] {
        []
    }
}
