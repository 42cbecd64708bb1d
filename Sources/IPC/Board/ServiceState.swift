/// What the supervisor knows of the service, for those who show it.
public struct ServiceState: Equatable, Sendable {
    /// What a process of the service is.
    public enum Role: UInt8, CaseIterable, Sendable {
        case supervisor = 1
        case accountant
        case worker

        /// The name in what is shown.
        public var name: String {
            switch self {
            case .supervisor: "supervisor"
            case .accountant: "accountant"
            case .worker: "worker"
            }
        }
    }

    /// One row of the supervisor's table, or the supervisor itself.
    public struct Process: Equatable, Sendable {
        public var role: Role
        /// A worker's place.
        public var slot: UInt16?
        /// nil for the supervisor and the accountant.
        public var generation: UInt32?
        /// `ready`, `draining`, `starting`, …
        public var state: String
        /// nil: no process fills the place now.
        public var pid: Int32?
        /// Milliseconds of CLOCK_MONOTONIC.
        public var startedAt: UInt64?
        /// How often the place was filled again.
        public var restarts: UInt32
        /// As the process said last.
        public var openStreams: UInt32?
        /// Memory that is in RAM, bytes, as the process said last.
        public var residentBytes: UInt64?
        /// How the last process in the place ended; nil: none has.
        public var lastExit: String?

        /// Memberwise.
        public init(
            role: Role, slot: UInt16? = nil, generation: UInt32? = nil, state: String,
            pid: Int32? = nil, startedAt: UInt64? = nil, restarts: UInt32 = 0,
            openStreams: UInt32? = nil, residentBytes: UInt64? = nil, lastExit: String? = nil
        ) {
            self.role = role
            self.slot = slot
            self.generation = generation
            self.state = state
            self.pid = pid
            self.startedAt = startedAt
            self.restarts = restarts
            self.openStreams = openStreams
            self.residentBytes = residentBytes
            self.lastExit = lastExit
        }
    }

    /// The line that `systemctl status` shows.
    public var summary = ""
    /// The generation that serves.
    public var generation: UInt32 = 0
    /// Reloads that were asked for since the service started.
    public var reloadsRequested: UInt32 = 0
    /// So many of these are over.
    public var reloadsFinished: UInt32 = 0
    /// Why the last one changed nothing, a line each, the reason first; empty: it is in force.
    public var reloadRefusal: [String] = []
    /// Descriptors that are in systemd's store; nil without a systemd.
    public var storedDescriptors: UInt32?
    public var processes: [Process] = []

    /// Nothing is known yet: no reloads, no processes.
    public init() {}
}
