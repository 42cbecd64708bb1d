import Testing

@testable import ChaosHarness

@Suite("A seed gives the same clients each time, of all kinds")
struct ErrandMakerTests {
    private func errands(_ seed: UInt64, _ count: Int = 500) -> [Errand] {
        var maker = ErrandMaker(seed: seed)
        return (0..<count).map { _ in maker.next() }
    }

    @Test func deterministic() {
        #expect(errands(7) == errands(7))
        #expect(errands(7) != errands(8))
    }

    @Test func everyKindAndNoTagTwice() {
        let errands = errands(7)
        #expect(Set(errands.map(\.kind)) == Set(ClientKind.allCases))
        let tags = errands.flatMap(\.orders).map(\.tag)
        #expect(Set(tags).count == tags.count)
        #expect(errands.contains { $0.isUnix } && errands.contains { !$0.isUnix })
        #expect(errands.allSatisfy { !$0.orders.isEmpty })
    }

    @Test func aModelNamesItsStream() {
        for order in errands(9).flatMap(\.orders) {
            #expect(StreamOrder.tag(ofModel: order.model) == order.tag)
        }
        for model in ["gpt-4o", "chaos-x-1", "chaos-o-"] {
            #expect(StreamOrder.tag(ofModel: model) == nil)
        }
    }
}
