import CLinux
import Confinement
import Glibc
import IPC

/// The supervisor's start: what it was given is checked here, and nothing is parsed later but plans.
@main
enum Main {
    static func main() {
        exit(run())
    }

    private static func run() -> Int32 {
        _ = route_forbid_dumps()
        signal(SIGPIPE, SIG_IGN)
        // Ignored by whoever started us, it would take every exit status away.
        signal(SIGCHLD, SIG_DFL)
        _ = route_raise_descriptor_limit()
        _ = route_become_subreaper()
        // What the supervisor can do without, its children can too. Not told where it fails: each child says so.
        _ = Confinement.supervisor.enter()
        let inherited = InheritedDescriptors.take()
        if CommandLine.arguments.dropFirst().first == Successor.checkArgument {
            return check(inherited)
        }
        do throws(StartFailure) {
            if let handover = Successor.inherited() { return try goOn(handover) }
            let http = inherited.all(InheritedDescriptors.Name.http)
            let https = inherited.all(InheritedDescriptors.Name.https)
            guard !http.isEmpty || !https.isEmpty else {
                throw .missing(InheritedDescriptors.Name.http)
            }
            let configuration = try configuration(from: inherited)
            let admin = inherited.all(InheritedDescriptors.Name.admin)
            // The flag is shared by all who hold the socket: set once, here, and never again.
            for listener in http + https + admin {
                guard route_set_nonblocking(listener, 1) == 0 else { throw .system(errno) }
            }
            var supervisor = Supervisor(
                signals: try signals(), http: http, https: https, admin: admin,
                held: inherited.all(InheritedDescriptors.Name.lock), configuration: configuration,
                environment: ChildEnvironment.current(),
                inherited: inherited, clock: .system)
            return supervisor.run()
        } catch {
            var log = LogSink(descriptor: 2, journal: .connected(to: 2))
            log.write(LogEntry(priority: .critical, kind: .failure, text: error.text))
            log.finish(milliseconds: 1_000)
            return error.code
        }
    }

    /// In the place of an image of another version.
    private static func goOn(_ descriptor: Int32) throws(StartFailure) -> Int32 {
        let handover: Handover
        do throws(Handover.Failure) {
            handover = try Handover.read(descriptor)
            try handover.takeDescriptors()
        } catch {
            throw .handover(error)
        }
        close(descriptor)
        let signals = try signals()
        do throws(SealedConfiguration.Failure) {
            var supervisor = try Supervisor(
                taking: handover, signals: signals,
                environment: ChildEnvironment.current(), clock: .system)
            return supervisor.run()
        } catch {
            throw .configuration(error)
        }
    }

    /// Says whether a handover is understood, and does nothing else.
    private static func check(_ inherited: InheritedDescriptors) -> Int32 {
        do throws(StartFailure) {
            let descriptor = try only(Successor.descriptorName, inherited)
            do throws(Handover.Failure) {
                _ = try Handover.read(descriptor)
            } catch {
                throw .handover(error)
            }
            return 0
        } catch {
            var log = LogSink(descriptor: 2)
            log.write(LogEntry(priority: .error, text: error.text))
            log.finish(milliseconds: 1_000)
            return error.code
        }
    }

    /// The descriptor of the signals that this process acts on.
    private static func signals() throws(StartFailure) -> Int32 {
        let wanted = [SIGTERM, SIGINT, SIGHUP, SIGUSR2]
        let descriptor = route_signalfd(wanted, wanted.count)
        guard descriptor >= 0 else { throw .system(errno) }
        return descriptor
    }

    private static func configuration(
        from inherited: InheritedDescriptors
    ) throws(StartFailure) -> SealedConfiguration {
        let plan = try only(InheritedDescriptors.Name.plan, inherited)
        let worker = try only(InheritedDescriptors.Name.workerConfig, inherited)
        let accountant = try only(InheritedDescriptors.Name.accountantConfig, inherited)
        do throws(SealedConfiguration.Failure) {
            let configuration = try SealedConfiguration(
                generation: 1, plan: plan, workerConfig: worker, accountantConfig: accountant)
            close(plan)
            return configuration
        } catch {
            throw .configuration(error)
        }
    }

    private static func only(
        _ name: String, _ inherited: InheritedDescriptors
    ) throws(StartFailure) -> Int32 {
        guard let descriptor = inherited.only(name) else { throw .missing(name) }
        return descriptor
    }
}
