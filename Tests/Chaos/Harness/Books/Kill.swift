/// One kill, and all processes that died of it.
struct Kill: Equatable, Sendable {
    enum Target: String, CaseIterable, Sendable {
        case worker
        case accountant
        /// And, once it was gone, all its children: KillMode=mixed.
        case supervisor
        /// All processes in one moment.
        case everything
    }

    var target: Target
    var signal: Int32
    /// Nanoseconds since the epoch: right before the first signal, and when the last of them was gone.
    var from: Int
    var until: Int
    /// Workers that died of it, by slot.
    var slots: [Int] = []
}
