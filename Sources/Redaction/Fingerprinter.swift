/// Lets two redacted texts be told to be the same, within one run of the process: `[REDACTED:kind:1a2b3c4d]`.
///
/// The 32 bits are of SipHash-2-4 under a key that is made anew at each start and never written down:
/// they tell nothing about a secret to somebody who has the log, and nothing about the next run's.
public struct Fingerprinter: Sendable {
    let key: (UInt64, UInt64)

    /// Makes a random key.
    public init() {
        var random = SystemRandomNumberGenerator()
        key = (random.next(), random.next())
    }

    /// Takes a key: 16 random bytes. All processes of one gateway may share it.
    public init(key: (UInt64, UInt64)) { self.key = key }
}
