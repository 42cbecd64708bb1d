/// The end of the chain: what the next block goes on from.
public struct ChainHead: Equatable, Sendable {
    /// Number of the last block, 0 when there is none.
    public var number: Int64
    public var hash: Digest
    public var last: ChainPositions

    /// Before the first block.
    public static let empty = ChainHead(number: 0, hash: .zero, last: ChainPositions())

    /// Memberwise.
    public init(number: Int64, hash: Digest, last: ChainPositions) {
        self.number = number
        self.hash = hash
        self.last = last
    }
}
