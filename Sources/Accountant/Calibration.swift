/// By how much a provider's count of a text differs from this gateway's, as observed: what corrects a
/// count that was made with another tokenizer than the provider's. Integers only, so that the same
/// records give the same bill on every machine.
struct Calibration: Equatable, Sendable {
    /// Provider's tokens for a million of this gateway's.
    var ratio: UInt32
    /// Nine of ten observed answers were within so many millionths of the ratio.
    var error: UInt32
    /// Answers that were ever observed.
    var samples: UInt64

    /// The count that the provider would give, rounded half up.
    func corrected(_ tokens: UInt64) -> UInt64 {
        UInt64(clamping: (UInt128(tokens) * UInt128(ratio) + 500_000) / 1_000_000)
    }

    /// What is known for the two counts of a stream.
    struct Pair: Equatable, Sendable {
        var prompt: Calibration?
        var completion: Calibration?

        static let none = Pair()
    }
}
