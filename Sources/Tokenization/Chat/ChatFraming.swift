/// The tokens that a provider puts around the texts of a chat request.
///
/// Nobody publishes these as a promise. Sources:
/// * OpenAI's cookbook, "How to count tokens with tiktoken": messages, names, priming, tools; stated for
///   gpt-3.5-turbo, gpt-4, gpt-4o and gpt-4o-mini, and "may change from model to model".
/// * hmarr/openai-chat-tokens (measured): `tool_choice`, calls in messages.
/// * Anthropic: the turns' marks of Claude 2, as published; for Claude 3 and later 7 tokens for a single message
///   (measured by ctok 1.3.0), and the system text that tools add (platform.claude.com, tool use).
///
/// Text and messages of OpenAI's models are held to be exact; everything else is an estimate.
public struct ChatFraming: Equatable, Sendable {
    /// For each message.
    public var message = 3
    /// For a message that has a `name`.
    public var name = 1
    /// Once, for the answer that begins.
    public var priming = 3
    /// Whether a message's role is counted as text, or is part of `message`.
    public var countsRole = true
    /// For a call in an assistant's message.
    public var call = 3

    /// For each function that is offered.
    public var function = 7
    /// For the properties of a function that has any.
    public var properties = 3
    /// For each property.
    public var property = 3
    /// For a list of allowed values.
    public var enumeration = -3
    /// For each of the allowed values.
    public var enumerationValue = 3
    /// Once, where functions are offered.
    public var functions = 12

    /// For `tool_choice` "none", and for a named function beside its name.
    public var choiceNone = 1
    public var choiceNamed = 4
    /// For `tool_choice` that demands a call, instead of `functions`; nil: the same.
    public var functionsIfDemanded: Int?

    /// How images are counted.
    public var images = ImageRule.tiles(base: 85, tile: 170)
    /// Whether messages, too, are only an estimate.
    public var isEstimate = false

    /// The rules of the cookbook for gpt-4o.
    public init() {}

    /// The rules for a model.
    public init(model id: String, family: ModelFamily) {
        let encoding = ModelEncodings.encoding(forModel: id, family: family)
        guard encoding.name == .claude else {
            if encoding.name == .cl100kBase { function = 10 }
            isEstimate = !encoding.isExact
            images = ImageRule(openAIModel: id)
            return
        }
        isEstimate = true
        countsRole = false
        message = encoding.isExact ? 4 : 3
        name = 0
        priming = 4
        call = 3
        // The hidden system text: 346 tokens, or 313 where a call is demanded (Claude 3.7 and 4).
        functions = 346
        functionsIfDemanded = 313
        choiceNone = 0
        choiceNamed = 0
        images = ImageRule(claudeModel: id)
    }
}
