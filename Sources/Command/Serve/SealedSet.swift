import Configuration
import IPC
import Redaction
import Secrets

/// The three sealed memfds of one generation of the configuration.
struct SealedSet {
    let plan: Int32
    let worker: Int32
    let accountant: Int32

    /// Seals a configuration and its secrets.
    ///
    /// - Throws: `CommandFailure`.
    init(
        _ configuration: GatewayConfiguration, secrets: [Secret], signingKey: Secret?,
        plan: LaunchPlan
    ) throws(CommandFailure) {
        var plan = plan
        plan.knownSecrets = Self.known(secrets, signingKey).serialized()
        do {
            self.plan = try plan.encoded().withUnsafeBytes {
                try SealedMemory.create(name: InheritedDescriptors.Name.plan, $0)
            }
            worker = try SealedDocument.encode(configuration.worker, secrets: secrets)
                .withUnsafeBytes {
                    try SealedMemory.create(name: InheritedDescriptors.Name.workerConfig, $0)
                }
            accountant = try SealedDocument.encode(
                configuration.accountant, secrets: signingKey.map { [$0] } ?? []
            )
            .withUnsafeBytes {
                try SealedMemory.create(name: InheritedDescriptors.Name.accountantConfig, $0)
            }
        } catch SealedMemory.Failure.tooLarge {
            throw CommandFailure(
                .configuration,
                "the configuration is larger than \(SealedMemory.sizeMax) bytes when sealed")
        } catch SealedMemory.Failure.system(let code) {
            throw .system("the configuration cannot be sealed", code: code, status: .system)
        } catch {
            throw CommandFailure(.system, "the configuration cannot be sealed")
        }
    }

    /// What the supervisor recognises the secrets by, without holding one of them.
    private static func known(_ secrets: [Secret], _ signingKey: Secret?) -> KnownSecrets {
        let all = secrets + (signingKey.map { [$0] } ?? [])
        let count = all.reduce(0) { count, secret in
            count + secret.withBytes { SecretPieces(of: $0).all.count }
        }
        let known = KnownSecrets(configuredCapacity: max(1, count), recentCapacity: 1)
        for secret in all {
            secret.withBytes { for piece in SecretPieces(of: $0).all { known.add(piece) } }
        }
        return known
    }
}
