import CLinux
import Configuration
import Foundation
import IPC
import Synchronization
import Testing

@testable import Accountant

/// An accountant's loop on a thread of its own, and the supervisor's end of its control socket.
final class RunningAccountant: Sendable {
    let control: ControlSocket
    let access: LedgerAccess
    let lines = LogLines()
    let status = AccountantStatus()
    private let exited = DispatchSemaphore(value: 0)
    private let exitStatus = Mutex<Int32?>(nil)
    private let isOpen = Mutex(true)

    init(
        folder: TemporaryFolder, access: LedgerAccess? = nil, times: AccountantLoop.Times = .init(),
        clock: Clock = .system
    ) throws {
        var pair: [Int32] = [-1, -1]
        guard route_socketpair(1, &pair) == 0 else { throw POSIXError(.EMFILE) }
        control = ControlSocket(descriptor: pair[0])
        self.access = try access ?? LedgerAccess(Ledger(directory: folder.path))
        let child = pair[1]
        Thread.detachNewThread { [self] in
            defer {
                close(child)
                exited.signal()
            }
            guard let prices = try? Sample.prices() else { return }
            let intake = UsageIntake(
                access: self.access, prices: prices, log: lines.log, clock: clock)
            var loop = AccountantLoop(
                control: ControlSocket(descriptor: child),
                configuration: AccountantConfiguration(stateDirectory: folder.path, prices: []),
                intake: intake, shipped: .empty, status: status, log: lines.log, times: times,
                clock: clock)
            let result = loop.run()
            exitStatus.withLock { $0 = result }
        }
    }

    deinit { hangUp() }

    /// The ledger, which is open unless the test has seen to that.
    var ledger: Ledger { get throws { try access.forReading() } }

    func send(_ message: ControlMessage, _ descriptors: [Int32] = []) {
        #expect(control.send(message, descriptors: descriptors) == .sent)
    }

    func attach(_ worker: TestWorker) {
        send(.attach(worker.identity), [worker.receiver, worker.countersDescriptor])
    }

    /// The next message, or nil after a minute without one.
    func next() -> ControlMessage? {
        while true {
            var entry = pollfd(fd: control.descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 60_000) == 1 else { return nil }
            switch control.receive() {
            case .message(let message, _): return message
            case .nothing: continue
            case .refused, .gone: return nil
            }
        }
    }

    /// Closes the control socket, as the supervisor's death does.
    func hangUp() {
        let wasOpen = isOpen.withLock { open in
            defer { open = false }
            return open
        }
        if wasOpen { close(control.descriptor) }
    }

    /// The exit status, nil if there is none within a minute.
    func waitForExit() -> Int32? {
        guard exited.wait(timeout: .now() + 60) == .success else { return nil }
        return exitStatus.withLock { $0 }
    }
}

