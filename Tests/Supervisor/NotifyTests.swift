import CLinux
import Glibc
import Testing

@testable import Supervisor

@Suite("What systemd is told", .serialized)
struct NotifyTests {
    /// A NOTIFY_SOCKET of our own.
    private final class Manager {
        let path: String
        let descriptor: Int32
        private(set) var messages: [String] = []

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
            close(descriptor)
            unlink(path)
            if let end = path.lastIndex(of: "/") { rmdir(String(path[..<end])) }
        }

        /// Waits for a message with the text.
        func next(_ text: String) throws -> String {
            var buffer: [UInt8] = Array(repeating: 0, count: 4096)
            while true {
                var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                try #require(poll(&entry, 1, 60_000) == 1, "no \(text) in \(messages)")
                let n = recv(descriptor, &buffer, buffer.count, 0)
                let message = String(decoding: buffer.prefix(max(0, n)), as: UTF8.self)
                messages.append(message)
                if message.contains(text) { return message }
            }
        }
    }

    @Test func readinessReloadSignsOfLifeAndEnd() throws {
        let manager = try Manager()
        var settings = Harness.Settings(workers: 2)
        settings.environment = ["NOTIFY_SOCKET=\(manager.path)", "WATCHDOG_USEC=200000"]
        settings.worker = "environment"
        let harness = try Harness(settings)
        _ = try manager.next("READY=1")
        #expect(manager.messages.contains { $0.contains("STATUS=Starting, 1 of 2 workers ready") })
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
        _ = try manager.next("STATUS=Stopping: settling")
        #expect(try harness.end() == 0)
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
}
