import CSystemd
import Glibc

/// What is said to systemd, over `NOTIFY_SOCKET`. Without one, nothing is said.
struct ServiceManager {
    /// Half of what systemd waits for a sign of life; nil when it does not wait.
    let watchdogInterval: UInt64?
    private var lastStatus = ""

    /// Reads `WATCHDOG_USEC` and `WATCHDOG_PID`.
    init() {
        var microseconds: UInt64 = 0
        let isWatched = sd_watchdog_enabled(0, &microseconds) > 0
        watchdogInterval = isWatched ? max(1, microseconds / 2_000) : nil
    }

    /// The service can serve.
    func ready() { say("READY=1") }

    /// The service keeps on with a reload.
    func reloading(at now: Moment) {
        say(
            "RELOADING=1\nMONOTONIC_USEC=\(now.milliseconds.multipliedReportingOverflow(by: 1_000).0)"
        )
    }

    /// The service has begun to end.
    func stopping() { say("STOPPING=1") }

    /// The loop runs and every child answers.
    func alive() { say("WATCHDOG=1") }

    /// The present step takes so much longer, milliseconds from now.
    func extend(milliseconds: UInt64) {
        say("EXTEND_TIMEOUT_USEC=\(milliseconds.multipliedReportingOverflow(by: 1_000).0)")
    }

    /// One line for `systemctl status`; nothing is sent when it is the same as before.
    mutating func status(_ text: String) {
        guard text != lastStatus else { return }
        lastStatus = text
        // A line break would begin another assignment.
        say("STATUS=\(text.map { $0.isNewline ? " " : $0 }.reduce(into: "") { $0.append($1) })")
    }

    private func say(_ text: String) { _ = sd_notify(0, text) }
}
