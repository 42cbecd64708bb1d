/// A run of blocks that was signed.
public struct LedgerSegment: Equatable, Sendable {
    /// From 1, without gaps.
    public var number: Int64
    /// The block behind the last of the segment before.
    public var firstBlock: Int64
    public var lastBlock: Int64
    /// Hash of the last block.
    public var head: Digest
    /// Nanoseconds since the epoch.
    public var signedAt: Int64
    public var key: PublicKey
    /// Signature of the segment before; empty for the first.
    public var previous: [UInt8]

    /// Memberwise.
    public init(
        number: Int64, firstBlock: Int64, lastBlock: Int64, head: Digest, signedAt: Int64,
        key: PublicKey, previous: [UInt8]
    ) {
        self.number = number
        self.firstBlock = firstBlock
        self.lastBlock = lastBlock
        self.head = head
        self.signedAt = signedAt
        self.key = key
        self.previous = previous
    }

    /// The bytes that are signed.
    public var signedBytes: [UInt8] {
        var content = CanonicalBytes(domain: "dd0c-route ledger segment 1")
        for value in [number, firstBlock, lastBlock, signedAt] { content.append(value) }
        content.append(blob: head.bytes)
        content.append(blob: key.bytes)
        content.append(blob: previous)
        return content.bytes
    }
}
