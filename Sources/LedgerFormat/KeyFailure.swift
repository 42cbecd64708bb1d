/// Why a key cannot be used. Says nothing of its bytes.
public enum KeyFailure: Error, Equatable, Sendable {
    /// No PEM text of an unencrypted private key (PKCS#8).
    case notAPrivateKey
    /// No PEM text of a public key (SubjectPublicKeyInfo).
    case notAPublicKey
    /// A key of another algorithm than Ed25519.
    case otherAlgorithm
    /// libcrypto failed, for want of memory or randomness.
    case failed

    /// What is wrong, to follow the name of what holds the key.
    public var text: String {
        switch self {
        case .notAPrivateKey:
            "holds no private key in PEM (PKCS#8, without a passphrase)"
        case .notAPublicKey: "holds no public key in PEM"
        case .otherAlgorithm: "holds a key that is not Ed25519"
        case .failed: "cannot be used: libcrypto failed"
        }
    }
}
