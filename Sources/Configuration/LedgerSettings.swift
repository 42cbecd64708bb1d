/// How the ledger is signed.
public struct LedgerSettings: Equatable, Sendable {
    /// The private key (Ed25519, PEM); nil: the ledger is not signed.
    public var signingKey: LocatedSecretReference?
    /// Time between two signatures, milliseconds.
    public var rotateInterval = 86_400_000

    /// Unsigned.
    public init() {}
}
