import Foundation

/// A certificate for `localhost` that nobody else has, and its key.
struct Certificate {
    /// Paths of the PEM files.
    let path: String
    let keyPath: String

    /// Makes both in the folder, in place of those that are there.
    ///
    /// - Throws: `SystemFailure`.
    init(folder: String) throws {
        path = folder + "/cert.pem"
        keyPath = folder + "/key.pem"
        _ = try Program.output(
            of: "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", keyPath,
                "-out", path,
            ], seconds: 60)
    }

    /// The certificate's text.
    ///
    /// - Throws: what reading the file throws.
    var text: String { get throws { try String(contentsOfFile: path, encoding: .utf8) } }
}
