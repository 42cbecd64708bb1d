#if FaultInjection
    import Foundation
    import Glibc
    import Testing

    extension SystemTests {
        @Suite("A worker that dies leaves one entry, no credential, and the right bills")
        struct CrashTests {
            struct Fault: Sendable, CustomTestStringConvertible {
                var name: String
                /// What the entry says of the end.
                var ending: String
                /// A function that is among its frames; nil where a dead process has none.
                var function: String? = "FaultInjector"

                var testDescription: String { name }
            }

            #if arch(arm64)
                private static let trap = "(SIGTRAP)"
            #else
                private static let trap = "(SIGILL)"
            #endif

            static let faults = [
                Fault(name: "fatal-error", ending: trap),
                Fault(name: "precondition", ending: trap),
                Fault(name: "force-try", ending: trap),
                Fault(name: "duplicate-key", ending: trap),
                Fault(name: "trap", ending: trap), Fault(name: "index", ending: trap),
                Fault(name: "unwrap", ending: trap),
                Fault(name: "stack-overflow", ending: "(SIGSEGV)"),
                // The C library keeps no frame pointer, which costs the frame of its caller.
                Fault(name: "abort", ending: "(SIGABRT)", function: "Exchange.headArrived"),
                Fault(name: "raw-write", ending: "(SIGABRT)", function: "Exchange.headArrived"),
                Fault(name: "segv", ending: "(SIGSEGV)", function: "Exchange.headArrived"),
                Fault(name: "null", ending: "(SIGSEGV)"),
                Fault(name: "exit", ending: "exited with code 3", function: nil),
                Fault(name: "kill", ending: "(SIGKILL)", function: nil),
                Fault(name: "hang", ending: "(SIGKILL) of the supervisor", function: nil),
            ]

            @Test("whatever the fault", arguments: faults)
            func fault(_ fault: Fault) throws {
                let mock = try Mock()
                let gateway = try Gateway(mock: mock)
                let workers = Set(gateway.workers)
                let streams = LoadClient().open(30, port: gateway.httpPort, keepsBody: true) {
                    Request(model: "mock-\($0)", mock: "n=40&us=100000&seed=\($0)")
                }
                for stream in streams { try stream.waitForEvents(3) }

                var request = Request(model: "mock-fault", mock: "n=3")
                request.extraHeaders = [
                    ("x-dd0c-fault", fault.name), ("X-Note", "Bearer \(Gateway.clientKey)"),
                ]
                let answer = try? Connection.ask(request.bytes, port: gateway.httpPort)
                #expect(answer?.isComplete != true, "the worker is to die before its answer")
                #expect(!Secrets().isIn(answer?.body ?? []))

                let entry = try HangGuard.poll(for: "the entry of the crash") {
                    Self.entries(gateway.log).first
                }
                let dead = workers.subtracting(gateway.workers)
                #expect(dead.count == 1)
                #expect(entry.contains(" pid \(dead.first ?? 0): "), "\(entry)")
                #expect(entry.contains(fault.ending), "\(entry)")
                if let function = fault.function {
                    #expect(entry.contains("#0 "), "\(entry)")
                    #expect(entry.contains(function), "\(entry)")
                }
                try gateway.waitForWorkers(2, without: dead)

                for stream in streams { try stream.waitForEnd() }
                try expectBills(gateway, streams)
                #expect(Self.entries(gateway.log).count == 1)
                #expect(try Connection.ask(Request().bytes, port: gateway.httpPort).status == 200)
                Secrets.expectNone(in: gateway)
                for stream in streams {
                    let body = stream.state.value.reader.body
                    #expect(!Secrets().isIn(body), "stream \(stream.index)")
                }
                try expectNoCore(gateway)
            }

            /// In whole lines: an entry is written in pieces of 4 KiB.
            private static func entries(_ log: String) -> [String] {
                log.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                    .map(String.init).filter { $0.contains("crash of worker") }
            }

            /// The other worker's streams went on; those of the dead one cost what had reached the client.
            private func expectBills(_ gateway: Gateway, _ streams: [OpenStream]) throws {
                let rows = try gateway.settledUsage(streams.count + 1)
                #expect(rows.count == streams.count + 1)
                let byModel = Dictionary(grouping: rows) { $0.model ?? "" }
                #expect(byModel["mock-fault"]?.map(\.outcome) == ["worker_lost"])
                #expect(byModel["mock-fault"]?.first?.completion_tokens?.billed == 0)
                var complete = 0
                for stream in streams {
                    let row = try #require(byModel["mock-\(stream.index)"]?.first)
                    let isComplete = stream.ending == .complete
                    complete += isComplete ? 1 : 0
                    #expect(row.outcome == (isComplete ? "completed" : "worker_lost"), "\(row)")
                    let flushed = try #require(row.chunks_flushed)
                    // One write may have been under way that no counter knows.
                    #expect(flushed <= stream.events, "\(row), \(stream.events) events")
                    #expect(stream.events - flushed <= 1, "\(row), \(stream.events) events")
                }
                #expect(complete > 0, "the other worker had streams")
                #expect(complete < streams.count, "the dead worker had streams")
            }

            private func expectNoCore(_ gateway: Gateway) throws {
                for folder in [gateway.folder, FileManager.default.currentDirectoryPath] {
                    let cores = try FileManager.default.contentsOfDirectory(atPath: folder)
                        .filter { $0 == "core" || $0.hasPrefix("core.") }
                    #expect(cores == [])
                }
            }
        }
    }
#endif
