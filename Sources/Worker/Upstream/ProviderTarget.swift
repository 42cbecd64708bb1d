import Configuration
import IPC
import NIOCore
import NIOSSL
import Secrets

/// A provider as this worker reaches it: made once from the configuration.
struct ProviderTarget: Sendable {
    let provider: Provider
    /// The gateway's own key for it; nil with `passthrough`.
    let key: Secret?
    /// For TLS: the context, and the name that the certificate must have (nil for addresses).
    let tls: NIOSSLContext?
    let serverName: String?
    /// Where the host is an address: nothing is looked up.
    let address: SocketAddress?
    /// The value of `host`.
    let authority: String

    /// Why a provider of the configuration cannot be used.
    enum Failure: Error, Equatable, Sendable {
        case noSuchSecret
        case badCertificates
    }

    /// - Throws: `Failure`.
    init(_ provider: Provider, secrets: [Secret]) throws(Failure) {
        self.provider = provider
        if let index = provider.apiKey {
            guard secrets.indices.contains(index) else { throw .noSuchSecret }
            key = secrets[index]
        } else {
            key = nil
        }
        address = try? SocketAddress(ipAddress: provider.host, port: provider.port)
        serverName = address == nil ? provider.host : nil
        tls = provider.usesTLS ? try Self.context(provider) : nil
        let host = provider.host.contains(":") ? "[\(provider.host)]" : provider.host
        let isDefaultPort = provider.port == (provider.usesTLS ? 443 : 80)
        authority = isDefaultPort ? host : "\(host):\(provider.port)"
    }

    private static func context(_ provider: Provider) throws(Failure) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .fullVerification
        configuration.applicationProtocols = ["http/1.1"]
        do {
            if let authority = provider.certificateAuthority {
                let certificates = try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8))
                configuration.trustRoots = .certificates(certificates)
            }
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .badCertificates
        }
    }

    /// The path of the endpoint at this provider. By the families' customs, OpenAI's base URLs contain
    /// the version (`/v1`) and Anthropic's do not; one that ends in `/v1` never gets a second one.
    func path(of endpoint: Endpoint) -> String {
        let base = provider.basePath
        let containsVersion = provider.family == .openai ? !base.isEmpty : base.hasSuffix("/v1")
        return containsVersion ? base + endpoint.path.dropFirst("/v1".count) : base + endpoint.path
    }
}
