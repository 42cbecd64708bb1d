/// Takes the tokens of a text in their order.
protocol TokenSink {
    mutating func append(_ token: UInt32)
    mutating func append(_ tokens: UnsafeBufferPointer<UInt32>)
}

/// Only counts.
struct TokenTally: TokenSink {
    private(set) var count = 0

    @inline(__always)
    mutating func append(_ token: UInt32) { count &+= 1 }

    @inline(__always)
    mutating func append(_ tokens: UnsafeBufferPointer<UInt32>) { count &+= tokens.count }
}

/// Keeps the ids.
struct TokenList: TokenSink {
    private(set) var tokens: [UInt32] = []

    init(capacity: Int) { tokens.reserveCapacity(capacity) }

    @inline(__always)
    mutating func append(_ token: UInt32) { tokens.append(token) }

    mutating func append(_ tokens: UnsafeBufferPointer<UInt32>) {
        self.tokens.append(contentsOf: tokens)
    }
}
