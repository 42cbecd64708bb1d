import Foundation

/// A mock with a certificate of its own for `localhost`, which nobody trusts by default.
struct SecureMock {
    /// Where the certificate lies, as `cert.pem`; whoever makes the mock removes it.
    let folder: String
    let mock: Mock

    /// - Throws: `SystemFailure`.
    init() throws {
        folder = try Product.temporaryFolder()
        let certificate = try Certificate(folder: folder)
        mock = try Mock([
            "--tls-cert", certificate.path, "--tls-key", certificate.keyPath,
        ])
    }
}
