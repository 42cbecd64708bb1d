import CLinux
import CSystemd
import Glibc
import IPC

/// What is said to systemd, over `NOTIFY_SOCKET`. Without one, nothing is said.
///
/// libsystemd waits when systemd does not read; this process must not. So what finds no room is held,
/// in order, and said in a later pass.
struct ServiceManager {
    /// Something to say.
    private enum Note {
        case assignments(String)
        /// Put a descriptor (ours to close) into the descriptor store.
        case store(name: String, descriptor: Int32)
    }

    /// The most that is held; the oldest is dropped for more.
    private static let heldMax = 4096

    /// Half of what systemd waits for a sign of life; nil when it does not wait.
    let watchdogInterval: UInt64?
    private let path: String?
    private var held: [Note] = []
    private var status: String?
    private var lastStatus = ""

    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
    init() {
        var microseconds: UInt64 = 0
        let isWatched = sd_watchdog_enabled(0, &microseconds) > 0
        watchdogInterval = isWatched ? max(1, microseconds / 2_000) : nil
        path = getenv("NOTIFY_SOCKET").map { String(cString: $0) }
    }

    /// Something that waits to be said, for another image that is to say it.
    enum Waiting: Equatable, Sendable {
        case assignments(String)
        /// The descriptor that has this name in the store.
        case store(name: String)
    }

    /// What waits to be said, in order.
    var waiting: [Waiting] {
        held.map {
            switch $0 {
            case .assignments(let text): .assignments(text)
            case .store(let name, _): .store(name: name)
            }
        }
    }

    /// Takes over what the image before has not said.
    ///
    /// - Parameter descriptor: the one that has a name in the store; nil: it is no more.
    mutating func resume(_ waiting: [Waiting], descriptor: (String) -> Int32?) {
        for note in waiting {
            switch note {
            case .assignments(let text): say(text)
            case .store(let name): if let found = descriptor(name) { store(name, found) }
            }
        }
    }

    /// There is one that listens.
    var hasManager: Bool { path != nil }

    /// The service can serve.
    mutating func ready() { say("READY=1") }

    /// The service serves on while it takes a new configuration.
    mutating func reloading(at now: Moment) {
        let microseconds = now.milliseconds.multipliedReportingOverflow(by: 1_000).partialValue
        say("RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
    }

    /// The service has begun to end.
    mutating func stopping() { say("STOPPING=1") }

    /// The loop runs and every child answers. Not held: a late sign of life is none.
    mutating func alive() {
        if hasRoom { say("WATCHDOG=1") }
    }

    /// The present step takes so much longer, milliseconds from now.
    mutating func extend(milliseconds: UInt64) {
        let microseconds = milliseconds.multipliedReportingOverflow(by: 1_000).partialValue
        if hasRoom { say("EXTEND_TIMEOUT_USEC=\(microseconds)") }
    }

    /// One line for `systemctl status`; nothing is sent when it is the same as before.
    mutating func status(_ text: String) {
        guard text != lastStatus else { return }
        lastStatus = text
        // A line break would begin another assignment.
        status = String(text.map { $0.isNewline ? " " : $0 })
        flush()
    }

    /// Puts a descriptor into the store, from which the next start gets it by this name.
    mutating func store(_ name: String, _ descriptor: Int32) {
        guard path != nil else { return }
        // A copy: ours may be closed, and its number another file's, before this is said.
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { return }
        add(.store(name: name, descriptor: copy))
    }

    /// Removes what the store has, or was to get, by this name.
    mutating func unstore(_ name: String) {
        for case .store(name, let descriptor) in held { close(descriptor) }
        held.removeAll { if case .store(name, _) = $0 { true } else { false } }
        say("FDSTOREREMOVE=1\nFDNAME=\(name)")
    }

    /// Says what is held, as far as there is room.
    mutating func flush() {
        while let next = held.first, hasRoom {
            held = Array(held.dropFirst())
            switch next {
            case .assignments(let text): _ = sd_notify(0, text)
            case .store(let name, let descriptor):
                // Without FDPOLL=0 a socket whose peer is gone is dropped with the data in it.
                var descriptors = [descriptor]
                _ = sd_pid_notify_with_fds(
                    0, 0, "FDSTORE=1\nFDNAME=\(name)\nFDPOLL=0", &descriptors, 1)
                close(descriptor)
            }
        }
        if held.isEmpty, let text = status, hasRoom {
            status = nil
            _ = sd_notify(0, "STATUS=\(text)")
        }
    }

    /// Waits for systemd to read, but not for long: used once, before the process ends. A descriptor that
    /// it went on keeping would be settled again by the next start.
    mutating func finish(milliseconds: UInt64, by clock: Clock) {
        let deadline = clock.now.after(milliseconds)
        flush()
        while !held.isEmpty, clock.now < deadline {
            _ = poll(nil, 0, 10)
            flush()
        }
    }

    private mutating func say(_ assignments: String) {
        guard path != nil else { return }
        add(.assignments(assignments))
    }

    private mutating func add(_ note: Note) {
        held.append(note)
        if held.count > Self.heldMax, let oldest = held.first {
            if case .store(_, let descriptor) = oldest { close(descriptor) }
            held = Array(held.dropFirst())
        }
        flush()
    }

    private var hasRoom: Bool {
        guard let path else { return false }
        return route_datagram_has_room(path) == 1
    }
}
