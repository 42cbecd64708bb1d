import Foundation
import Glibc
import Testing

extension SystemTests {
    @Suite("A reload after an upgrade replaces every program, and no stream notices")
    struct UpgradeTests {
        /// A folder of executables, as a package has installed them.
        private struct Installation: ~Copyable {
            let folder: String

            init() throws {
                // Beside the build, so that the first version can be links.
                folder = Product.folder + "/installed-\(getpid())"
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true)
                try upgrade(copies: false)
                let vocabularies = "dd0c-route_Tokenization.resources"
                try FileManager.default.createSymbolicLink(
                    atPath: "\(folder)/\(vocabularies)",
                    withDestinationPath: "\(Product.folder)/\(vocabularies)")
            }

            deinit { try? FileManager.default.removeItem(atPath: folder) }

            /// Puts another file in the place of each executable, as a package upgrade does.
            func upgrade(copies: Bool) throws {
                let files = FileManager.default
                for name in Product.executables {
                    let new = "\(folder)/\(name).new"
                    if copies {
                        try files.copyItem(atPath: "\(Product.folder)/\(name)", toPath: new)
                    } else {
                        try files.linkItem(atPath: "\(Product.folder)/\(name)", toPath: new)
                    }
                    guard rename(new, "\(folder)/\(name)") == 0 else {
                        throw SystemFailure.call("rename")
                    }
                }
            }
        }

        @Test("Three upgrades under load")
        func underLoad() throws {
            let mock = try Mock()
            let installation = try Installation()
            var settings = Gateway.Settings()
            settings.executables = installation.folder
            let gateway = try Gateway(mock: mock, settings)
            let client = LoadClient()
            let prober = Prober(port: gateway.httpPort)
            var streams: [OpenStream] = []
            let descriptors = getuid() == 0 ? try Self.descriptors(of: gateway) : 0
            for round in 1...3 {
                let old = Set(ProcessList.children(of: gateway.process.pid).map(\.pid))
                let opened = client.open(40, port: gateway.httpPort) {
                    Request(
                        model: "mock-\(round)-\($0)", mock: "n=100&us=50000&seed=\($0)")
                }
                for stream in opened { try stream.waitForEvents(3) }
                try installation.upgrade(copies: round % 2 == 1)
                gateway.process.signal(SIGHUP)
                let process = gateway.process
                for state in ["RELOADING=1", "READY=1"] {
                    _ = try gateway.notify.wait(for: state, unless: { process.pollExit() != nil })
                }
                #expect(Self.count("reload done", in: gateway.log) == round)
                #expect(Self.count("took over", in: gateway.log) == round)
                for stream in opened { #expect(try stream.waitForEnd().ending == .complete) }
                streams += opened
                // Three children, all of them new, in the same supervisor.
                try HangGuard.poll(for: "the end of the old children") {
                    let now = ProcessList.children(of: gateway.process.pid).map(\.pid)
                    return now.count == 3 && old.isDisjoint(with: now) ? () : nil
                }
                if getuid() == 0 {
                    try Self.expectCurrent(gateway, installation.folder)
                    // What is handed on is what is needed: no descriptor is left over, once the accountant
                    // has settled what the old workers left.
                    try HangGuard.poll(for: "the supervisor's descriptors") {
                        try Self.descriptors(of: gateway) == descriptors ? () : nil
                    }
                }
            }
            let probed = try prober.stop()
            #expect(probed.refusals.isEmpty)
            #expect(probed.answered == probed.connected)
            let rows = try gateway.settledUsage(streams.count) {
                $0.model?.hasPrefix("mock-") == true
            }
            #expect(rows.count == streams.count)
            #expect(Set(rows.map(\.model)).count == streams.count)
            #expect(rows.allSatisfy { $0.outcome == "completed" })
            #expect(rows.allSatisfy { $0.completion_tokens?.reported == 100 })
            gateway.process.signal(SIGTERM)
            #expect(try gateway.process.waitForExit() == .exited(0))
        }

        private static func count(_ text: String, in log: String) -> Int {
            log.split(separator: "\n").filter { $0.contains(text) }.count
        }

        private static func descriptors(of gateway: Gateway) throws -> Int {
            try FileManager.default.contentsOfDirectory(
                atPath: "/proc/\(gateway.process.pid)/fd"
            ).count
        }

        /// Every process runs the file that is on disk.
        private static func expectCurrent(_ gateway: Gateway, _ folder: String) throws {
            let children = ProcessList.children(of: gateway.process.pid)
            for pid in [gateway.process.pid] + children.map(\.pid) {
                let program = try FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/\(pid)/exe")
                #expect(program.hasPrefix(folder + "/") && !program.contains("deleted"))
                var running = stat()
                var installed = stat()
                #expect(stat("/proc/\(pid)/exe", &running) == 0)
                #expect(stat(program, &installed) == 0)
                #expect(running.st_ino == installed.st_ino)
            }
        }
    }
}