@Suite("The loop serves its supervisor and all channels")
struct LoopTests {
    @Test("ready, attach, records, end of file, released, drain, exit 0")
    func life() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let accountant = try RunningAccountant(folder: folder)
            #expect(accountant.next() == .ready)
            let worker = try TestWorker()
            accountant.attach(worker)
            try worker.send([
                .opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5),
                .opened(Sample.opened(2, slot: 0)),
            ])
            accountant.send(.ping(7))
            guard case .pong(7, _, _)? = accountant.next() else {
                Issue.record("no pong")
                return
            }
            worker.die()
            #expect(accountant.next() == .released(incarnation: worker.identity.incarnation))
            let records = try accountant.ledger.lines()
            #expect(records.count == 2 && records[1].contains("worker_lost"))
            accountant.send(.drain(milliseconds: 60_000))
            #expect(accountant.waitForExit() == 0)
        }
    }

    @Test("A drain waits for every channel, and takes no new one")
    func drain() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let accountant = try RunningAccountant(folder: folder)
            #expect(accountant.next() == .ready)
            let worker = try TestWorker()
            accountant.attach(worker)
            accountant.send(.drain(milliseconds: 60_000))
            let late = try TestWorker(WorkerIdentity(incarnation: 3, slot: 0, generation: 1))
            accountant.attach(late)
            accountant.send(.ping(1))
            guard case .pong(1, _, _)? = accountant.next() else {
                Issue.record("no pong while draining")
                return
            }
            try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
            worker.die()
            #expect(accountant.next() == .released(incarnation: worker.identity.incarnation))
            #expect(accountant.waitForExit() == 0)
            #expect(try accountant.ledger.lines().count == 1)
            #expect(accountant.lines.contains("refused to attach worker 0: draining"))
        }
    }

    @Test("When the time of a drain is over, open streams keep what the counters know")
    func drainTimeOver() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            var times = AccountantLoop.Times()
            times.drainGrace = 0
            let accountant = try RunningAccountant(folder: folder, times: times)
            #expect(accountant.next() == .ready)
            let worker = try TestWorker()
            accountant.attach(worker)
            try worker.send([.opened(Sample.opened(1, slot: 4))])
            worker.counters.open(slot: 4, stream: 1)
            worker.counters.update(slot: 4, LostWorkerTests.counts(6))
            accountant.send(.drain(milliseconds: 50))
            #expect(accountant.waitForExit() == 0)
            let open = try accountant.ledger.openStreams()
            #expect(open.values.first?.usage?.completionDelivered == 6)
            // The next accountant never sees the worker again.
            var intake = try UsageIntake.make(accountant.ledger)
            _ = intake.settleOrphans()
            #expect(try accountant.ledger.lines().first?.contains("\"billed\":6,") == true)
        }
    }

    @Test("The supervisor's death lets the workers finish, then ends the accountant")
    func supervisorDies() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let accountant = try RunningAccountant(folder: folder)
            #expect(accountant.next() == .ready)
            let worker = try TestWorker()
            accountant.attach(worker)
            accountant.hangUp()
            try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
            worker.die()
            #expect(accountant.waitForExit() == 0)
            #expect(try accountant.ledger.lines().count == 1)
        }
    }

    @Test("Streams of workers that nobody attaches again are settled after a while")
    func orphans() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            do {
                var intake = try UsageIntake.make(Ledger(directory: folder.path))
                let worker = try TestWorker()
                try worker.send([.opened(Sample.opened(1))])
                try intake.attach(worker)
                _ = intake.collect()
            }
            var times = AccountantLoop.Times()
            times.orphans = 1_000_000
            let accountant = try RunningAccountant(folder: folder, times: times)
            #expect(accountant.next() == .ready)
            var number: UInt64 = 0
            while try accountant.ledger.lines().isEmpty, number < 100_000 {
                number += 1
                accountant.send(.ping(number))
                _ = accountant.next()
            }
            #expect(try accountant.ledger.lines().first?.contains("worker_lost") == true)
            accountant.hangUp()
            #expect(accountant.waitForExit() == 0)
        }
    }

    static func sealed(_ configuration: AccountantConfiguration) throws -> Int32 {
        let bytes = try SealedDocument.encode(configuration, secrets: [])
        return try bytes.withUnsafeBytes { try SealedMemory.create(name: "test", $0) }
    }

    @Test("A new configuration changes prices from then on; another folder is refused")
    func configure() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let accountant = try RunningAccountant(folder: folder)
            #expect(accountant.next() == .ready)
            let worker = try TestWorker()
            accountant.attach(worker)
            let dear = AccountantConfiguration(
                stateDirectory: folder.path,
                prices: [PriceRule(match: "test-1", input: 1_000_000, output: 0)])
            var elsewhere = dear
            elsewhere.stateDirectory = "/elsewhere"
            var impossible = dear
            impossible.prices[0].output = -1
            for (configuration, accepted) in [
                (elsewhere, false), (impossible, false), (dear, true),
            ] {
                let descriptor = try Self.sealed(configuration)
                accountant.send(.configure, [descriptor])
                close(descriptor)
                #expect(accountant.next() == .configured(accepted: accepted))
            }
            accountant.send(.configure)
            #expect(accountant.next() == .configured(accepted: false))
            accountant.send(.configure, [worker.receiver])
            #expect(accountant.next() == .configured(accepted: false))
            try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
            worker.die()
            #expect(accountant.next() == .released(incarnation: worker.identity.incarnation))
            #expect(
                try accountant.ledger.lines().first?.contains("\"cost_nanodollars\":11000000")
                    == true)
            accountant.hangUp()
            #expect(accountant.waitForExit() == 0)
        }
    }

    @Test("A locked ledger does not stop the heartbeat, and is written as soon as it is free")
    func lockedLedger() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let accountant = try RunningAccountant(folder: folder)
            #expect(accountant.next() == .ready)
            let worker = try TestWorker()
            accountant.attach(worker)
            let lock = try LedgerLock(path: accountant.ledger.path)
            try worker.send([.opened(Sample.opened(1)), Sample.settled(1, 1, tokens: 5)])
            worker.die()
            var number: UInt64 = 0
            while !accountant.status.snapshot.isLedgerFailing, number < 1_000_000 {
                number += 1
                accountant.send(.ping(number))
                guard case .pong(number, _, _)? = accountant.next() else {
                    Issue.record("no pong while the ledger fails")
                    return
                }
            }
            #expect(accountant.status.snapshot.isLedgerFailing)
            try lock.release()
            #expect(accountant.next() == .released(incarnation: worker.identity.incarnation))
            #expect(try accountant.ledger.lines().count == 1)
            accountant.hangUp()
            #expect(accountant.waitForExit() == 0)
        }
    }

    @Test("Messages that make no sense are refused and cost nothing")
    func nonsense() async throws {
        try await onThread {
            let folder = try TemporaryFolder()
            let accountant = try RunningAccountant(folder: folder)
            #expect(accountant.next() == .ready)
            accountant.send(.ready)
            accountant.send(.attach(Sample.worker))
            let worker = try TestWorker()
            // Counters that are none: the channel is taken all the same.
            accountant.send(.attach(worker.identity), [worker.receiver, worker.receiver])
            try worker.send([.opened(Sample.opened(1, slot: 1))])
            worker.die()
            #expect(accountant.next() == .released(incarnation: worker.identity.incarnation))
            #expect(accountant.lines.contains("no counters that can be read"))
            #expect(accountant.lines.contains("0 descriptors"))
            #expect(try accountant.ledger.lines().count == 1)
            accountant.hangUp()
            #expect(accountant.waitForExit() == 0)
        }
    }
}
