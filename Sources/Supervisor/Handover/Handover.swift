import IPC
import Redaction

/// All that a supervisor knows and its successor cannot find out: what the image of a new version, executed in the
/// same process, goes on with. Descriptors keep their numbers over exec(3).
///
/// It is made at rest only: no child is starting or being killed, and nothing waits to be sent or logged.
struct Handover: Equatable {
    /// One generation of the configuration, in its three sealed parts.
    struct Configuration: Equatable {
        var generation: UInt32
        var plan: Int32
        var worker: Int32
        var accountant: Int32
    }

    /// One row of the process table.
    struct Row: Equatable {
        var role: ChildRow.Role
        var generation: UInt32
        var state: State
        var failuresInRow: UInt32 = 0
        var granted: [Moment] = []
        var dueAt: Moment?
        var healthyAt: Moment?
        var drainMilliseconds: UInt32 = 0
        var drainDeadline: Moment?
        var recentLines: [String] = []
        var restarts: UInt32 = 0
        var process: Process?
    }

    /// Where a row can stand at rest.
    enum State: UInt8, CaseIterable {
        case waiting = 1
        case ready, draining, broken
    }

    /// A row's child.
    struct Process: Equatable {
        var pid: Int32
        var pidfd: Int32
        var startedAt: Moment
        var program: ProgramFile?
        var incarnation: UInt64?
        var control: Int32?
        var errors: Int32?
        var crash: Int32?
        var openStreams: UInt32 = 0
        var context: Redactor.Context
        var line: LineSplitter.Begun
    }

    var lastGeneration: UInt32
    var currentGeneration: UInt32
    var accountantGeneration: UInt32
    /// The generation that the reload in progress is about.
    var candidateGeneration: UInt32
    /// Another reload was asked for.
    var isQueued = false
    var reloadsRequested: UInt32 = 0
    var reloadsCovered: UInt32 = 0
    var reloadsFinished: UInt32 = 0
    var board: Int32?
    /// When the service started.
    var startedAt = Moment(milliseconds: 0)
    /// Answers of the accountant that belong to no reload and have not come.
    var staleAnswers: UInt32 = 0
    var http: [Int32]
    var https: [Int32]
    var admin: [Int32]
    /// Descriptors that are held and never used.
    var held: [Int32]
    var configurations: [Configuration]
    var rows: [Row]
    var channels: [UsageChannels.Channel]
    /// What systemd was not told yet.
    var notes: [ServiceManager.Waiting] = []

    /// Every descriptor in it.
    var descriptors: [Int32] {
        var all = http + https + admin + held
        if let board { all.append(board) }
        for one in configurations { all += [one.plan, one.worker, one.accountant] }
        for process in rows.compactMap(\.process) {
            all.append(process.pidfd)
            all += [process.control, process.errors, process.crash].compactMap { $0 }
        }
        for channel in channels {
            all += [channel.receivingEnd, channel.counters]
            if let sending = channel.sendingEnd { all.append(sending) }
        }
        return all
    }
}
