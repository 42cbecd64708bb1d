import Foundation

/// A mock with a certificate of its own for `localhost`, which nobody trusts by default.
struct SecureMock {
    /// Where the certificate lies, as `cert.pem`; whoever makes the mock removes it.
    let folder: String
    let mock: Mock

    /// - Throws: `SystemFailure`.
    init() throws {
        folder = try Product.temporaryFolder()
        _ = try Program.output(
            of: "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                folder + "/key.pem", "-out", folder + "/cert.pem",
            ], seconds: 60)
        mock = try Mock([
            "--tls-cert", folder + "/cert.pem", "--tls-key", folder + "/key.pem",
        ])
    }
}
