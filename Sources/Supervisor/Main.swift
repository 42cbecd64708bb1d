import CLinux
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
        let inherited = InheritedDescriptors.take()
        do throws(StartFailure) {
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
            let wanted = [SIGTERM, SIGINT, SIGHUP, SIGUSR2]
            let signals = route_signalfd(wanted, wanted.count)
            guard signals >= 0 else { throw .system(errno) }
            var supervisor = Supervisor(
                signals: signals, http: http, https: https, admin: admin,
                configuration: configuration, environment: ChildEnvironment.current(),
                inherited: inherited, clock: .system)
            return supervisor.run()
        } catch {
            var log = LogSink(descriptor: 2, journal: .connected(to: 2))
            log.write(LogEntry(priority: .critical, kind: .failure, text: error.text))
            log.finish(milliseconds: 1_000)
            return error.code
        }
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
