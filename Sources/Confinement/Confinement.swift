import CConfinement

/// What a process gives up for good once it is up, so that whoever takes it over by a defect has little of the
/// machine: the outer sandbox is systemd's, for all processes alike.
public enum Confinement: Equatable, Sendable {
    /// Starts programs. Gives up what nothing of ours does, and every child with it.
    case supervisor
    /// Writes no file, starts no program, listens nowhere anew.
    case worker
    /// Writes files in the folder alone, starts no program, makes no connection.
    case accountant(folder: String)

    /// What took effect.
    public struct Report: Equatable, Sendable {
        /// errno of what kept the filter for system calls from taking effect; nil: it did.
        public var calls: Int32?
        /// Landlock's version; 0: this kernel has none. Negative: an errno.
        public var landlock: Int32

        /// All of it did.
        public var isWhole: Bool { calls == nil && landlock > 0 }
    }

    /// Gives it up. To be called before there is a second thread: Landlock holds for the threads that are
    /// started afterwards, see landlock(7).
    public func enter() -> Report {
        let landlock: Int32 =
            switch self {
            case .supervisor: 0
            case .worker: route_confine_files(nil)
            case .accountant(let folder): route_confine_files(folder)
            }
        let code = route_confine_calls(kind)
        return Report(calls: code == 0 ? nil : code, landlock: landlock)
    }

    private var kind: route_confinement {
        switch self {
        case .supervisor: ROUTE_CONFINE_SUPERVISOR
        case .worker: ROUTE_CONFINE_WORKER
        case .accountant: ROUTE_CONFINE_ACCOUNTANT
        }
    }
}
