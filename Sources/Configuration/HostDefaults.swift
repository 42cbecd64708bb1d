import Foundation

/// What a configuration's defaults depend on: the machine and the environment.
public struct HostDefaults: Equatable, Sendable {
    /// Cores that this process may use.
    public var cores: Int
    /// The folder for the ledger when the file names none; nil when the environment gives none.
    public var stateDirectory: String?

    /// Memberwise.
    public init(cores: Int, stateDirectory: String? = nil) {
        self.cores = cores
        self.stateDirectory = stateDirectory
    }

    /// The defaults of this machine with that environment: `$STATE_DIRECTORY` (systemd's; the first of
    /// several), else `$XDG_STATE_HOME/dd0c-route`, else `~/.local/state/dd0c-route`.
    public init(variables: [String: String]) {
        cores = ProcessInfo.processInfo.activeProcessorCount
        if let given = variables["STATE_DIRECTORY"]?.split(separator: ":").first {
            stateDirectory = String(given)
        } else if let base = variables["XDG_STATE_HOME"], base.hasPrefix("/") {
            stateDirectory = "\(base)/dd0c-route"
        } else if let home = variables["HOME"], home.hasPrefix("/") {
            stateDirectory = "\(home)/.local/state/dd0c-route"
        }
    }
}
