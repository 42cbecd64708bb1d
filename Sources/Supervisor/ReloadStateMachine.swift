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
        /// The program on disk has changed: the new one looks at what it would take over.
        case checking
        /// It is to take this image's place, as soon as nothing is under way that it could not take over.
        case resting
        /// The accountant's program has changed: it ends, and a new one starts.
        case renewing
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
        /// Sealed, and the supervisor's program on disk is another one now.
        case sealedForSuccessor
        /// The new program understands what it would take over.
        case checked
        case checkRefused
        /// The new program could not be executed in this one's place.
        case replaceFailed
        /// The accountant is ready, and its program on disk is another one now.
        case accountantOutdated
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
        /// Let the new supervisor look at what it would take over.
        case startCheck
        /// End the accountant, and start one of the new program with the new configuration.
        case renewAccountant
        /// Give the accountant the old configuration back.
        case reinstateAccountant
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
        case check = "the new supervisor cannot take over from this one"
        case checkTime = "the new supervisor took too long to look at what it would take over"
        case unrest = "the processes did not come to rest for the new supervisor to take over"
        case replace = "the new supervisor cannot be executed"
        case accountantRenewal = "the new accountant does not become ready"
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
        case .checking: inChecking(event)
        case .resting: inResting(event)
        case .renewing: inRenewing(event)
        case .configuring: inConfiguring(event)
        case .replacing: inReplacing(event)
        }
    }

    private static func inSealing(_ event: Event) -> (State, [Action]) {
        switch event {
        case .sealed: (.waiting, [.armDeadline])
        case .sealedForSuccessor: (.checking, [.startCheck, .armDeadline])
        case .sealRefused: (.idle, [.discardCandidate, .reportRefused(.seal)])
        case .deadline:
            (.idle, [.killSealer, .discardCandidate, .reportRefused(.sealTime)])
        case .stop: (.idle, [.killSealer, .discardCandidate])
        case .requested, .checked, .checkRefused, .replaceFailed, .accountantReady,
            .accountantOutdated, .accountantLost, .accepted, .refused, .generationReady,
            .generationFailed:
            (.sealing, [])
        }
    }

    private static func inChecking(_ event: Event) -> (State, [Action]) {
        switch event {
        case .checked: (.resting, [.armDeadline])
        case .checkRefused: (.idle, [.discardCandidate, .reportRefused(.check)])
        case .deadline: (.idle, [.killSealer, .discardCandidate, .reportRefused(.checkTime)])
        case .stop: (.idle, [.killSealer, .discardCandidate])
        case .requested, .sealed, .sealRefused, .sealedForSuccessor, .replaceFailed,
            .accountantReady, .accountantOutdated, .accountantLost, .accepted, .refused,
            .generationReady, .generationFailed:
            (.checking, [])
        }
    }

    // From here the new image goes on in `waiting`.
    private static func inResting(_ event: Event) -> (State, [Action]) {
        switch event {
        case .replaceFailed: (.idle, [.discardCandidate, .reportRefused(.replace)])
        case .deadline: (.idle, [.discardCandidate, .reportRefused(.unrest)])
        case .stop: (.idle, [.discardCandidate])
        case .requested, .sealed, .sealRefused, .sealedForSuccessor, .checked, .checkRefused,
            .accountantReady, .accountantOutdated, .accountantLost, .accepted, .refused,
            .generationReady, .generationFailed:
            (.resting, [])
        }
    }

    private static func inWaiting(_ event: Event) -> (State, [Action]) {
        switch event {
        case .accountantReady: (.configuring, [.sendConfigure, .armDeadline])
        case .accountantOutdated: (.renewing, [.renewAccountant, .armDeadline])
        case .deadline: (.idle, [.discardCandidate, .reportRefused(.accountantAway)])
        case .stop: (.idle, [.discardCandidate])
        case .requested, .sealed, .sealRefused, .sealedForSuccessor, .checked, .checkRefused,
            .replaceFailed, .accountantLost, .accepted, .refused, .generationReady,
            .generationFailed:
            (.waiting, [])
        }
    }

    private static func inRenewing(_ event: Event) -> (State, [Action]) {
        switch event {
        case .accountantReady: (.replacing, [.startGeneration])
        case .refused, .deadline:
            (
                .idle,
                [.reinstateAccountant, .discardCandidate, .reportRefused(.accountantRenewal)]
            )
        case .stop: (.idle, [.reinstateAccountant, .discardCandidate])
        // The old one ends: that is what it was told.
        case .requested, .sealed, .sealRefused, .sealedForSuccessor, .checked, .checkRefused,
            .replaceFailed, .accountantOutdated, .accountantLost, .accepted, .generationReady,
            .generationFailed:
            (.renewing, [])
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
        case .requested, .sealed, .sealRefused, .sealedForSuccessor, .checked, .checkRefused,
            .replaceFailed, .accountantReady, .accountantOutdated, .generationReady,
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
        case .requested, .sealed, .sealRefused, .sealedForSuccessor, .checked, .checkRefused,
            .replaceFailed, .accountantReady, .accountantOutdated, .accountantLost, .accepted,
            .refused, .deadline:
            (.replacing, [])
        }
    }
}
