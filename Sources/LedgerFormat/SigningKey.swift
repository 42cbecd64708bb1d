import CLibcrypto

/// A private Ed25519 key (RFC 8032). libcrypto keeps it in its secure heap, where the process has set one
/// up, and wipes it with the last reference.
public final class SigningKey {
    private let key: OpaquePointer
    /// The public half.
    public let publicKey: PublicKey

    private init(owning key: OpaquePointer) throws(KeyFailure) {
        do throws(KeyFailure) {
            publicKey = try PublicKey(of: key)
            self.key = key
        } catch {
            EVP_PKEY_free(key)
            throw error
        }
    }

    deinit { EVP_PKEY_free(key) }

    /// Reads a PEM text (PKCS#8, RFC 8410), which stays the caller's.
    ///
    /// - Throws: `KeyFailure`.
    public convenience init(pem: UnsafeRawBufferPointer) throws(KeyFailure) {
        defer { ERR_clear_error() }
        guard let bio = BIO_new_mem_buf(pem.baseAddress, Int32(clamping: pem.count)) else {
            throw .failed
        }
        defer { BIO_free(bio) }
        guard let key = PEM_read_bio_PrivateKey(bio, nil, noPassphrase, nil) else {
            throw .notAPrivateKey
        }
        try self.init(owning: key)
    }

    /// A new random key.
    ///
    /// - Throws: `KeyFailure.failed` without randomness.
    public static func generate() throws(KeyFailure) -> SigningKey {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil) else { throw .failed }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_keygen(context, &key) == 1, let key
        else { throw .failed }
        return try SigningKey(owning: key)
    }

    /// Lends the key as PEM text (PKCS#8) to the closure; the memory is wiped after it.
    ///
    /// - Throws: `KeyFailure`, or what the closure throws.
    public func withPEM<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) throws -> Result {
        // A BIO of this kind lies in the secure heap, or is wiped at least.
        guard let bio = BIO_new(BIO_s_secmem()) else { throw KeyFailure.failed }
        defer { BIO_free(bio) }
        guard PEM_write_bio_PrivateKey(bio, key, nil, nil, 0, nil, nil) == 1 else {
            throw KeyFailure.failed
        }
        var start: UnsafeMutableRawPointer?
        let count = BIO_ctrl(bio, BIO_CTRL_INFO, 0, &start)
        return try body(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The signature of a message.
    ///
    /// - Throws: `KeyFailure.failed`.
    public func signature(of message: [UInt8]) throws(KeyFailure) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw .failed }
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: PublicKey.signatureSize)
        var count = signature.count
        guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
            EVP_DigestSign(context, &signature, &count, message, message.count) == 1,
            count == signature.count
        else { throw .failed }
        return signature
    }

    /// What was written to a memory BIO.
    static func content(of bio: OpaquePointer) -> [UInt8] {
        var start: UnsafeMutableRawPointer?
        let count = BIO_ctrl(bio, BIO_CTRL_INFO, 0, &start)
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
