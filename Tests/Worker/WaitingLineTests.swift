import Testing

@testable import Worker

@Suite("A line is in the order of coming, whoever leaves it")
struct WaitingLineTests {
    private func take(_ names: [String], _ line: inout WaitingLine<String>) -> [Int] {
        var tickets: [Int] = []
        for name in names { tickets.append(line.append(name)) }
        return tickets
    }

    private func expectLeft<Element>(
        _ line: inout WaitingLine<Element>, _ ticket: Int, _ had: Bool = true
    ) {
        let left = line.remove(ticket)
        #expect(left == had)
    }

    @Test("First come, first served")
    func order() {
        var line = WaitingLine<String>()
        #expect(line.isEmpty && line.first == nil)
        let tickets = take(["a", "b", "c"], &line)
        #expect(line.count == 3)
        for (ticket, name) in zip(tickets, ["a", "b", "c"]) {
            #expect(line.first == name)
            expectLeft(&line, ticket)
        }
        #expect(line.isEmpty && line.first == nil)
    }

    @Test("A place that was given up is nobody's, and cannot be given up again")
    func leaving() {
        var line = WaitingLine<String>()
        let tickets = take(["a", "b", "c", "d"], &line)
        expectLeft(&line, tickets[1])
        #expect(line.first == "a")
        expectLeft(&line, tickets[0])
        #expect(line.first == "c")
        expectLeft(&line, tickets[1], false)
        expectLeft(&line, -1, false)
        expectLeft(&line, 1000, false)
        expectLeft(&line, tickets[3])
        #expect(line.count == 1 && line.first == "c")
        expectLeft(&line, tickets[2])
        // One that comes later has a place of its own.
        let last = line.append("e")
        #expect(!tickets.contains(last))
        #expect(line.first == "e")
    }

    @Test("Any order of coming and leaving is that of an array", arguments: 0..<20)
    func model(seed: UInt64) {
        var random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ count: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % count
        }
        var line = WaitingLine<Int>()
        var model: [(ticket: Int, value: Int)] = []
        for value in 0..<500 {
            if model.isEmpty || next(5) < 2 + Int(seed % 2) {
                model.append((line.append(value), value))
            } else {
                let left = model.remove(at: next(2) == 0 ? 0 : next(model.count))
                expectLeft(&line, left.ticket)
            }
            #expect(line.first == model.first?.value)
            #expect(line.count == model.count)
        }
    }
}
