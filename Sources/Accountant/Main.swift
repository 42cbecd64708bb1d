import CLinux
import Configuration
import Confinement
import Diagnostics
import Glibc
import IPC
import Logging
import Redaction
import Secrets

/// The accountant: `dd0c-route-accountant`, started by the supervisor only.
@main
enum Main {
    /// Exit statuses of sysexits.h.
    private enum ExitStatus {
        static let usage: Int32 = 64
        static let software: Int32 = 70
        static let configuration: Int32 = 78
    }

    static func main() {
        _ = route_forbid_dumps()
        signal(SIGPIPE, SIG_IGN)
        // A terminal sends these to the whole group; the supervisor says when to end.
        signal(SIGINT, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        umask(0o077)
        let log = Log.standardError
        // What the libraries log goes the same way.
        LoggingSystem.bootstrap { _ in Log.handler }
        let inherited = InheritedDescriptors.take()
        prepareForDeath(inherited, log)
        guard let control = inherited.only(InheritedDescriptors.Name.control),
            let sealed = inherited.only(InheritedDescriptors.Name.config)
        else {
            log.line("needs its sockets from dd0c-route-supervisor; run `dd0c-route serve`")
            exit(ExitStatus.usage)
        }
        let configuration: AccountantConfiguration
        let secrets: [Secret]
        let shipped: ShippedPrices
        let prices: PriceTable
        do {
            (configuration, secrets) = try AccountantConfiguration.read(sealed)
            shipped = try ShippedPrices.embedded()
            prices = try PriceTable(rules: configuration.prices, shipped: shipped)
        } catch {
            log.line("the configuration cannot be used: \(error)")
            exit(ExitStatus.configuration)
        }
        close(sealed)
        confine(to: configuration.stateDirectory, log)
        let access = LedgerAccess(directory: configuration.stateDirectory)
        var intake = UsageIntake(access: access, prices: prices, log: log, clock: .system)
        do {
            try intake.open()
        } catch Ledger.Failure.writtenByNewerVersion {
            // No try would help, and nothing is wrong with the disk: the service is not to start.
            log.line(
                "cannot use \(access.path): "
                    + LedgerAdvice.text(Ledger.Failure.writtenByNewerVersion))
            exit(ExitStatus.configuration)
        } catch {
            // The loop tries again, and says what is wrong.
        }
        if access.ledger?.ownership.take() == false {
            log.line(
                "another accountant works on until its workers have drained; working beside it")
        }
        let board = inherited.only(InheritedDescriptors.Name.board).flatMap {
            try? ServiceBoard(descriptor: $0, writable: false)
        }
        let status = AccountantStatus(board: board, clock: .system)
        let admin = AdminServer.start(
            descriptors: inherited.all(InheritedDescriptors.Name.admin),
            routes: AdminRoutes(access: access, status: status), log: log)
        var loop = AccountantLoop(
            control: ControlSocket(descriptor: control), configuration: configuration,
            intake: intake,
            rotation: LedgerRotation(
                access, configuration, secrets: secrets, log: log, clock: .system),
            shipped: shipped, status: status, log: log, clock: .system)
        let exitStatus = loop.run()
        admin.stop()
        access.close()
        // Threads of the admin interface may still run: no destructor may pull the ground from under them.
        _exit(exitStatus)
    }

    /// From here on this process writes files in the state directory alone, and makes no connection. It has one
    /// thread as yet.
    private static func confine(to folder: String, _ log: Log) {
        // What does not fit into memory while it is sorted goes there too.
        setenv("SQLITE_TMPDIR", folder, 1)
        let report = Confinement.accountant(folder: folder).enter()
        if let code = report.calls {
            log.line("is not confined in its system calls: errno \(code)")
        }
        if report.landlock < 0 {
            log.line("is not confined to \(folder): errno \(report.landlock.magnitude)")
        }
    }

    private static func prepareForDeath(_ inherited: InheritedDescriptors, _ log: Log) {
        StandardError.redirect(through: Redactor())
        do throws(CrashGuard.Failure) {
            guard let crash = inherited.only(InheritedDescriptors.Name.crash) else { return }
            try CrashGuard.install(
                descriptor: crash, isEventLoop: true, wipe: SecureHeap.wipeAll)
        } catch {
            log.line("has no crash handler: errno \(error.reason)")
        }
    }
}
