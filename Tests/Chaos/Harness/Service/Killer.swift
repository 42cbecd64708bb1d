import CLinux
import Glibc

/// Kills processes of the gateway at random, as often as its restart limits allow, and has it restarted.
struct Killer {
    /// A supervisor gives a slot up at the sixth end within 30 s, and each restart waits longer: the fourth
    /// comes after 1.6 s.
    static let killsOfSlotMax = 4
    private static let slotWindow: UInt64 = 31_000_000_000

    private struct Done {
        var slot: Int
        var at: UInt64
    }

    private var random: Random
    private(set) var kills: [Kill] = []
    /// By slot; -1 is the accountant. Of the present supervisor.
    private var done: [Done] = []
    private(set) var reloads = 0
    private var nextAt: UInt64
    private var slots = WorkerSlots()

    /// Milliseconds between two kills.
    private let pauses: ClosedRange<Int>

    init(seed: UInt64, pauses: ClosedRange<Int>) {
        random = Random(seed: seed, stream: .max)
        self.pauses = pauses
        nextAt = route_monotonic_ns() + 500_000_000
    }

    /// Kills whoever is next, if it is time.
    ///
    /// - Throws: `HarnessFailure`.
    mutating func step(_ service: inout ServiceManager) throws(HarnessFailure) {
        let now = route_monotonic_ns()
        guard now >= nextAt else { return }
        nextAt = now + UInt64(random.number(pauses)) * 1_000_000
        let target = random.pick(
            weighted: [
                (10, Kill.Target.worker), (4, .accountant), (2, .supervisor), (1, .everything),
            ], else: .worker)
        switch target {
        case .worker: try killWorker(&service, now)
        case .accountant: try killAccountant(&service, now)
        case .supervisor, .everything: try killTree(&service, target)
        }
        guard random.chance(10), service.isReady else { return }
        // The new generation's slots are other rows of the supervisor's table: their counts begin anew.
        reloads += 1
        service.process.signal(SIGHUP)
    }

    private mutating func killWorker(
        _ service: inout ServiceManager, _ now: UInt64
    ) throws(HarnessFailure) {
        slots.read(log: service.settings.log)
        let candidates = service.children.filter(\.isWorker).compactMap { entry -> (pid_t, Int)? in
            guard let slot = slots[entry.pid], mayKill(slot, now) else { return nil }
            return (entry.pid, slot)
        }
        guard let victim = candidates.randomElement(using: &random) else {
            // All have been killed often enough under this supervisor.
            guard done.count > Self.killsOfSlotMax else { return }
            return try killTree(&service, .supervisor)
        }
        let signal = random.pick(
            weighted: [(8, SIGKILL), (1, SIGSEGV), (1, SIGABRT)], else: SIGKILL)
        strike(.worker, victim.0, signal, slots: [victim.1])
        done.append(Done(slot: victim.1, at: now))
    }

    private mutating func killAccountant(
        _ service: inout ServiceManager, _ now: UInt64
    ) throws(HarnessFailure) {
        guard mayKill(-1, now), let entry = service.children.first(where: \.isAccountant) else {
            return
        }
        strike(.accountant, entry.pid, SIGKILL, slots: [])
        done.append(Done(slot: -1, at: now))
    }

    private func mayKill(_ slot: Int, _ now: UInt64) -> Bool {
        done.filter { $0.slot == slot && now - $0.at < Self.slotWindow }.count < Self.killsOfSlotMax
    }

    private mutating func strike(
        _ target: Kill.Target, _ pid: pid_t, _ signal: Int32, slots: [Int]
    ) {
        let from = Int(route_realtime_ns())
        let pidfd = route_pidfd_open(pid)
        guard kill(pid, signal) == 0 else {
            if pidfd >= 0 { close(pidfd) }
            return
        }
        if pidfd >= 0 {
            // The supervisor reaps it; this only waits until it has ended.
            var entry = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
            _ = poll(&entry, 1, 10_000)
            close(pidfd)
        }
        kills.append(
            Kill(
                target: target, signal: signal, from: from, until: Int(route_realtime_ns()),
                slots: slots))
    }

    /// The supervisor and, because it is gone, all that is left of it; or all of them at once. Then the
    /// start, now and then with another kill within it.
    private mutating func killTree(
        _ service: inout ServiceManager, _ target: Kill.Target
    ) throws(HarnessFailure) {
        repeat {
            let from = Int(route_realtime_ns())
            let workers = service.children.filter(\.isWorker).map(\.pid)
            var tree = [service.process.pid]
            if target == .everything {
                tree += service.children.map(\.pid)
                tree.shuffle(using: &random)
            }
            for pid in tree { kill(pid, SIGKILL) }
            let (_, left) = try service.clear(milliseconds: 30_000)
            slots.read(log: service.settings.log)
            kills.append(
                Kill(
                    target: target, signal: SIGKILL, from: from, until: Int(route_realtime_ns()),
                    slots: Set((workers + left).compactMap { slots[$0] }).sorted()))
            done = []
            try service.start()
            // In the middle of the start, when channels of the run before are not settled.
            guard random.chance(25) else { break }
            let until = route_monotonic_ns() + UInt64(random.number(20...600)) * 1_000_000
            while route_monotonic_ns() < until { try service.wait(milliseconds: 10) }
        } while true
        try service.waitForReady()
    }
}
