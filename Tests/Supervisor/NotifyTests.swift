import CLinux
import Glibc
import Testing

@testable import Supervisor

@Suite("What systemd is told", .serialized)
struct NotifyTests {
    /// A NOTIFY_SOCKET of our own, with a descriptor store.
    private final class Manager {
        let path: String
        let descriptor: Int32
        private(set) var messages: [String] = []
        private(set) var stored: [String: Int32] = [:]

        init() throws {
            var template = Array("/tmp/dd0c-route-notify-XXXXXX".utf8CString)
            try #require(mkdtemp(&template) != nil)
            let folder = String(
                decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            path = folder + "/socket"
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(path.utf8)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(bound == 0)
        }

        deinit {
            for one in stored.values { close(one) }
            close(descriptor)
            unlink(path)
            if let end = path.lastIndex(of: "/") { rmdir(String(path[..<end])) }
        }

        /// Waits for a message with the text.
        func next(_ text: String) throws -> String {
            while true {
                try #require(hasMessage(within: 60_000), "no \(text) in \(messages)")
                let message = receive()
                if message.contains(text) { return message }
            }
        }

        /// Reads what has been sent, when nobody sends any more.
        func readTheRest() {
            while hasMessage(within: 0) { _ = receive() }
        }

        private func hasMessage(within milliseconds: Int32) -> Bool {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&entry, 1, milliseconds) == 1
        }

        private func receive() -> String {
            var buffer: [UInt8] = Array(repeating: 0, count: 4096)
            var passed: [Int32] = Array(repeating: -1, count: 8)
            var count = 0
            var truncated: Int32 = 0
            let n = route_receive_message(
                descriptor, &buffer, buffer.count, &passed, &count, &truncated)
            let message = String(decoding: buffer.prefix(max(0, n)), as: UTF8.self)
            messages.append(message)
            let name = message.split(separator: "\n").first { $0.hasPrefix("FDNAME=") }
            if let name = name.map({ String($0.dropFirst(7)) }) {
                if let old = stored.removeValue(forKey: name) { close(old) }
                if message.hasPrefix("FDSTORE=1"), count == 1 { stored[name] = passed[0] }
            }
            return message
        }
    }

    @Test func readinessReloadSignsOfLifeAndEnd() throws {
        let manager = try Manager()
        var settings = Harness.Settings(workers: 2)
        settings.environment = ["NOTIFY_SOCKET=\(manager.path)", "WATCHDOG_USEC=200000"]
        settings.worker = "environment"
        let harness = try Harness(settings)
        _ = try manager.next("READY=1")
        // Both workers may become ready in one turn of the loop, which is then said once.
        #expect(manager.messages.contains { $0.contains("STATUS=Starting, ") })
        _ = try manager.next("STATUS=Serving, 2 of 2 workers ready")
        for _ in 0..<3 { _ = try manager.next("WATCHDOG=1") }
        try harness.write("plan", "workers=2")
        harness.signal(SIGHUP)
        #expect(try manager.next("RELOADING=1").contains("\nMONOTONIC_USEC="))
        _ = try manager.next("READY=1")
        harness.signal(SIGTERM)
        _ = try manager.next("STOPPING=1")
        _ = try manager.next("EXTEND_TIMEOUT_USEC=")
        #expect(try harness.end() == 0)
        #expect(harness.count("environment NOTIFY_SOCKET") == 0)
        #expect(harness.count("environment WATCHDOG") == 0)
    }

    @Test func notReadyWhileAWorkerIsNot() throws {
        let manager = try Manager()
        var settings = Harness.Settings(workers: 2)
        settings.environment = ["NOTIFY_SOCKET=\(manager.path)"]
        settings.worker = "unready"
        let harness = try Harness(settings)
        try harness.next(2, "stays unready")
        harness.signal(SIGTERM)
        // Not a status: one that the next overtakes is not sent.
        _ = try manager.next("STOPPING=1")
        #expect(try harness.end() == 0)
        manager.readTheRest()
        #expect(!manager.messages.contains { $0.contains("READY=1") })
    }

    @Test func aSlotThatIsGivenUpIsInTheStatusAndTheRestServes() throws {
        let manager = try Manager()
        var settings = Harness.Settings(workers: 2)
        let tally = "/tmp/dd0c-route-tally-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        defer { unlink(tally) }
        settings.environment = ["NOTIFY_SOCKET=\(manager.path)"]
        // The first start of all fails for good, so one of the two slots is lost.
        settings.worker = "tally=\(tally)\nfailures=1\nexit=78"
        let harness = try Harness(settings)
        let status = try manager.next("STATUS=Serving, 1 of 2 workers ready; given up: worker[")
        #expect(!status.isEmpty)
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0)
    }

    /// Without the store, what a worker has reported is lost when all processes die at once.
    @Test func channelsOutliveTheSupervisorInTheStoreAndAreSettledByTheNext() throws {
        let manager = try Manager()
        var settings = Harness.Settings(workers: 2)
        settings.environment = ["NOTIFY_SOCKET=\(manager.path)"]
        let first = try Harness(settings)
        _ = try manager.next("READY=1")
        #expect(manager.stored.count == 4, "\(manager.stored)")
        #expect(manager.messages.filter { $0.contains("FDPOLL=0") }.count == 4)
        try first.next("supervisor: ready")
        let pids = try first.lines.filter { $0.contains("says ready") }
            .map { try Harness.pid(in: $0) }
        for pid in [first.pid] + pids { kill(pid, SIGKILL) }

        settings.passed = manager.stored.map { ($0.key, $0.value) }
        let second = try Harness(settings)
        try second.next("2 channels of an earlier run are still to be settled")
        try second.next("supervisor: ready")
        second.signal(SIGTERM)
        while !manager.stored.isEmpty { _ = try manager.next("FDSTOREREMOVE=1") }
        #expect(try second.end() == 0, "\(second.log)")
        #expect(second.count("settled slot") == 4)
    }

    /// A channel that stays in the store would be taken for one that is still to be settled.
    @Test func aManagerThatReadsLateIsToldBeforeTheEndWhatItNeedNotKeep() throws {
        let manager = try Manager()
        var settings = Harness.Settings(workers: 2)
        // Signs of life fill the queue, which holds ten datagrams where nobody changed it.
        settings.environment = ["NOTIFY_SOCKET=\(manager.path)", "WATCHDOG_USEC=2000"]
        let harness = try Harness(settings)
        _ = try manager.next("READY=1")
        #expect(manager.stored.count == 4)
        harness.signal(SIGTERM)
        try harness.next("supervisor: stopped")
        while !manager.stored.isEmpty { _ = try manager.next("FDSTOREREMOVE=1") }
        #expect(try harness.end() == 0)
    }

    @Test func aManagerThatDoesNotReadHoldsNothingUp() throws {
        let manager = try Manager()
        var settings = Harness.Settings(workers: 2)
        settings.environment = ["NOTIFY_SOCKET=\(manager.path)", "WATCHDOG_USEC=2000"]
        let harness = try Harness(settings)
        try harness.next("supervisor: ready")
        try harness.write("plan", "workers=2")
        for generation in 2...4 {
            harness.signal(SIGHUP)
            try harness.next("reload done: generation \(generation) serves")
        }
        harness.signal(SIGTERM)
        #expect(try harness.end() == 0)
    }
}
