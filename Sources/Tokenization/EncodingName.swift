/// The encodings that are here, by the names that their publishers gave them.
public enum EncodingName: String, CaseIterable, Sendable {
    case cl100kBase = "cl100k_base"
    case o200kBase = "o200k_base"
    case p50kBase = "p50k_base"
    /// The tokenizer that Anthropic published for Claude 2: exact for that generation only.
    case claude

    /// As the vocabulary's header has it.
    var code: UInt32 {
        switch self {
        case .cl100kBase: 0
        case .o200kBase: 1
        case .p50kBase: 2
        case .claude: 3
        }
    }
}
