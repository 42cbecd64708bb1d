import IPC
import NIOCore
import TestTLS
import Testing

@testable import Worker

@Suite("Clients that speak TLS are served, and those that do not are let go", .serialized)
struct ClientTLSTests {
    private func rig(_ change: @escaping (inout WorkerRig.Options) -> Void = { _ in }) throws
        -> WorkerRig
    {
        try WorkerRig {
            $0.clientsUseTLS = true
            change(&$0)
        }
    }

    @Test(
        "A client that leaves aborts the provider, with and without a reset",
        arguments: [true, false])
    func leaves(byReset: Bool) throws {
        let rig = try rig()
        let client = try rig.secureClient()
        try client.send(WorkerRig.post())
        let provider = try rig.provider()
        _ = try provider.readMessage()
        if byReset { client.reset() } else { client.close() }
        try provider.waitForEnd()
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .clientGone)
        #expect(record.usage.completionDelivered == 0)
    }

    @Test("A provider that breaks off: the client gets the error, the end, and a farewell")
    func brokenOff() throws {
        let rig = try rig()
        let client = try rig.secureClient()
        try client.send(WorkerRig.post())
        let provider = try rig.provider()
        _ = try provider.readMessage()
        try provider.send(WorkerRig.streamHead + WorkerRig.chunk(WorkerRig.delta("abcd")))
        _ = try client.read(through: "\n\n")
        provider.reset()
        #expect(try client.readToEnd()?.hasSuffix("\r\n0\r\n\r\n") == true)
        client.close()
        let record = try #require(try rig.settled().first)
        #expect(record.outcome == .providerFailed)
        #expect(record.usage.completionDelivered == 1)
    }

    @Test("Whoever shakes no hand is let go after the time for a head")
    func silence() throws {
        let rig = try rig { $0.limits.headerTimeout = 300 }
        let silent = try rig.client()
        try silent.waitForEnd()
        let halfway = try rig.client()
        let session = try TLSSession(trusting: TestIdentity.certificate)
        try halfway.send(Array(session.outgoing().prefix(100)))
        try halfway.waitForEnd()
        // Whoever has shaken hands has the time of an idle connection.
        let client = try rig.secureClient()
        try client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 200 "))
    }

    @Test("Handshakes are bounded in number: the oldest goes")
    func crowd() throws {
        let rig = try rig()
        let service = rig.server.service
        try rig.server.loop.submit { service.value.core.handshakesMax = 2 }.wait()
        let open = try rig.secureClient()
        // Its own side of the handshake is over before the worker's is.
        try open.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try open.readMessage()
        let first = try rig.client()
        let second = try rig.client()
        let third = try rig.client()
        try first.waitForEnd()
        // The later ones are still welcome, and the first was no other's turn.
        for client in [second, third] {
            try client.secure(TLSSession(trusting: TestIdentity.certificate))
        }
        for client in [open, second, third] {
            try client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readMessage().head.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test("Plain HTTP and noise on a TLS port end the connection and make no record")
    func noTLS() throws {
        // One of them looks like the beginning of a handshake, and ends with the time for one.
        let rig = try rig { $0.limits.headerTimeout = 1000 }
        for text in [WorkerRig.post(), "\u{16}\u{3}\u{1}\u{0}\u{5}hello", "\r\n\r\n\r\n"] {
            let client = try rig.client()
            try client.send(text)
            try client.waitForEnd()
        }
        #expect(try rig.openStreams == 0)
        #expect(!rig.hasDialled)
        #expect(rig.records.isEmpty)
    }

    @Test("A worker without a certificate, or with another's key, does not start")
    func noIdentity() throws {
        #expect(throws: ServerIdentity.Failure.missing) {
            _ = try WorkerRig {
                $0.clientsUseTLS = true
                $0.identity = .missing
            }
        }
        #expect(throws: ServerIdentity.Failure.unusable) {
            _ = try WorkerRig {
                $0.clientsUseTLS = true
                $0.identity = .mismatched
            }
        }
    }
}
