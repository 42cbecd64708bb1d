/// One secret that was found. It holds no byte of it.
public struct Finding: Sendable, Equatable {
    public let kind: SecretKind
    /// Where it began, in bytes of all that was written to the redactor.
    public let offset: UInt64
    /// How many of those bytes were taken out.
    public let length: UInt64
}
