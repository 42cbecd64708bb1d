import Tokenization

/// The tokens of an answer's text, counted choice by choice as it arrives.
struct ContentTally: Sendable {
    private struct Entry {
        let choice: Int
        var counter: EstimatingTokenCounter
    }

    /// Choices that are told apart; further ones share the last counter.
    static let choicesMax = 128
    private var entries: [Entry] = []
    /// Tokens of everything so far, over all choices.
    private(set) var tokens: UInt64 = 0

    /// Adds text of a choice.
    mutating func add(choice: Int, _ utf8: UnsafeRawBufferPointer) {
        let index = entry(of: choice)
        let before = entries[index].counter.count
        entries[index].counter.append(utf8)
        tokens &+= entries[index].counter.count &- before
    }

    private mutating func entry(of choice: Int) -> Int {
        if let found = entries.firstIndex(where: { $0.choice == choice }) { return found }
        if entries.count < Self.choicesMax {
            entries.append(Entry(choice: choice, counter: EstimatingTokenCounter()))
        }
        return entries.count - 1
    }
}
