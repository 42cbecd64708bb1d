/// One of the texts of an answer. A tokenizer counts each on its own.
public struct AnswerChannel: Hashable, Sendable {
    /// What the text is.
    public enum Kind: UInt8, CaseIterable, Sendable {
        case content
        case reasoning
        case refusal
        case callName
        case callArguments
        /// Something that is no text and is charged all the same: audio, images.
        case other
    }

    /// `choices[].index`, the output index (Responses) or the content block's index (Anthropic); the
    /// position in the array where the answer has not said otherwise before.
    public var choice: Int
    public var kind: Kind
    /// The tool call's index, or the part's, within the choice.
    public var index: Int

    /// Memberwise.
    public init(choice: Int, kind: Kind, index: Int = 0) {
        self.choice = choice
        self.kind = kind
        self.index = index
    }
}
