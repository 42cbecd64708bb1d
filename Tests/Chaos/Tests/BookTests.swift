import Foundation
import Testing

@testable import ChaosHarness

@Suite("What others wrote is read back")
struct BookTests {
    @Test func theMocksLog() throws {
        let log = """
            {"event":"opened","connection":1,"at_ns":1}
            {"event":"request","connection":1,"request":1,"path":"/v1/messages","stream":true,\
            "x_mock":"unit=1&n=5&completion=6&prompt=11","headers":{"x-chaos-tag":"7"},"at_ns":2}
            {"event":"ended","connection":1,"request":1,"how":"reset","events":4,"at_ns":3}
            {"event":"request","connection":2,"request":1,"path":"/v1/models","headers":{}}

            """
        let entries = try MockProcess.entries(Data(log.utf8))
        let entry = try #require(entries.first)
        #expect(entries.count == 1)
        #expect(entry.tag == 7 && entry.dialect == .messages && entry.how == "reset")
        #expect(entry.tokensSent == 2 && entry.tokensOfAll == 5 && entry.reported == 6)
        #expect(throws: HarnessFailure.self) { try MockProcess.entries(Data("no JSON\n".utf8)) }
    }

    @Test func workersSlotsInTheLog() {
        var slots = WorkerSlots()
        slots.take("supervisor: worker[2] pid 4711 star".utf8)
        #expect(slots[4711] == nil)
        slots.take("ted\nsupervisor: worker[0] pid 12 started, generation 2\n".utf8)
        slots.take("worker[1] pid 99 is ready after 3 ms\naccountant pid 5 started\n".utf8)
        #expect(slots[4711] == 2 && slots[12] == 0 && slots[99] == nil && slots[5] == nil)
    }

    @Test func theLedgersAnswer() throws {
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n"
        #expect(throws: HarnessFailure.self) { try LedgerReader.body(Array(answer.utf8)[...]) }
        let whole = try LedgerReader.body(Array((answer + "0\r\n\r\n").utf8)[...])
        #expect(whole == Array("abcd".utf8))
        #expect(throws: HarnessFailure.self) {
            try LedgerReader.body(Array("HTTP/1.1 500 Oh\r\n\r\n".utf8)[...])
        }
    }
}
