import CLinux
import Glibc
import IPC

/// Showing what this process knows, for `dd0c-route status` and `reload`, which ask the accountant.
extension Supervisor {
    /// The board is written so often at most, milliseconds, but for the end of a start or a reload.
    static let boardEvery: UInt64 = 200

    /// Makes the board, or goes on with the one that children have.
    mutating func openBoard(_ inherited: Int32? = nil) {
        if let inherited, let board = try? ServiceBoard(descriptor: inherited, writable: true) {
            boardDescriptor = inherited
            self.board = board
            return
        }
        if let inherited { close(inherited) }
        // Without one the service runs as well, and tells less.
        guard let made = try? ServiceBoard.create() else { return }
        boardDescriptor = made
        board = try? ServiceBoard(descriptor: made, writable: true)
    }

    /// Shows the present state, if it is time.
    mutating func showBoard(_ summary: String) {
        let now = clock.now
        let isOver = shownFinished != reloadsFinished || isReadyShown != isReady
        guard let board, isOver || now.since(boardShownAt) >= Self.boardEvery else { return }
        boardShownAt = now
        shownFinished = reloadsFinished
        isReadyShown = isReady
        var state = ServiceState()
        state.summary = summary
        state.generation = currentGeneration
        state.reloadsRequested = reloadsRequested
        state.reloadsFinished = reloadsFinished
        state.reloadRefusal = reloadRefusal
        if service.hasManager {
            state.storedDescriptors = UInt32(clamping: channels.channels.count &* 2)
        }
        state.processes = [
            ServiceState.Process(
                role: .supervisor, state: shutdown == nil ? "ready" : "stopping", pid: getpid(),
                startedAt: startedAt.milliseconds, residentBytes: route_resident_bytes())
        ]
        state.processes += table.rows.map(Self.shown)
        board.show(state)
    }

    private static func shown(_ row: ChildRow) -> ServiceState.Process {
        var process = ServiceState.Process(
            role: .accountant, state: name(of: row.state), restarts: row.restarts)
        if case .worker(let slot) = row.role {
            process.role = .worker
            process.slot = slot
            process.generation = row.generation
        }
        process.lastExit = row.lastCause?.text
        guard let child = row.process else { return process }
        process.pid = child.pid
        process.startedAt = child.startedAt.milliseconds
        process.openStreams = child.heartbeat.openStreams
        process.residentBytes =
            child.heartbeat.residentBytes > 0 ? child.heartbeat.residentBytes : nil
        return process
    }

    private static func name(of state: ChildStateMachine.State) -> String {
        switch state {
        case .waiting: "waiting"
        case .starting: "starting"
        case .ready: "ready"
        case .draining: "draining"
        case .stopping, .ending: "killed"
        case .broken: "given up"
        case .gone: "gone"
        }
    }
}
