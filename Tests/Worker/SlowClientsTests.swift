import Testing

@testable import Worker

@Suite("Clients that send a byte now and then stop nobody", .serialized)
struct SlowClientsTests {
    @Test("Hundreds of unfinished heads are served around, and ended in their time")
    func unfinishedHeads() throws {
        let rig = try WorkerRig { $0.limits.headerTimeout = 500 }
        let slow = try (0..<300).map { _ in try rig.client() }
        for byte in "GET /healthz HTTP/1.1" {
            for client in slow { try client.send(String(byte)) }
        }
        let client = try rig.client()
        for _ in 0..<20 {
            try client.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try client.readMessage().body == #"{"status":"ok"}"#)
        }
        for client in slow {
            #expect(try client.readToEnd()?.hasPrefix("HTTP/1.1 408 ") == true)
        }
    }
}
