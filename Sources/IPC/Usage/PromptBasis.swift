/// What the prompt's count was made of: what it takes to compare it with the provider's.
public struct PromptBasis: Equatable, Sendable {
    /// The vocabulary of the prompt's count and of the completion's.
    public var encoding: CountEncoding
    /// nil for a prompt without text.
    public var script: ScriptClass?
    /// The prompt is text alone: no tools, images, files or settings whose tokens follow other rules.
    public var isTextOnly: Bool

    /// Memberwise.
    public init(encoding: CountEncoding, script: ScriptClass?, isTextOnly: Bool) {
        self.encoding = encoding
        self.script = script
        self.isTextOnly = isTextOnly
    }
}
