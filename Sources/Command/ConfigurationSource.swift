import Configuration
import Foundation
import LedgerFormat
import Secrets

/// Where a command's configuration is, and what it says when something is wrong with it.
struct ConfigurationSource {
    static let standardPath = "/etc/dd0c-route/config.yaml"

    /// Absolute, so that a reload finds the file whatever the working directory is.
    let path: String
    let variables: [String: String]

    init(path: String?, variables: [String: String] = ProcessInfo.processInfo.environment) {
        self.path = URL(fileURLWithPath: path ?? Self.standardPath).path
        self.variables = variables
    }

    /// The valid configuration; warnings are printed.
    ///
    /// - Throws: `CommandFailure` with a line for every error of the file.
    func load() throws(CommandFailure) -> GatewayConfiguration {
        let report: ConfigurationReport
        do throws(ConfigurationFile.Unreadable) {
            report = try ConfigurationFile.load(path, host: HostDefaults(variables: variables))
        } catch {
            let denied = error.code == EACCES || error.code == EPERM
            throw CommandFailure(
                denied ? .noPermission : .noInput,
                lines: [
                    "dd0c-route: \(error.message)",
                    "dd0c-route: `dd0c-route serve --demo` needs no configuration",
                ])
        }
        for warning in report.warnings { Console.error("warning: \(warning)") }
        guard let configuration = report.configuration else {
            throw CommandFailure(.configuration, lines: report.errors.map(\.description))
        }
        return configuration
    }

    /// The configuration's secrets in their order; warnings are printed.
    ///
    /// - Parameter inherited: what a running gateway took from environment variables.
    /// - Throws: `CommandFailure` with a line for every one that is missing, where the TLS key does not
    ///   go with its certificate, or where they cannot be locked into RAM and the configuration insists
    ///   on it.
    func secrets(
        of configuration: GatewayConfiguration, inherited: [String: Secret] = [:]
    ) throws(CommandFailure) -> [Secret] {
        try Self.checkMemory(SecureHeap.start(), isRequired: configuration.requiresLockedMemory)
        let secrets: [Secret]
        do throws(SecretFailures) {
            let resolved = try configuration.resolveSecrets(
                with: SecretResolver(variables: variables, inherited: inherited))
            for warning in resolved.warnings { Console.error("warning: \(warning)") }
            secrets = resolved.secrets
        } catch {
            throw CommandFailure(.configuration, lines: error.errors.map(\.description))
        }
        if let problem = CertificateCheck.problem(in: configuration, secrets) {
            throw CommandFailure(.configuration, lines: [problem.description])
        }
        return secrets
    }

    /// The key that the ledger is signed with, which was tried; nil: there is none. Warnings are printed.
    ///
    /// - Parameter inherited: what a running gateway took from an environment variable.
    /// - Throws: `CommandFailure` with a line when it is missing, or no key.
    func signingKey(
        of configuration: GatewayConfiguration, inherited: [String: Secret] = [:]
    ) throws(CommandFailure) -> Secret? {
        let found: (key: Secret, warning: ConfigurationError?)?
        do throws(SecretFailures) {
            found = try configuration.resolveSigningKey(
                with: SecretResolver(variables: variables, inherited: inherited))
        } catch {
            throw CommandFailure(.configuration, lines: error.errors.map(\.description))
        }
        guard let found else { return nil }
        if let warning = found.warning { Console.error("warning: \(warning)") }
        if let problem = Self.problem(with: found.key, of: configuration) {
            throw CommandFailure(.configuration, lines: [problem.description])
        }
        return found.key
    }

    /// What is wrong with a key, at the place in the file that names it. Never any of its text.
    static func problem(
        with key: Secret, of configuration: GatewayConfiguration
    ) -> ConfigurationError? {
        do {
            _ = try key.withBytes { try SigningKey(pem: $0) }
            return nil
        } catch {
            let text = (error as? KeyFailure ?? .failed).text
            return configuration.ledger.signingKey?.problem(text)
        }
    }

    /// Says it, or refuses, where the secrets' memory could be swapped out.
    static func checkMemory(
        _ protection: SecureHeap.Protection, isRequired: Bool
    ) throws(CommandFailure) {
        guard protection == .unlocked else { return }
        let text =
            "secrets cannot be locked into RAM and could be swapped out: raise the limit on locked "
            + "memory (RLIMIT_MEMLOCK, `ulimit -l`, LimitMEMLOCK=) to 2 MiB"
        guard isRequired else { return Console.error("warning: \(text)") }
        throw CommandFailure(.system, text)
    }
}
