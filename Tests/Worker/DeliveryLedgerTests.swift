import Testing

@testable import Worker

@Suite("The ledger never counts more than was written or acknowledged")
struct DeliveryLedgerTests {
    @Test("An event counts when its last byte was flushed")
    func flushed() {
        var ledger = DeliveryLedger()
        ledger.markEvent(offset: 10, tokens: 1)
        ledger.markEvent(offset: 30, tokens: 4)
        ledger.wrote(32)
        ledger.flushed(leaving: 32, keepsUnacknowledged: true)
        #expect(ledger.eventsFlushed == 0)
        ledger.flushed(leaving: 3, keepsUnacknowledged: true)
        #expect(ledger.bytesFlushed == 29)
        #expect(ledger.eventsFlushed == 1)
        #expect(ledger.tokensFlushed == 1)
        ledger.flushed(leaving: 0, keepsUnacknowledged: true)
        #expect(ledger.eventsFlushed == 2)
        ledger.acknowledged(9)
        #expect(ledger.tokensAcknowledged == 0)
        ledger.acknowledged(29)
        #expect(ledger.tokensAcknowledged == 1)
        ledger.acknowledged(1000)
        #expect(ledger.tokensAcknowledged == 4)
        #expect(ledger.bytesAcknowledged == 32)
    }

    @Test("The answer ends with its terminal event, whatever comes behind it")
    func answerEnd() {
        var ledger = DeliveryLedger()
        ledger.markEvent(offset: 10, tokens: 1)
        #expect(ledger.answerEnd == 10)
        ledger.markEvent(offset: 20, tokens: 1, isTerminal: true)
        ledger.wrote(25)
        ledger.markEvent(offset: 10, tokens: 1)
        #expect(ledger.answerEnd == 20)
    }

    @Test("Past the bound, counts are at most too small, and exact at the end")
    func bounded() {
        var ledger = DeliveryLedger()
        for number in 1...1000 {
            ledger.markEvent(offset: 10, tokens: UInt64(number))
            ledger.wrote(10)
            if number % 7 == 0 { ledger.flushed(leaving: 5, keepsUnacknowledged: true) }
            #expect(ledger.eventsFlushed * 10 <= ledger.bytesFlushed)
        }
        ledger.acknowledged(5_000)
        #expect(ledger.tokensAcknowledged <= 500)
        #expect(ledger.tokensAcknowledged > 300)
        ledger.acknowledged(10_000)
        #expect(ledger.tokensAcknowledged == 1000)
        #expect(ledger.eventsFlushed == 1000)
    }
}
