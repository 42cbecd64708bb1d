/// The life of one row of the process table, without I/O: `(state, event)` gives the next state and
/// what is to be done. Every pair is defined; the tests hold the same table and compare all of it.
struct ChildStateMachine: Equatable, Sendable {
    /// Where the row stands.
    enum State: CaseIterable, Sendable {
        /// No process; one is started when its time comes.
        case waiting
        /// A process runs and has not said `ready`.
        case starting
        /// It does its work.
        case ready
        /// It was told to finish and exit; it is not replaced.
        case draining
        /// It was killed and is replaced when it is gone.
        case stopping
        /// It was killed and is not replaced.
        case ending
        /// No process: it failed too often, or for good.
        case broken
        /// No process, and there will be none: the row can be removed.
        case gone
    }

    /// What happened to it.
    enum Event: CaseIterable, Sendable {
        /// The waiting time is over.
        case due
        /// A process was started.
        case spawned
        /// The process ended, or could not be started, and the policy grants another.
        case lostRetry
        /// The process ended, or could not be started, and the policy grants no other.
        case lostForGood
        /// The process said `ready`.
        case ready
        /// The process took too long to say `ready`.
        case readyDeadline
        /// A ping is to be sent.
        case pingDue
        /// The process answered a ping.
        case pong
        /// The process left a ping unanswered for too long.
        case hung
        /// The process closed its control socket and yet runs on.
        case controlClosed
        /// The process has been ready for so long that its earlier failures no longer count.
        case healthy
        /// The row is to end: by the service's end, or by a newer generation.
        case drain
        /// The process did not finish in its time.
        case drainDeadline
    }

    /// What the owner of the row is to do.
    enum Action: Equatable, Sendable {
        /// Start a process; `spawned`, `lostRetry` or `lostForGood` follows.
        case spawn
        /// Take the deadline for `ready` from now.
        case armReadyDeadline
        /// Wait as long as the policy said.
        case armRetry
        case sendPing
        case noteAlive
        case sendDrain
        /// SIGKILL; `lostRetry` or `lostForGood` follows.
        case kill
        case forgive
        case announceReady
        case announceBroken
    }

    /// Where the row stands now.
    private(set) var state = State.waiting

    /// A row without a process.
    init() {}

    /// A row that stands there already: one that was taken over, or a test's.
    init(state: State) { self.state = state }

    /// Takes one event.
    mutating func handle(_ event: Event) -> [Action] {
        let (next, actions) = Self.transition(state, event)
        state = next
        return actions
    }

    private static func transition(_ state: State, _ event: Event) -> (State, [Action]) {
        switch state {
        case .waiting: inWaiting(event)
        case .starting: inStarting(event)
        case .ready: inReady(event)
        case .draining: inDraining(event)
        case .stopping: inStopping(event)
        case .ending: inEnding(event)
        case .broken: event == .drain ? (.gone, []) : (.broken, [])
        case .gone: (.gone, [])
        }
    }

    private static func inWaiting(_ event: Event) -> (State, [Action]) {
        switch event {
        case .due: (.waiting, [.spawn])
        case .spawned: (.starting, [.armReadyDeadline])
        case .lostRetry: (.waiting, [.armRetry])
        case .lostForGood: (.broken, [.announceBroken])
        case .drain: (.gone, [])
        case .ready, .readyDeadline, .pingDue, .pong, .hung, .controlClosed, .healthy,
            .drainDeadline:
            (.waiting, [])
        }
    }

    private static func inStarting(_ event: Event) -> (State, [Action]) {
        switch event {
        case .ready: (.ready, [.announceReady])
        case .readyDeadline, .controlClosed: (.stopping, [.kill])
        case .lostRetry: (.waiting, [.armRetry])
        case .lostForGood: (.broken, [.announceBroken])
        case .drain: (.draining, [.sendDrain])
        // Not pinged before it is ready: opening a ledger may take its time.
        case .due, .spawned, .pingDue, .pong, .hung, .healthy, .drainDeadline: (.starting, [])
        }
    }

    private static func inReady(_ event: Event) -> (State, [Action]) {
        switch event {
        case .pingDue: (.ready, [.sendPing])
        case .pong: (.ready, [.noteAlive])
        case .healthy: (.ready, [.forgive])
        case .hung, .controlClosed: (.stopping, [.kill])
        case .lostRetry: (.waiting, [.armRetry])
        case .lostForGood: (.broken, [.announceBroken])
        case .drain: (.draining, [.sendDrain])
        case .due, .spawned, .ready, .readyDeadline, .drainDeadline: (.ready, [])
        }
    }

    private static func inDraining(_ event: Event) -> (State, [Action]) {
        switch event {
        case .pingDue: (.draining, [.sendPing])
        case .pong: (.draining, [.noteAlive])
        case .drain: (.draining, [.sendDrain])
        case .hung, .drainDeadline: (.ending, [.kill])
        case .lostRetry, .lostForGood: (.gone, [])
        // Closing the control socket is the last thing some do before they exit.
        case .due, .spawned, .ready, .readyDeadline, .controlClosed, .healthy: (.draining, [])
        }
    }

    private static func inStopping(_ event: Event) -> (State, [Action]) {
        switch event {
        case .lostRetry: (.waiting, [.armRetry])
        case .lostForGood: (.broken, [.announceBroken])
        case .drain: (.ending, [])
        case .due, .spawned, .ready, .readyDeadline, .pingDue, .pong, .hung, .controlClosed,
            .healthy, .drainDeadline:
            (.stopping, [])
        }
    }

    private static func inEnding(_ event: Event) -> (State, [Action]) {
        switch event {
        case .lostRetry, .lostForGood: (.gone, [])
        case .due, .spawned, .ready, .readyDeadline, .pingDue, .pong, .hung, .controlClosed,
            .healthy, .drain, .drainDeadline:
            (.ending, [])
        }
    }
}
