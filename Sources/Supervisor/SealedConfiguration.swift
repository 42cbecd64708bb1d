import CLinux
import Glibc
import IPC
import Redaction

/// One generation of the configuration: the plan, read, and the two memfds that children get, unread.
struct SealedConfiguration {
    let generation: UInt32
    let plan: LaunchPlan
    let workerConfig: Int32
    let accountantConfig: Int32
    /// Recognises the configuration's secrets; nil where there are none.
    let known: KnownSecrets?

    /// Why descriptors are no configuration.
    enum Failure: Error, Equatable {
        /// `plan` is no sealed memfd, or cannot be mapped.
        case unreadablePlan
        case malformedPlan(DecodingFailure)
        /// A child's configuration could still change.
        case notSealed

        /// For the log.
        var text: String {
            switch self {
            case .unreadablePlan: "the launch plan cannot be read"
            case .malformedPlan(let failure): "the launch plan is malformed (\(failure))"
            case .notSealed: "a child's configuration is not sealed"
            }
        }
    }

    /// Takes over the two configurations; `plan` stays the caller's.
    ///
    /// - Throws: `Failure`.
    init(
        generation: UInt32, plan: Int32, workerConfig: Int32, accountantConfig: Int32
    ) throws(Failure) {
        self.generation = generation
        self.workerConfig = workerConfig
        self.accountantConfig = accountantConfig
        let launchPlan: LaunchPlan
        do {
            launchPlan = try SealedMemory.withContent(of: plan) { try LaunchPlan(decoding: $0) }
        } catch let failure as DecodingFailure {
            throw .malformedPlan(failure)
        } catch {
            throw .unreadablePlan
        }
        self.plan = launchPlan
        known = launchPlan.knownSecrets.withUnsafeBytes {
            KnownSecrets(serialized: $0, recentCapacity: 1)
        }
        for descriptor in [workerConfig, accountantConfig] {
            guard route_memfd_is_sealed(descriptor, 1) == 1 else { throw .notSealed }
        }
    }

    /// Closes the configurations.
    func close() {
        Glibc.close(workerConfig)
        Glibc.close(accountantConfig)
    }
}
