/// The tokens of a prompt by what they are for.
public struct PromptTokens: Equatable, Sendable {
    /// Of the messages' texts, names and calls.
    public var text = 0
    /// Of the roles and marks around them.
    public var framing = 0
    /// Of the functions that are offered: an estimate.
    public var tools = 0
    /// Of the images: an estimate.
    public var images = 0
    public var imageCount = 0
    /// Whether text and framing are an estimate too: no public tokenizer is the model's.
    public var isTextEstimated = false

    /// Nothing.
    public init() {}

    /// All of them.
    public var total: Int { text + framing + tools + images }

    /// Whether a part of the total is an estimate.
    public var isEstimate: Bool { isTextEstimated || tools != 0 || imageCount != 0 }
}
