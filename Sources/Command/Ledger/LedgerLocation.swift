import ArgumentParser
import Configuration
import Foundation
import LedgerFormat

/// Which ledger a command reads.
struct LedgerLocation: ParsableArguments {
    @Option(help: "The ledger's file: a copy of it, or that of the gateway, which may run.")
    var file: String?

    @Option(help: "The folder that holds the ledger.")
    var stateDirectory: String?

    @Option(help: "The configuration file to take the folder from.")
    var config: String?

    func validate() throws {
        if [file, stateDirectory, config].compactMap({ $0 }).count > 1 {
            throw ValidationError("Give one of --file, --state-directory and --config.")
        }
    }

    /// Path of the file.
    ///
    /// - Throws: `CommandFailure` when nothing says where it is.
    func path() throws(CommandFailure) -> String {
        if let file { return file }
        if let stateDirectory { return "\(stateDirectory)/\(LedgerFile.name)" }
        var status = stat()
        // Not where it leads to, which only root may see.
        let isInstalled = lstat(Self.serviceFolder, &status) == 0
        let variables = Self.variables(
            ProcessInfo.processInfo.environment, config: config, isInstalled: isInstalled)
        if config != nil || access(ConfigurationSource.standardPath, R_OK) == 0 {
            return try ConfigurationSource(path: config, variables: variables).load().stateDirectory
                + "/\(LedgerFile.name)"
        }
        guard let folder = HostDefaults(variables: variables).stateDirectory else {
            throw CommandFailure(
                .usage, "no ledger is named: give --file, --state-directory or --config")
        }
        return "\(folder)/\(LedgerFile.name)"
    }

    /// What `StateDirectory=` of the installed unit makes.
    static let serviceFolder = "/var/lib/dd0c-route"

    /// The environment, as the service has it where its own configuration is read: an operator's shell knows nothing
    /// of the folder that systemd gives to it.
    static func variables(
        _ environment: [String: String], config: String?, isInstalled: Bool
    ) -> [String: String] {
        guard isInstalled, config == nil || config == ConfigurationSource.standardPath,
            environment["STATE_DIRECTORY"] == nil
        else { return environment }
        return environment.merging(["STATE_DIRECTORY": serviceFolder]) { $1 }
    }

    /// The file, opened for reading alone.
    ///
    /// - Throws: `CommandFailure`.
    static func open(_ path: String) throws(CommandFailure) -> LedgerFile {
        do throws(LedgerFile.Failure) {
            return try LedgerFile(path: path)
        } catch {
            switch error {
            case .unreadable(let code):
                throw .system("\(path) cannot be read", code: code, status: .noInput)
            case .database(let code):
                throw failure(path, LedgerStatement.Failure(code: code))
            }
        }
    }

    /// What a command ends with when SQLite cannot read the file.
    static func failure(_ path: String, _ failure: LedgerStatement.Failure) -> CommandFailure {
        switch failure.reason {
        case .busy: CommandFailure(.temporary, "\(path) is locked by another process")
        case .notOpened:
            CommandFailure(
                .noInput,
                "\(path) cannot be opened together with its log: copy it with its -wal file into a "
                    + "folder that can be written")
        case .damaged, .other:
            CommandFailure(
                .data,
                "\(path) is no ledger, or is damaged as a file (SQLite code \(failure.code))")
        }
    }
}
