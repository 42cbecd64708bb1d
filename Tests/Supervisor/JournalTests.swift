import Testing

@testable import Supervisor

@Suite("Entries have the journal's fields, and children's lines become them")
struct JournalTests {
    @Test func theFieldsOfAnEntry() {
        let entry = LogEntry(
            priority: .error, kind: .reloadRefused, text: "no",
            fields: [LogEntry.Field("GENERATION", "2")])
        #expect(
            entry.journalFields == [
                "PRIORITY=3", "SYSLOG_IDENTIFIER=dd0c-route", "MESSAGE=no",
                "MESSAGE_ID=\(MessageID.reloadRefused.rawValue)", "DD0C_GENERATION=2",
            ])
        #expect(entry.line == "supervisor: no")
        let child = LogEntry(source: "worker[0] pid 7", text: "hello")
        #expect(child.journalFields.contains("MESSAGE=worker[0] pid 7: hello"))
    }

    @Test func everyKindOfEventHasItsOwnId() {
        let ids = MessageID.allCases.map(\.rawValue)
        #expect(Set(ids).count == ids.count)
        for id in ids {
            #expect(id.count == 32 && id.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
    }

    @Test func aChildIsNamed() {
        let fields = LogEntry.fields(
            role: .worker(slot: 3), pid: 12, generation: 2, incarnation: 0xAB)
        #expect(
            fields == [
                .init("ROLE", "worker"), .init("WORKER", "3"), .init("PID", "12"),
                .init("GENERATION", "2"), .init("INCARNATION", "00000000000000ab"),
            ])
        #expect(
            LogEntry.fields(role: .accountant, pid: nil, generation: 0, incarnation: nil)
                == [.init("ROLE", "accountant")])
    }

    @Test func aLevelIsTakenFromTheLine() {
        let line = ChildLine("<4>request_refused status=429 request=r-1 key=\"an app\" odd=1")
        #expect(line.priority == .warning)
        #expect(line.text == "request_refused status=429 request=r-1 key=\"an app\" odd=1")
        #expect(
            line.fields == [
                .init("EVENT", "request_refused"), .init("STATUS", "429"),
                .init("REQUEST_ID", "r-1"), .init("KEY_NAME", "an app"),
            ])
    }

    @Test(arguments: [
        "", "hello", "hello there", "<8>x a=1 b", "a=1", "event status", "event status=1 ",
        "event status=\"open", "event status=a\"b", "Fatal error: x=1", "event  status=1",
        "event ä=1", "[continued] event status=1",
    ])
    func otherLinesAreTexts(text: String) {
        let line = ChildLine(text)
        #expect(line.priority == nil)
        #expect(line.text == text)
        #expect(line.fields.isEmpty)
    }

    @Test func valuesInQuotesAreUnescaped() {
        #expect(
            ChildLine(#"failed error="say \"no\" \\ once\nmore" code="#).fields == [
                .init("EVENT", "failed"), .init("ERROR", "say \"no\" \\ once\nmore"),
                .init("CODE", ""),
            ])
    }

    @Test func aChildCannotMakeAFieldOfItsOwn() {
        let fields = ChildLine("event MESSAGE_ID=1 PRIORITY=0 role=supervisor pid=1 status=2")
            .fields
        #expect(fields.map(\.name) == ["EVENT", "STATUS"])
    }

    @Test func whatTheAccountantSaysOfARequestHasAnIdAndItsWorker() {
        let text = #"<6>request request=0a key=app1 model="a \"b\"" worker=3 generation=2"#
        let line = ChildLine(text, of: .accountant)
        #expect(line.kind == .request)
        #expect(
            line.fields == [
                .init("EVENT", "request"), .init("REQUEST_ID", "0a"), .init("KEY_NAME", "app1"),
                .init("MODEL", "a \"b\""), .init("WORKER", "3"), .init("GENERATION", "2"),
            ])
        // A worker is the one that its row says.
        let other = ChildLine(text, of: .worker(slot: 0))
        #expect(other.kind == nil)
        #expect(!other.fields.contains { ["WORKER", "GENERATION"].contains($0.name) })
        #expect(ChildLine("ready a=1", of: .accountant).kind == nil)
    }

    @Test func linesOfRequestsAreTheFirstToGo() {
        var queue = LogQueue()
        let text = String(repeating: "x", count: 10_000)
        let request = LogEntry(kind: .request, source: "accountant", text: text)
        for _ in 0..<1_000 { queue.add(request) }
        let held = queue.entries.count
        let line = LogEntry(source: "worker[0]", text: text)
        for count in 1...held {
            queue.add(line)
            #expect(queue.entries.count { $0.kind == nil } == count)
        }
        let dropped = queue.dropped
        queue.add(line)
        queue.add(request)
        #expect(queue.dropped == dropped + 2)
        #expect(queue.entries.count { $0.kind == nil } == held)
    }

    @Test func aCrashIsNotDroppedForALine() {
        var queue = LogQueue()
        let line = LogEntry(source: "worker[0]", text: String(repeating: "x", count: 10_000))
        for _ in 0..<1_000 { queue.add(line) }
        let lines = queue.entries.count
        #expect(lines * 10_000 <= LogQueue.sizeMax)
        #expect(queue.dropped == 1_000 - UInt64(lines))
        let crash = LogEntry(kind: .crash, text: String(repeating: "x", count: 10_000))
        queue.add(crash)
        #expect(queue.entries.last == crash)
        #expect(queue.entries.count == lines)
        let event = LogEntry(kind: .childLost, text: String(repeating: "x", count: 9_000))
        for _ in 0..<1_000 { queue.add(event) }
        #expect(queue.entries.contains(crash))
        #expect(!queue.entries.contains(line))
        // A flood of crashes is bounded too.
        for _ in 0..<1_000 { queue.add(crash) }
        #expect(queue.entries.allSatisfy { $0.kind == .crash })
        #expect(queue.entries.count * 10_000 <= LogQueue.sizeMax)
        queue.removeFirst(queue.entries.count)
        let notice = queue.takeNotice()
        #expect(notice?.kind == .linesDropped && notice?.text.contains("dropped") == true)
        #expect(queue.takeNotice() == nil)
        queue.add(line)
        #expect(queue.entries == [line], "there is room again")
    }
}
