import Configuration
import Glibc
import NIOSSL
import Secrets

/// Finds out whether a worker could serve TLS with the configuration: done as it will do it, before
/// anything runs.
enum CertificateCheck {
    /// What is wrong with `tls`, at its place in the file; nil where nothing is.
    ///
    /// - Parameter secrets: in the configuration's order; nil where some could not be found, and only
    ///   the certificate can be looked at.
    static func problem(
        in configuration: GatewayConfiguration, _ secrets: [Secret]?
    ) -> ConfigurationError? {
        guard let tls = configuration.worker.tls else { return nil }
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMBytes(Array(tls.certificateChain.utf8))
        } catch {
            return configuration.certificatePlace?.problem(
                "names a file that is no PEM certificate")
        }
        guard let secrets, secrets.indices.contains(tls.privateKey) else { return nil }
        let place = configuration.secrets[tls.privateKey].place
        guard let key = key(secrets[tls.privateKey]) else {
            return place.problem("refers to what is no private key in PEM")
        }
        let server = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        do {
            _ = try NIOSSLContext(configuration: server)
            return nil
        } catch {
            return place.problem(
                "is not the key of the first certificate in `tls.certificate`, or of a kind that "
                    + "cannot be used")
        }
    }

    private static func key(_ secret: Secret) -> NIOSSLPrivateKey? {
        var bytes = secret.withBytes { Array($0) }
        defer {
            bytes.withUnsafeMutableBytes { bytes in
                if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
            }
        }
        return try? NIOSSLPrivateKey(bytes: bytes, format: .pem)
    }
}
