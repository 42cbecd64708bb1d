/// Why the supervisor does not start.
enum StartFailure: Error, Equatable {
    /// A descriptor of this name was not passed, or more than one.
    case missing(String)
    case configuration(SealedConfiguration.Failure)
    case handover(Handover.Failure)
    /// A system call failed with this errno.
    case system(Int32)

    /// For the log.
    var text: String {
        switch self {
        case .missing(let name):
            "started without the descriptor \"\(name)\"; it is started by \"dd0c-route serve\""
        case .configuration(let failure): failure.text
        case .handover(let failure): failure.text
        case .system(let reason): "cannot start: \(ExitCause.text(of: reason))"
        }
    }

    /// From sysexits: EX_CONFIG, EX_SOFTWARE or EX_OSERR. What was handed over wrongly is right again after
    /// a start from the configuration, so the service manager is not kept from one.
    var code: Int32 {
        switch self {
        case .missing, .configuration: 78
        case .handover: 70
        case .system: 71
        }
    }
}
