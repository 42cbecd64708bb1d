/// A change of configuration, without I/O: seal it, let the accountant take it, start new workers,
/// and only when all of them are ready let the old ones go. Every step can end in keeping the old.
struct ReloadStateMachine: Equatable, Sendable {
    /// How far it is.
    enum State: CaseIterable, Sendable {
        /// No reload runs.
        case idle
        /// The command reads and seals the new configuration.
        case sealing
        /// The sealed configuration waits for an accountant that is ready.
        case waiting
        /// The accountant looks at it.
        case configuring
        /// The new workers start, beside the old ones.
        case replacing
    }

    /// What happened.
    enum Event: CaseIterable, Sendable {
        /// SIGHUP.
        case requested
        case sealed
        case sealRefused
        case accountantReady
        case accountantLost
        case accepted
        case refused
        /// The step took too long.
        case deadline
        /// Every new worker is ready.
        case generationReady
        /// A new worker failed for good, or too often.
        case generationFailed
        /// The service ends.
        case stop
    }

    /// What is to be done.
    enum Action: Equatable, Sendable {
        case startSealer
        case killSealer
        case armDeadline
        case sendConfigure
        case startGeneration
        /// The new generation is the service's now; drain the workers of the others.
        case retireOldGenerations
        /// Drain the new workers, and give the accountant its old configuration back.
        case abandonGeneration
        /// Forget the sealed configuration.
        case discardCandidate
        /// Kill the accountant, which starts again with the old configuration.
        case replaceAccountant
        /// Say that the old configuration stays, and why.
        case reportRefused(StaticReason)
        /// Say that the new one is in force.
        case reportDone
    }

    /// Why the old configuration stays.
    enum StaticReason: String, Sendable {
        case seal = "the new configuration is not valid"
        case sealTime = "reading the new configuration took too long"
        case accountantAway = "the accountant was not ready in time"
        case accountantRefused = "the accountant does not take the new configuration"
        case accountantLost = "the accountant ended while it took the new configuration"
        case accountantTime = "the accountant took too long over the new configuration"
        case workers = "the new workers do not become ready"
    }

    private(set) var state = State.idle
    /// Another reload was asked for while one ran.
    private(set) var isQueued = false

    init() {}

    /// For tests, which visit every cell.
    init(state: State, isQueued: Bool = false) {
        self.state = state
        self.isQueued = isQueued
    }

    /// Takes one event.
    mutating func handle(_ event: Event) -> [Action] {
        if event == .requested, state != .idle {
            isQueued = true
            return []
        }
        if event == .stop { isQueued = false }
        let before = state
        let (next, actions) = Self.transition(before, event)
        state = next
        guard next == .idle, before != .idle, isQueued else { return actions }
        isQueued = false
        state = .sealing
        return actions + [.startSealer, .armDeadline]
    }

    private static func transition(_ state: State, _ event: Event) -> (State, [Action]) {
        switch state {
        case .idle: event == .requested ? (.sealing, [.startSealer, .armDeadline]) : (.idle, [])
        case .sealing: inSealing(event)
        case .waiting: inWaiting(event)
        case .configuring: inConfiguring(event)
        case .replacing: inReplacing(event)
        }
    }

    private static func inSealing(_ event: Event) -> (State, [Action]) {
        switch event {
        case .sealed: (.waiting, [.armDeadline])
        case .sealRefused: (.idle, [.discardCandidate, .reportRefused(.seal)])
        case .deadline:
            (.idle, [.killSealer, .discardCandidate, .reportRefused(.sealTime)])
        case .stop: (.idle, [.killSealer, .discardCandidate])
        case .requested, .accountantReady, .accountantLost, .accepted, .refused, .generationReady,
            .generationFailed:
            (.sealing, [])
        }
    }

    private static func inWaiting(_ event: Event) -> (State, [Action]) {
        switch event {
        case .accountantReady: (.configuring, [.sendConfigure, .armDeadline])
        case .deadline: (.idle, [.discardCandidate, .reportRefused(.accountantAway)])
        case .stop: (.idle, [.discardCandidate])
        case .requested, .sealed, .sealRefused, .accountantLost, .accepted, .refused,
            .generationReady, .generationFailed:
            (.waiting, [])
        }
    }

    private static func inConfiguring(_ event: Event) -> (State, [Action]) {
        switch event {
        case .accepted: (.replacing, [.startGeneration])
        case .refused: (.idle, [.discardCandidate, .reportRefused(.accountantRefused)])
        case .accountantLost: (.idle, [.discardCandidate, .reportRefused(.accountantLost)])
        case .deadline:
            (.idle, [.discardCandidate, .replaceAccountant, .reportRefused(.accountantTime)])
        case .stop: (.idle, [.discardCandidate])
        case .requested, .sealed, .sealRefused, .accountantReady, .generationReady,
            .generationFailed:
            (.configuring, [])
        }
    }

    private static func inReplacing(_ event: Event) -> (State, [Action]) {
        switch event {
        case .generationReady: (.idle, [.retireOldGenerations, .reportDone])
        case .generationFailed: (.idle, [.abandonGeneration, .reportRefused(.workers)])
        // The new workers drain with all others.
        case .stop: (.idle, [])
        // A worker's start has a deadline of its own, and an accountant that comes back is given
        // the configuration that it accepted.
        case .requested, .sealed, .sealRefused, .accountantReady, .accountantLost, .accepted,
            .refused, .deadline:
            (.replacing, [])
        }
    }
}
