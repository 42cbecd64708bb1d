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
        for number in 1...10_000 {
            ledger.markEvent(offset: 10, tokens: UInt64(number))
            ledger.wrote(10)
            if number % 7 == 0 { ledger.flushed(leaving: 5, keepsUnacknowledged: true) }
            #expect(ledger.eventsFlushed * 10 <= ledger.bytesFlushed)
        }
        for acknowledged in [50_000, 70_005] {
            ledger.acknowledged(UInt64(acknowledged))
            #expect(ledger.tokensAcknowledged <= acknowledged / 10)
            #expect(ledger.tokensAcknowledged >= acknowledged / 10 - 10_000 / 256)
        }
        ledger.acknowledged(100_000)
        #expect(ledger.tokensAcknowledged == 10_000)
        #expect(ledger.eventsFlushed == 10_000)
    }

    @Test("Sizes that alternate leave the bound a bound, and the cost of an event small")
    func alternating() {
        var ledger = DeliveryLedger()
        var bytes = 0
        for number in 1...20_000 {
            let size = number % 2 == 0 ? 10 : 5_000
            ledger.markEvent(offset: size, tokens: UInt64(number))
            ledger.wrote(size)
            bytes += size
        }
        ledger.flushed(leaving: 0, keepsUnacknowledged: true)
        ledger.acknowledged(UInt64(bytes / 2))
        #expect(ledger.tokensAcknowledged <= 10_000)
        #expect(ledger.tokensAcknowledged >= 10_000 - 20_000 / 256)
    }

    @Test("A client with little under way that has read all that it has is billed all of it")
    func exact() {
        // Found by a slow reader: of 17 events that it had read, 16 were counted, since 66 were under way.
        var ledger = DeliveryLedger()
        for number in 1...1_000 {
            ledger.markEvent(offset: 60, tokens: UInt64(number))
            ledger.wrote(60)
        }
        ledger.flushed(leaving: 6_000, keepsUnacknowledged: true)
        for read in 1...900 {
            ledger.acknowledged(UInt64(read * 60 + 59))
            #expect(ledger.tokensAcknowledged == UInt64(read))
        }
    }

    @Test("It is asked about again when the marks have doubled")
    func asking() {
        var ledger = DeliveryLedger()
        func add(_ count: Int) {
            for _ in 0..<count {
                ledger.markEvent(offset: 10, tokens: 1)
                ledger.wrote(10)
            }
            ledger.flushed(leaving: 0, keepsUnacknowledged: true)
        }
        add(63)
        #expect(!ledger.isFull)
        add(1)
        #expect(ledger.isFull)
        ledger.acknowledged(5)
        #expect(!ledger.isFull)
        add(64)
        #expect(ledger.isFull)
        ledger.acknowledged(1_280)
        #expect(!ledger.isFull)
        add(64)
        #expect(ledger.isFull)
    }
}
