import Glibc
import IPC

/// Talking with children, and listening to what they write.
extension Supervisor {
    /// So many packets of one child are read in one pass.
    static let packetsMax = 256

    /// Logs what a child has written.
    mutating func readErrors(_ id: UInt64) {
        let now = clock.now
        let lines = table.update(id) { $0.process?.readErrors(at: now) ?? [] } ?? []
        for line in lines { logLine(line, of: id) }
    }

    /// Logs one line of a child and remembers it for its last word.
    mutating func logLine(_ line: String, of id: UInt64) {
        let now = clock.now
        let entry = table.update(id) { row in
            let line = ChildLine(line, of: row.role)
            // Requests are no last words.
            if line.kind == nil {
                row.recentLines.add(line.text)
                row.runtimeMessage.take(line, at: now)
            }
            return LogEntry(
                priority: line.priority ?? .info, kind: line.kind, source: row.title,
                text: line.text, fields: LogEntry.fields(of: row) + line.fields)
        }
        if let entry { log.write(entry) }
    }

    /// Takes what a child has said.
    mutating func readControl(_ id: UInt64) {
        for _ in 0..<Self.packetsMax {
            guard let control = table.row(id)?.process?.control else { return }
            switch control.socket.receive() {
            case .message(let message, let descriptors):
                // No child passes descriptors up.
                for descriptor in descriptors { close(descriptor) }
                take(message, from: id)
            case .refused(let failure):
                if let row = table.row(id) {
                    say("\(row.title) sent a message that is not understood (\(failure))")
                }
            case .nothing: return
            case .gone: return loseControl(id)
            }
        }
    }

    private mutating func take(_ message: ControlMessage, from id: UInt64) {
        guard let row = table.row(id) else { return }
        switch message {
        case .ready: apply(.ready, to: id)
        case .pong(let number, let openStreams, let residentBytes):
            let now = clock.now
            _ = table.update(id) {
                $0.process?.heartbeat.pong(
                    number, openStreams: openStreams, residentBytes: residentBytes, at: now)
            }
            apply(.pong, to: id)
        case .released(let incarnation):
            guard row.role == .accountant else { return refuse(message: "released", of: row) }
            release(incarnation, by: row)
        case .configured(let isAccepted):
            guard row.role == .accountant else { return refuse(message: "configured", of: row) }
            takeConfigured(isAccepted)
        case .ping: refuse(message: "ping", of: row)
        case .drain: refuse(message: "drain", of: row)
        case .attach: refuse(message: "attach", of: row)
        case .configure: refuse(message: "configure", of: row)
        }
    }

    private mutating func refuse(message name: StaticString, of row: ChildRow) {
        say("\(row.title) sent a message that is not its to send: \(name)")
    }

    private mutating func loseControl(_ id: UInt64) {
        let now = clock.now
        _ = table.update(id) { row in
            if let control = row.process?.control { close(control.socket.descriptor) }
            row.process?.control = nil
            // Its exit is seen a moment later: only one that runs on is killed for it.
            row.process?.controlLostAt = now
        }
    }

    /// Sends what waits for a child.
    mutating func flushControl(_ id: UInt64) {
        let channels = self.channels
        let configurations = self.configurations
        let flushed = table.update(id) { row in
            row.process?.control?.flush { outgoing in
                switch outgoing {
                case .drain(let milliseconds): (.drain(milliseconds: milliseconds), [])
                case .attach(let incarnation):
                    channels.channel(of: incarnation).map {
                        (.attach($0.identity), [$0.receivingEnd, $0.counters])
                    }
                case .configure(let generation):
                    configurations.first { $0.generation == generation }.map {
                        (.configure, [$0.accountantConfig])
                    }
                }
            }
        }
        if case .some(.some(.gone)) = flushed { loseControl(id) }
    }

    /// Puts a message behind those that wait for a child.
    mutating func send(_ message: ControlLink.Outgoing, to id: UInt64) {
        _ = table.update(id) { $0.process?.control?.add(message) }
        flushControl(id)
    }

    /// Gives a worker's channel to the accountant; one that is not ready gets it when it is.
    mutating func attach(_ incarnation: UInt64) {
        guard let accountant = table.accountant, accountant.state == .ready else { return }
        send(.attach(incarnation: incarnation), to: accountant.id)
    }

    /// Pings a child. One that does not read its socket owes the answer all the same.
    mutating func ping(_ id: UInt64, at now: Moment) {
        let interval = plan?.heartbeatMilliseconds ?? 1_000
        let sent = table.update(id) { row -> ControlSocket.Sent? in
            guard let number = row.process?.heartbeat.ping(at: now, interval: interval),
                let control = row.process?.control, control.waiting.isEmpty
            else { return nil }
            return control.socket.send(.ping(number))
        }
        if case .some(.some(.gone)) = sent { loseControl(id) }
    }

    /// Tells a child to finish, and sets the time by which it must have.
    mutating func sendDrain(_ id: UInt64, at now: Moment) {
        let milliseconds = table.update(id) { row in
            row.drainDeadline = now.after(UInt64(row.drainMilliseconds)).after(ChildRow.drainGrace)
            return row.drainMilliseconds
        }
        guard let milliseconds else { return }
        send(.drain(milliseconds: milliseconds), to: id)
    }

    /// Ends a row, with so much time for its streams.
    mutating func drain(_ id: UInt64, milliseconds: UInt32) {
        _ = table.update(id) { $0.drainMilliseconds = milliseconds }
        apply(.drain, to: id)
    }
}
