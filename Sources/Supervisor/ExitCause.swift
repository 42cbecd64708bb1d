import CLinux
import Glibc

/// How a process ended, or why it did not start.
enum ExitCause: Equatable, Sendable {
    case exited(code: Int32)
    case signalled(Int32)
    /// errno of the attempt.
    case notStarted(Int32)
    /// waitid failed with this errno: it is gone, the rest is not known.
    case unknown(Int32)

    /// From what waitid(2) reports.
    init(code: Int32, status: Int32) {
        self = code == route_cld_exited ? .exited(code: status) : .signalled(status)
    }

    /// Another start cannot mend it.
    var isPermanent: Bool { self == .exited(code: RestartPolicy.permanentCode) }

    /// For the log.
    var text: String {
        switch self {
        case .exited(let code): "exited with code \(code)"
        case .signalled(let signal):
            "was killed by signal \(signal)\(Self.name(of: signal).map { " (\($0))" } ?? "")"
        case .notStarted(let reason): "could not be started: \(Self.text(of: reason))"
        case .unknown(let reason): "ended in an unknown way: \(Self.text(of: reason))"
        }
    }

    /// The signal's name, or its number where it has none here.
    static func signalName(_ signal: Int32) -> String { name(of: signal) ?? "\(signal)" }

    private static func name(of signal: Int32) -> String? {
        switch signal {
        case SIGHUP: "SIGHUP"
        case SIGINT: "SIGINT"
        case SIGILL: "SIGILL"
        case SIGABRT: "SIGABRT"
        case SIGBUS: "SIGBUS"
        case SIGFPE: "SIGFPE"
        case SIGKILL: "SIGKILL"
        case SIGSEGV: "SIGSEGV"
        case SIGPIPE: "SIGPIPE"
        case SIGTERM: "SIGTERM"
        case SIGTRAP: "SIGTRAP"
        default: nil
        }
    }

    /// The C library's text for an errno.
    static func text(of reason: Int32) -> String {
        guard let text = strerror(reason) else { return "error \(reason)" }
        return "\(String(cString: text)) (error \(reason))"
    }
}
