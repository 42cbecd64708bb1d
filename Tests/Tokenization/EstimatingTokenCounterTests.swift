import Testing
import Tokenization

@Suite("The rule of thumb")
struct EstimatingTokenCounterTests {
    private func count(_ fragments: [String]) -> UInt64 {
        var counter = EstimatingTokenCounter()
        for fragment in fragments {
            Array(fragment.utf8).withUnsafeBytes { counter.append($0) }
        }
        return counter.count
    }

    @Test("is a token for every four bytes, rounded up")
    func rounding() {
        #expect(count([]) == 0)
        #expect(count(["a"]) == 1)
        #expect(count(["abcd"]) == 1)
        #expect(count(["abcde"]) == 2)
        #expect(count(["日本語"]) == 3)
    }

    @Test("does not depend on how the text is cut")
    func fragments() {
        #expect(count(["abc", "def", "ghi"]) == count(["abcdefghi"]))
    }

    @Test("is a value: a copy counts on its own")
    func copies() {
        var counter = EstimatingTokenCounter()
        Array("abcd".utf8).withUnsafeBytes { counter.append($0) }
        let copy = counter
        Array("efgh".utf8).withUnsafeBytes { counter.append($0) }
        #expect(copy.count == 1)
        #expect(counter.count == 2)
    }
}
