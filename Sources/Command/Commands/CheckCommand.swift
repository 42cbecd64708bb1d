import ArgumentParser
import Configuration
import Secrets

/// Validates a configuration file.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate a configuration file and report everything that is wrong with it.",
        discussion: """
            Each error is one line: file, line, column, key, what is wrong, and a suggestion. The exit \
            status is 78 when there are errors and 66 when the file cannot be read. A secret that \
            cannot be found from here is a warning: the service may see what this shell does not.
            """)

    @Argument(help: "The configuration file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String = ConfigurationSource.standardPath

    func run() throws {
        let source = ConfigurationSource(path: file)
        let configuration = try source.load()
        var secrets: [Secret]?
        do throws(SecretFailures) {
            let resolved = try configuration.resolveSecrets(
                with: SecretResolver(variables: source.variables))
            for warning in resolved.warnings { Console.error("warning: \(warning)") }
            secrets = resolved.secrets
        } catch {
            for problem in error.errors { Console.error("warning: \(problem)") }
        }
        // What was found and is wrong stays wrong wherever the service looks.
        if let problem = CertificateCheck.problem(in: configuration, secrets) {
            throw CommandFailure(.configuration, lines: [problem.description])
        }
        try checkSigningKey(source, configuration)
        let worker = configuration.worker
        try Console.out(
            "\(source.path): OK (keys: \(worker.keys.count), providers: \(worker.providers.count), "
                + "models: \(worker.models.count), workers: \(configuration.workers))")
    }

    /// A key that is there must be one; one that is not there may be for the service.
    private func checkSigningKey(
        _ source: ConfigurationSource, _ configuration: GatewayConfiguration
    ) throws {
        let found: (key: Secret, warning: ConfigurationError?)?
        do throws(SecretFailures) {
            found = try configuration.resolveSigningKey(
                with: SecretResolver(variables: source.variables))
        } catch {
            for problem in error.errors { Console.error("warning: \(problem)") }
            return
        }
        guard let found else { return }
        if let warning = found.warning { Console.error("warning: \(warning)") }
        if let problem = ConfigurationSource.problem(with: found.key, of: configuration) {
            throw CommandFailure(.configuration, lines: [problem.description])
        }
    }
}
