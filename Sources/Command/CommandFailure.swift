import Glibc

/// Why a command ends without having done what it should. No line holds a secret.
struct CommandFailure: Error, Equatable {
    var status: ExitStatus
    /// For standard error.
    var lines: [String]

    init(_ status: ExitStatus, lines: [String]) {
        self.status = status
        self.lines = lines
    }

    init(_ status: ExitStatus, _ message: String) {
        self.init(status, lines: ["dd0c-route: \(message)"])
    }

    /// A failed system call; a lack of permission has a status of its own.
    static func system(
        _ message: String, code: Int32, status: ExitStatus = .unavailable
    ) -> CommandFailure {
        let denied = code == EACCES || code == EPERM
        return CommandFailure(
            denied ? .noPermission : status, "\(message): \(String(cString: strerror(code)))")
    }
}
