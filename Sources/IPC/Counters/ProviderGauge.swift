/// A worker's connections to one provider at one moment, by what they do. Those that are open are the sum
/// of the first three.
public struct ProviderGauge: Equatable, Sendable {
    /// TCP or TLS is being set up.
    public var dialling = 0
    /// Ready, and without a request.
    public var idle = 0
    /// A request was sent or is being sent, and its answer is not through.
    public var inUse = 0
    /// Look-ups of the provider's name that have not returned. They hold no connection.
    public var lookups = 0
    /// Requests that wait for a connection, since as many as there may be are open. They hold none.
    public var waiting = 0

    /// No connection.
    public init() {}

    /// Connections of all kinds: each is a socket.
    public var open: Int { dialling + idle + inUse }

    /// The sum of two gauges.
    public static func + (left: ProviderGauge, right: ProviderGauge) -> ProviderGauge {
        var sum = left
        sum.dialling += right.dialling
        sum.idle += right.idle
        sum.inUse += right.inUse
        sum.lookups += right.lookups
        sum.waiting += right.waiting
        return sum
    }

    private static let bits = UInt64(20)
    private static let most = 1 << 20 - 1
    private static let lookupsMost = 15

    /// All but `waiting` in one word, so that a reader never sees a connection twice, or not at all, while it goes from
    /// one to another. What does not fit (a million connections) is shown as the most that does.
    var word: UInt64 {
        func field(_ value: Int, _ most: Int) -> UInt64 { UInt64(min(max(0, value), most)) }
        return field(dialling, Self.most) | field(idle, Self.most) << Self.bits
            | field(inUse, Self.most) << (2 * Self.bits)
            | field(lookups, Self.lookupsMost) << (3 * Self.bits)
    }

    /// `waiting`, which has a word of its own: who waits has no connection that could be seen twice.
    var waitingWord: UInt64 { UInt64(min(max(0, waiting), Self.most)) }

    init(word: UInt64, waitingWord: UInt64 = 0) {
        func field(_ index: UInt64) -> Int { Int(word >> (index * Self.bits) & UInt64(Self.most)) }
        dialling = field(0)
        idle = field(1)
        inUse = field(2)
        lookups = field(3)
        waiting = Int(min(waitingWord, UInt64(Self.most)))
    }
}
