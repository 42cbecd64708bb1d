import IPC
import Testing

@testable import Worker

@Suite("Providers are reached over TLS, and only where their certificate is good", .serialized)
struct TLSTests {
    @Test("A stream over TLS, and the connection used again")
    func stream() throws {
        let rig = try WorkerRig { $0.tls = .init() }
        let client = try rig.client()
        var provider: RawSocket?
        for _ in 0..<2 {
            try client.send(WorkerRig.post())
            let connection = try provider ?? rig.provider()
            provider = connection
            #expect(try connection.readMessage().head.contains("host: localhost:"))
            let body =
                WorkerRig.chunk(WorkerRig.delta("a")) + WorkerRig.chunk(WorkerRig.done)
                + "0\r\n\r\n"
            try connection.send(WorkerRig.streamHead + body)
            _ = try client.read(through: "\r\n\r\n")
            #expect(try client.read(through: "0\r\n\r\n") == body)
        }
        #expect(try rig.settled(2).map(\.outcome) == [.completed, .completed])
        #expect(!rig.hasDialled)
    }

    @Test("A client that leaves aborts the provider without a farewell")
    func abort() throws {
        let rig = try WorkerRig { $0.tls = .init() }
        let (client, provider) = try rig.exchange()
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.delta("a")))
        _ = try client.read(through: "\n\n")
        client.close()
        try provider.waitForEnd()
        #expect(try rig.settled().first?.outcome == .clientGone)
    }

    @Test("A certificate of nobody we trust, or for another name, is refused")
    func untrusted() throws {
        for tls in [
            WorkerRig.Options.TLS(trusts: false), WorkerRig.Options.TLS(host: "127.0.0.1"),
        ] {
            let rig = try WorkerRig { $0.tls = tls }
            let client = try rig.client()
            try client.send(WorkerRig.post())
            #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 502 "))
            let record = try #require(try rig.settled().first)
            #expect(record.outcome == .providerFailed)
            #expect(record.reason == "tls_failed")
        }
    }
}
