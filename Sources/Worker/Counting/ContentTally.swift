import IPC
import Tokenization
import WireFormat

/// The tokens of an answer's texts, each counted on its own as it arrives: a tokenizer sees the content,
/// the reasoning and the arguments of each call of each choice one by one.
struct ContentTally: Sendable {
    private struct Entry {
        let channel: AnswerChannel
        var counter: IncrementalCounter
        var tokens: UInt64 = 0
    }

    /// Texts that are told apart; further ones share the last counter.
    static let channelsMax = 128
    /// nil: nothing is counted.
    private var encoding: Encoding?
    private var entries: [Entry] = []
    /// The text whose counter was fed since its tokens were added up; its place in `entries`.
    private var open: Int?
    private var script = ScriptTally()
    /// Tokens of everything up to the last `settle`, over all texts. More text can make it less: what
    /// comes can join with what was there.
    private(set) var tokens: UInt64 = 0
    /// The part of the tokens that was reasoning; nil: there was none, not even a hidden one.
    private(set) var reasoningTokens: UInt64?
    /// Nothing but content, refusals and reasoning has passed.
    private(set) var isText = true
    /// The tokens are the provider's report, and nothing was counted.
    private(set) var isReported = false

    init(encoding: Encoding?) { self.encoding = encoding }

    /// What the texts but reasoning are mostly made of.
    var scriptClass: ScriptClass? { script.scriptClass }

    /// Adds a piece of a text.
    mutating func add(_ channel: AnswerChannel, _ utf8: UnsafeRawBufferPointer) {
        switch channel.kind {
        case .content, .refusal: script.add(utf8)
        case .reasoning: if reasoningTokens == nil { reasoningTokens = 0 }
        case .callName, .callArguments, .other: isText = false
        }
        guard !utf8.isEmpty, let encoding else { return }
        let index = entry(of: channel, encoding)
        if index != open { settle() }
        open = index
        entries[index].counter.append(utf8)
    }

    private mutating func entry(of channel: AnswerChannel, _ encoding: Encoding) -> Int {
        if let open, entries[open].channel == channel { return open }
        if let found = entries.firstIndex(where: { $0.channel == channel }) { return found }
        if entries.count < Self.channelsMax {
            entries.append(Entry(channel: channel, counter: encoding.makeCounter()))
        }
        return entries.count - 1
    }

    /// Nothing is counted from here on.
    mutating func stopCounting() { encoding = nil }

    /// The provider's count of a whole answer, of which nothing was counted here.
    mutating func take(reported: UInt64) {
        tokens = reported
        isReported = true
    }

    /// Brings the counts up to what was added.
    mutating func settle() {
        guard let index = open else { return }
        open = nil
        let before = entries[index].tokens
        let now = UInt64(entries[index].counter.count)
        entries[index].tokens = now
        tokens = tokens &+ now &- before
        if entries[index].channel.kind == .reasoning, let reasoning = reasoningTokens {
            reasoningTokens = reasoning &+ now &- before
        }
    }
}
