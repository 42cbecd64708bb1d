import Configuration
import Glibc
import NIOSSL
import Secrets

/// Who this gateway is to clients that speak TLS.
enum ServerIdentity {
    /// There is no certificate, or it and its key are of no use together.
    enum Failure: Error, Equatable, Sendable {
        case missing
        case unusable
    }

    /// Forward secrecy, and a cipher that authenticates what it encrypts. TLS 1.3 has no others.
    private static let suites = "ECDHE+AESGCM:ECDHE+CHACHA20"

    /// What all TLS connections of a worker share.
    ///
    /// - Throws: `Failure`.
    static func context(_ tls: ListenerTLS, secrets: [Secret]) throws(Failure) -> NIOSSLContext {
        guard secrets.indices.contains(tls.privateKey) else { throw .missing }
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(tls.certificateChain.utf8))
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(try key(secrets[tls.privateKey])))
            configuration.minimumTLSVersion = .tlsv12
            configuration.cipherSuites = suites
            configuration.applicationProtocols =
                (tls.http2 ?? true ? [ClientHandshake.http2] : []) + ["http/1.1"]
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .unusable
        }
    }

    /// The library keeps the key in memory of its own, from where it signs.
    private static func key(_ secret: Secret) throws -> NIOSSLPrivateKey {
        var bytes = secret.withBytes { Array($0) }
        defer {
            bytes.withUnsafeMutableBytes { bytes in
                if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
            }
        }
        return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
    }
}
