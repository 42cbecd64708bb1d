import CLibcrypto

/// A public Ed25519 key (RFC 8032).
public struct PublicKey: Hashable, Sendable {
    /// Bytes of a key.
    public static let size = 32
    /// Bytes of a signature.
    public static let signatureSize = 64

    /// Exactly `size` bytes.
    public let bytes: [UInt8]

    /// nil unless there are `size` bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = Array(bytes)
    }

    init(of key: OpaquePointer) throws(KeyFailure) {
        guard EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 else { throw .otherAlgorithm }
        var raw = [UInt8](repeating: 0, count: Self.size)
        var count = raw.count
        guard EVP_PKEY_get_raw_public_key(key, &raw, &count) == 1, count == Self.size else {
            throw .failed
        }
        bytes = raw
    }

    /// Reads a PEM text (RFC 7468, SubjectPublicKeyInfo).
    ///
    /// - Throws: `KeyFailure`.
    public init(pem: [UInt8]) throws(KeyFailure) {
        defer { ERR_clear_error() }
        guard let bio = BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { throw .failed }
        defer { BIO_free(bio) }
        guard let key = PEM_read_bio_PUBKEY(bio, nil, noPassphrase, nil) else {
            throw .notAPublicKey
        }
        defer { EVP_PKEY_free(key) }
        try self.init(of: key)
    }

    /// The key as PEM text.
    ///
    /// - Throws: `KeyFailure`.
    public func pem() throws(KeyFailure) -> String {
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count),
            let bio = BIO_new(BIO_s_mem())
        else { throw .failed }
        defer {
            EVP_PKEY_free(key)
            BIO_free(bio)
        }
        guard PEM_write_bio_PUBKEY(bio, key) == 1 else { throw .failed }
        return String(decoding: SigningKey.content(of: bio), as: UTF8.self)
    }

    /// What a person compares: SHA-256 of the key in hexadecimal digits, the first half.
    public var fingerprint: String { String(Digest(of: bytes).hexadecimal.prefix(32)) }

    /// Whether the owner of the key has signed the message so.
    public func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
        else { return false }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}

/// A key that asks for a passphrase gets none: nothing may wait at a terminal.
let noPassphrase:
    @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?)
        -> Int32 = { _, _, _, _ in -1 }
