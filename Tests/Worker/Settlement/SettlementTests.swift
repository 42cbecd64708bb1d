import IPC
import Testing
import Tokenization

@testable import Worker

@Suite("Each way in which an answer can end has its settlement", .serialized)
struct SettlementTests {
    /// How the provider's bytes are cut into chunks and writes.
    enum Cut: CaseIterable, Sendable {
        case none, events, crumbs

        func pieces(_ events: [String]) -> [String] {
            switch self {
            case .none: [events.joined()]
            case .events: events
            case .crumbs:
                events.flatMap { event in
                    stride(from: 0, to: event.count, by: 7).map {
                        String(event.dropFirst($0).prefix(7))
                    }
                }
            }
        }
    }

    @Test("Chat completions", arguments: SettlementCase.chat)
    func chat(row: SettlementCase) throws { try check(row) }

    @Test("Responses", arguments: SettlementCase.responses)
    func responses(row: SettlementCase) throws { try check(row) }

    @Test("Messages", arguments: SettlementCase.messages)
    func messages(row: SettlementCase) throws { try check(row) }

    private func check(_ row: SettlementCase) throws {
        let rig = try WorkerRig()
        for (number, cut) in Cut.allCases.enumerated() {
            try play(row, cut, rig, number + 1)
            let records = try rig.settled(number + 1)
            #expect(records.count == number + 1)
            try compare(try #require(records.last), row, "\(row.name), cut: \(cut)")
            #expect(try rig.openStreams == 0)
        }
    }

    /// - Parameter number: of this stream in the rig, from 1.
    private func play(
        _ row: SettlementCase, _ cut: Cut, _ rig: WorkerRig, _ number: Int
    ) throws {
        let client = try rig.client()
        try client.send(WorkerRig.post(row.api.request, to: row.api.path))
        let provider = try rig.provider()
        _ = try provider.readMessage()
        try provider.send(WorkerRig.streamHead)
        for piece in cut.pieces(row.events + (row.tail.isEmpty ? [] : [row.tail])) {
            try provider.send(WorkerRig.chunk(piece))
        }
        _ = try client.read(through: "\r\n\r\n")
        let whole = row.events.joined()
        #expect(try client.readChunkedBody(count: whole.utf8.count) == whole)
        switch row.ending {
        case .clean: try provider.send("0\r\n\r\n")
        case .endOfFile: provider.close()
        case .reset: provider.reset()
        case .held: break
        case .clientReset: client.reset()
        case .clientResetAfterEnd:
            try provider.send("0\r\n\r\n")
            _ = try client.read(through: "0\r\n\r\n")
            client.reset()
        }
        // Whoever still reads, reads to the end; the settlement may not wait for the connections' ends.
        if [.clean, .endOfFile, .reset, .held].contains(row.ending) {
            _ = try rig.settled(number)
            client.close()
        }
        if row.ending == .held || row.ending == .clientReset { try provider.waitForEnd() }
    }

    private func compare(_ record: StreamSettled, _ row: SettlementCase, _ what: String) throws {
        let expected = row.expected
        let usage = record.usage
        let vocabulary = try Vocabularies()[row.api.encoding]
        let tokens = expected.texts.reduce(0) { $0 + UInt64(vocabulary.count($1)) }
        #expect(record.outcome == expected.outcome, "\(what)")
        #expect(record.reason == expected.reason, "\(what)")
        #expect(record.status == 200, "\(what)")
        #expect(usage.providerAccepted, "\(what)")
        #expect(usage.promptReported == expected.prompt, "\(what)")
        #expect(usage.completionReported == expected.completion, "\(what)")
        #expect(usage.completionProduced == tokens, "\(what)")
        #expect(usage.completionDelivered == tokens, "\(what)")
        #expect(usage.cachedTokens == expected.cached, "\(what)")
        #expect(usage.cacheWrite5mTokens == expected.write5m, "\(what)")
        #expect(usage.cacheWrite1hTokens == expected.write1h, "\(what)")
        #expect(usage.reasoningTokens == expected.reasoning, "\(what)")
        #expect(usage.serviceTier == expected.tier, "\(what)")
        if let events = expected.events { #expect(usage.chunksFlushed == events, "\(what)") }
    }
}
