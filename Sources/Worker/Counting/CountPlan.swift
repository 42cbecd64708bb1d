import Configuration
import IPC
import Tokenization

/// What the texts of a request and of its answer are counted with.
struct CountPlan: Sendable {
    let encoding: Encoding
    /// It is the provider's own tokenizer for the model: text alone is then counted exactly.
    let isExact: Bool
    /// What the provider puts around messages.
    let framing: ChatFraming

    init(model: String, family: ProviderFamily, _ vocabularies: Vocabularies) {
        let family: ModelFamily = family == .anthropic ? .anthropic : .openAI
        let found = ModelEncodings.encoding(forModel: model, family: family)
        encoding = vocabularies[found.name]
        isExact = found.isExact
        framing = ChatFraming(model: model, family: family)
    }

    /// How exact the count of a text is, and of what is no text.
    func source(isText: Bool) -> CountSource { isExact && isText ? .counted : .estimated }

    /// What a ratio to the provider's count is learned by; nil where there is nothing to learn.
    func basis(script: ScriptClass?, isTextOnly: Bool) -> PromptBasis? {
        isExact
            ? nil
            : PromptBasis(
                encoding: CountEncoding(encoding.name), script: script, isTextOnly: isTextOnly)
    }
}

extension CountEncoding {
    /// The number of the encoding in records.
    init(_ name: EncodingName) {
        switch name {
        case .cl100kBase: self = .cl100k
        case .o200kBase: self = .o200k
        case .p50kBase: self = .p50k
        case .claude: self = .claude
        }
    }
}
