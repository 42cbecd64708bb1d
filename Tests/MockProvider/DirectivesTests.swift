import Testing

@testable import MockProvider

@Suite("Directives ask for exactly what they say")
struct DirectivesTests {
    @Test("Keys, values and several faults are read")
    func reading() throws {
        let directives = try Directives("seed=7&n=3& us = 250 &tools=1&fault=crlf,comments&at=9")
        #expect(directives.seed == 7)
        #expect(directives.chunks == 3)
        #expect(directives.interval == 250)
        #expect(directives.callsTool)
        #expect(directives.faults == [.crlf, .comments])
        #expect(directives.position == 9)
        #expect(try Directives("") == Directives())
        #expect(try Directives("split=1&utf8_split=1").faults == [.split, .utf8Split])
    }

    @Test(
        "What makes no sense is refused",
        arguments: [
            "n=x", "n=-1", "n=999999999999", "fault=unknown", "us=", "status=200",
            "speed=3",
        ])
    func refusing(text: String) {
        #expect(throws: Directives.Failure.self) { try Directives(text) }
    }

    @Test("Every fault has a name that asks for it", arguments: Fault.allCases)
    func faults(fault: Fault) throws {
        #expect(try Directives("fault=\(fault.rawValue)").faults == [fault])
    }
}
