import CLinux
import Configuration
import Confinement
import Diagnostics
import Glibc
import IPC
import NIOPosix
import Redaction
import Secrets
import Tokenization

/// The worker as a process: from the descriptors it was started with to its exit code.
enum WorkerProcess {
    /// The configuration cannot be used; a restart would not help (EX_CONFIG).
    static let badConfiguration: Int32 = 78
    /// The descriptors are not those of a worker (EX_USAGE).
    static let badStart: Int32 = 64
    /// The worker could not begin to accept.
    static let failed: Int32 = 1

    /// Runs until the worker has drained. Returns the exit code.
    static func run() -> Int32 {
        guard route_forbid_dumps() == 0 else { return say("forbid_dumps_failed", failed) }
        signal(SIGPIPE, SIG_IGN)
        // Ctrl-C reaches the whole process group; the supervisor alone decides what it means.
        signal(SIGINT, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
        raiseDescriptorLimit()
        let inherited = InheritedDescriptors.take()
        prepareForDeath(inherited)
        let listeners = inherited.all(InheritedDescriptors.Name.http)
        let secure = inherited.all(InheritedDescriptors.Name.https)
        guard let control = inherited.only(InheritedDescriptors.Name.control),
            let config = inherited.only(InheritedDescriptors.Name.config),
            let usage = inherited.only(InheritedDescriptors.Name.usage),
            let counters = inherited.only(InheritedDescriptors.Name.counters),
            !listeners.isEmpty || !secure.isEmpty
        else { return say("descriptors_missing", badStart) }
        guard
            let (configuration, secrets) = try? SealedMemory.withContent(
                of: config, { try SealedDocument.decode(WorkerConfiguration.self, from: $0) })
        else { return say("configuration_unreadable", badConfiguration) }
        close(config)
        let vocabularies: Vocabularies
        do throws(VocabularyError) {
            vocabularies = try Vocabularies()
        } catch {
            return say(error)
        }
        confine()
        let setup = WorkerSetup(
            configuration: configuration, secrets: secrets, known: WorkerLog.known,
            vocabularies: vocabularies, listeners: listeners, secureListeners: secure,
            usage: usage, counters: counters, control: control)
        return run(setup)
    }

    /// Before the first secret is here: whatever ends this process, no word and no memory of it shows one.
    private static func prepareForDeath(_ inherited: InheritedDescriptors) {
        if !StandardError.redirect(through: Redactor(known: WorkerLog.known)) {
            WorkerLog.write(.warning, "stderr_not_redacted_here")
        }
        do throws(CrashGuard.Failure) {
            guard let crash = inherited.only(InheritedDescriptors.Name.crash) else { return }
            try CrashGuard.install(descriptor: crash, wipe: SecureHeap.wipeAll)
        } catch {
            WorkerLog.write(.warning, "no_crash_handler", ("errno", UInt64(error.reason)))
        }
        if SecureHeap.start() == .unlocked { WorkerLog.write(.warning, "secrets_not_locked") }
    }

    /// From here on this process reads, and writes no file. It has one thread as yet.
    private static func confine() {
        let report = Confinement.worker.enter()
        if let code = report.calls {
            WorkerLog.write(.warning, "system_calls_not_confined", ("errno", UInt64(code)))
        }
        if report.landlock < 0 {
            WorkerLog.write(
                .warning, "files_not_confined", ("errno", UInt64(report.landlock.magnitude)))
        }
    }

    /// Without the files no token can be counted, and no restart brings them back.
    private static func say(_ error: VocabularyError) -> Int32 {
        switch error {
        case .notFound(let file): WorkerLog.write(.error, "vocabulary_missing", file: file)
        case .unreadable(let file, let code):
            WorkerLog.write(.error, "vocabulary_unreadable", file: file, ("errno", UInt64(code)))
        case .damaged(let file): WorkerLog.write(.error, "vocabulary_damaged", file: file)
        }
        return badConfiguration
    }

    private static func run(_ setup: WorkerSetup) -> Int32 {
        #if WithoutAccounting
            WorkerLog.write(.warning, "this build keeps no books: it is for a benchmark alone")
        #endif
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        group.next().execute { try? CrashGuard.protectThread(isEventLoop: true) }
        do {
            let server = try WorkerServer.start(setup, on: group.next()).wait()
            try server.finished.wait()
            return 0
        } catch let failure as ProviderTarget.Failure {
            switch failure {
            case .badCertificates: return say("ca_file_unusable", badConfiguration)
            case .noSuchSecret: return say("provider_key_missing", badConfiguration)
            }
        } catch is ServerIdentity.Failure {
            return say("tls_identity_unusable", badConfiguration)
        } catch {
            return say("worker_start_failed", failed)
        }
    }

    private static func say(_ event: StaticString, _ code: Int32) -> Int32 {
        WorkerLog.write(.error, event)
        return code
    }

    /// Every stream takes three descriptors: the soft limit is for programs that use select(2).
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
