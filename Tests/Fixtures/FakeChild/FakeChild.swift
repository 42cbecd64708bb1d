import CLinux
import Glibc
import IPC

/// The loop of a fake worker or accountant.
struct FakeChild {
    let script: Script
    let control: ControlSocket
    private var channels: [(identity: WorkerIdentity, receivingEnd: Int32)] = []

    init(script: Script, control: Int32) {
        self.script = script
        self.control = ControlSocket(descriptor: control)
    }

    /// Runs until it is told to go, and gives the exit code.
    mutating func run() -> Int32 {
        if script.has("unready") {
            Main.say("stays unready")
        } else {
            Main.say("says ready")
            _ = control.send(.ready)
        }
        // The begin of a line, which the next thing that it says ends.
        if let text = script.values("unfinished").last {
            _ = text.withCString { write(2, $0, strlen($0)) }
        }
        if script.has("hang-up") { close(control.descriptor) }
        while true {
            var entries = [pollfd(fd: control.descriptor, events: Int16(POLLIN), revents: 0)]
            entries += channels.map {
                pollfd(fd: $0.receivingEnd, events: Int16(POLLIN), revents: 0)
            }
            if script.has("hang-up") { entries = [] }
            _ = poll(&entries, nfds_t(entries.count), -1)
            settle()
            while true {
                switch control.receive() {
                case .message(let message, let descriptors):
                    if let code = take(message, descriptors) { return code }
                    continue
                case .gone:
                    Main.say("the supervisor is gone")
                    return 0
                case .refused, .nothing: break
                }
                break
            }
        }
    }

    private mutating func take(_ message: ControlMessage, _ descriptors: [Int32]) -> Int32? {
        switch message {
        case .ping(let number):
            guard !script.has("mute") else { return nil }
            _ = control.send(.pong(number, openStreams: script.integer("streams") ?? 0))
        case .drain(let milliseconds):
            Main.say("drain \(milliseconds)")
            if script.has("linger") { return nil }
            if let limit: UInt32 = script.integer("linger-above"), milliseconds > limit {
                return nil
            }
            return 0
        case .attach(let identity):
            Main.say("attached slot \(identity.slot) generation \(identity.generation)")
            if let receivingEnd = descriptors.first {
                channels.append((identity, receivingEnd))
            }
            for descriptor in descriptors.dropFirst() { close(descriptor) }
        case .configure:
            Main.say("configure")
            let new = descriptors.first.flatMap { try? Script(descriptor: $0) }
            for text in new?.values("say") ?? [] { Main.say("configured with \(text)") }
            for descriptor in descriptors { close(descriptor) }
            _ = control.send(.configured(accepted: new?.has("refuse") == false))
        case .ready, .pong, .released, .configured: Main.say("unexpected message")
        }
        return nil
    }

    /// Reads the channels; one that is at its end is settled and released.
    private mutating func settle() {
        guard !script.has("keep-channels") else { return }
        var scratch: [UInt8] = Array(repeating: 0, count: 4096)
        for (identity, receivingEnd) in channels {
            var n = 1
            while n > 0 { n = route_consume(receivingEnd, &scratch, scratch.count) }
            guard n == 0 else { continue }
            Main.say("settled slot \(identity.slot) generation \(identity.generation)")
            close(receivingEnd)
            channels.removeAll { $0.identity == identity }
            _ = control.send(.released(incarnation: identity.incarnation))
        }
    }
}
