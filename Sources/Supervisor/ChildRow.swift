import IPC

/// One row of the process table: a place that a child fills, and the child that fills it now.
struct ChildRow {
    /// What the children of the row do.
    enum Role: Equatable, Hashable, Sendable {
        case accountant
        case worker(slot: UInt16)
    }

    /// A child has so long to say `ready`, milliseconds.
    static let readyLimit: UInt64 = 30_000
    /// A child that closed its control socket has so long to exit, milliseconds.
    static let exitLimit: UInt64 = 1_000
    /// Beyond the time that a drain gives to streams: to end the rest properly, to settle, to exit.
    static let drainGrace: UInt64 = 5_000
    /// A killed child that is not gone after so long cannot be killed, milliseconds.
    static let killLimit: UInt64 = 30_000

    let id: UInt64
    let role: Role
    /// The configuration that the row's workers are started with.
    let generation: UInt32
    var machine = ChildStateMachine()
    var policy = RestartPolicy()
    /// The child, while there is one.
    var process: ChildProcess?
    var recentLines = RecentLines()
    /// What Swift's runtime said last.
    var runtimeMessage = RuntimeMessage()
    /// How the last child ended.
    var lastCause: ExitCause?
    /// How often the place was filled again.
    var restarts: UInt32 = 0

    /// When the next child is started.
    var dueAt: Moment?
    /// When the policy's last delay is over, counted from the moment that it is armed.
    var retryDelay: UInt64 = 0
    var readyDeadline: Moment?
    var healthyAt: Moment?
    /// What a drain of this row gives to streams, milliseconds.
    var drainMilliseconds: UInt32 = 0
    var drainDeadline: Moment?
    var killedAt: Moment?
    /// Why it was killed, for the log.
    var killReason: String?
    /// It was killed at the end of the time that it had to finish: as it was told, no failure.
    var isOverdue = false

    init(id: UInt64, role: Role, generation: UInt32, dueAt: Moment?) {
        self.id = id
        self.role = role
        self.generation = generation
        self.dueAt = dueAt
    }

    var state: ChildStateMachine.State { machine.state }

    var isWorker: Bool { role != .accountant }

    /// For the log, without the pid.
    var name: String {
        switch role {
        case .accountant: "accountant"
        case .worker(let slot): "worker[\(slot)]"
        }
    }

    /// For the log, with the pid while there is a child.
    var title: String {
        guard let process else { return name }
        return "\(name) pid \(process.pid)"
    }

    /// Events whose time has come. Each is given once, or moves its own timer when it is handled.
    mutating func expired(at now: Moment, hungLimit: UInt32) -> [ChildStateMachine.Event] {
        switch state {
        case .waiting:
            return Self.take(&dueAt, at: now) ? [.due] : []
        case .starting:
            if Self.take(&readyDeadline, at: now) { return [.readyDeadline] }
            return takeControlClosed(at: now) ? [.controlClosed] : []
        case .ready:
            if isHung(at: now, limit: hungLimit) { return [.hung] }
            if takeControlClosed(at: now) { return [.controlClosed] }
            return (Self.take(&healthyAt, at: now) ? [.healthy] : []) + pingDue(at: now)
        case .draining:
            if Self.take(&drainDeadline, at: now) { return [.drainDeadline] }
            if isHung(at: now, limit: hungLimit) { return [.hung] }
            return pingDue(at: now)
        case .stopping, .ending, .broken, .gone:
            return []
        }
    }

    /// When `expired` gives something next, if nothing else happens.
    func nextTimer(hungLimit: UInt32) -> Moment? {
        // Without a control socket there is nothing to ask and nothing to wait for.
        let heartbeat = process?.control == nil ? nil : process?.heartbeat
        let hungAt = heartbeat?.hungAt(limit: hungLimit)
        let nextPing = heartbeat?.nextPing
        switch state {
        case .waiting: return dueAt
        case .starting: return readyDeadline.earlier(controlClosedAt)
        case .ready:
            return hungAt.earlier(nextPing).earlier(healthyAt).earlier(controlClosedAt)
        case .draining: return drainDeadline.earlier(hungAt).earlier(nextPing)
        case .stopping, .ending, .broken, .gone: return nil
        }
    }

    /// The row has a child that should answer, and does, or it has none that should.
    func isAnswering(at now: Moment) -> Bool {
        switch state {
        case .stopping, .ending:
            guard let killedAt else { return true }
            return now.since(killedAt) < Self.killLimit
        case .waiting, .starting, .ready, .draining, .broken, .gone:
            return true
        }
    }

    private var controlClosedAt: Moment? {
        process?.controlLostAt?.after(Self.exitLimit)
    }

    private mutating func takeControlClosed(at now: Moment) -> Bool {
        guard let closedAt = controlClosedAt, closedAt <= now else { return false }
        process?.controlLostAt = nil
        return true
    }

    private func isHung(at now: Moment, limit: UInt32) -> Bool {
        guard let process, process.control != nil,
            let hungAt = process.heartbeat.hungAt(limit: limit)
        else { return false }
        return hungAt <= now
    }

    private func pingDue(at now: Moment) -> [ChildStateMachine.Event] {
        guard let process, process.control != nil else { return [] }
        return process.heartbeat.nextPing <= now ? [.pingDue] : []
    }

    private static func take(_ timer: inout Moment?, at now: Moment) -> Bool {
        guard let moment = timer, moment <= now else { return false }
        timer = nil
        return true
    }
}
