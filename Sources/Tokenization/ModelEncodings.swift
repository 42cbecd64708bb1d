/// Who serves a model, as far as its tokenizer goes.
public enum ModelFamily: Sendable, CaseIterable {
    case openAI
    case anthropic
    case unknown
}

/// The encoding to count a model's text by.
public struct ModelEncoding: Equatable, Sendable {
    public var name: EncodingName
    /// Whether the model is known to be trained on this encoding. Else the count is an estimate.
    public var isExact: Bool

    /// Memberwise.
    public init(name: EncodingName, isExact: Bool) {
        self.name = name
        self.isExact = isExact
    }
}

/// Which model has which encoding.
///
/// Sources: tiktoken 0.14.0 (`tiktoken/model.py`, October 2026) for OpenAI; simonw/ttok 1.0 for GPT-6;
/// the readme of anthropics/anthropic-tokenizer-typescript for Claude: its tokenizer is that of Claude 2 and
/// before, and none was published since. Read on 2026-11-25.
///
/// Departures from tiktoken: `ft:` is taken off first, so that a fine-tune of gpt-4.1 is not taken for one of
/// gpt-4; what is not listed counts as o200k_base.
public enum ModelEncodings {
    /// The encoding of a model's id, by the longest entry of the table that it begins with. A fine-tune
    /// (`ft:MODEL:…`) is its base model; of a path (`openai/gpt-4o`) the last part counts.
    public static func encoding(forModel id: String, family: ModelFamily) -> ModelEncoding {
        var model = Substring(id)
        if model.hasPrefix("ft:") { model = model.dropFirst(3) }
        if let slash = model.lastIndex(of: "/") { model = model[model.index(after: slash)...] }
        var best: Entry?
        for entry in table where entry.matches(model) {
            if entry.prefix.utf8.count > best?.prefix.utf8.count ?? -1 { best = entry }
        }
        if let best { return ModelEncoding(name: best.name, isExact: best.isExact) }
        return ModelEncoding(
            name: family == .anthropic ? .claude : .o200kBase, isExact: false)
    }

    private struct Entry {
        let prefix: String
        /// Anything may follow; else the id ends here or goes on with a mark.
        let isOpen: Bool
        let name: EncodingName
        let isExact: Bool

        init(_ pattern: String, _ name: EncodingName, _ isExact: Bool) {
            isOpen = pattern.hasSuffix("*")
            prefix = isOpen ? String(pattern.dropLast()) : pattern
            self.name = name
            self.isExact = isExact
        }

        func matches(_ model: Substring) -> Bool {
            guard model.hasPrefix(prefix) else { return false }
            guard !isOpen, let next = model.utf8.dropFirst(prefix.utf8.count).first else {
                return true
            }
            return next == 0x2D || next == 0x3A || next == 0x40
        }
    }

    private static let table: [Entry] =
        [
            "o1", "o3", "o4-mini", "gpt-4o", "gpt-4.1", "gpt-4.5", "chatgpt-4o", "gpt-5*", "gpt-6*",
            // Their o200k_harmony is o200k_base with more special tokens.
            "gpt-oss",
        ].map { Entry($0, .o200kBase, true) }
        + [
            "gpt-4", "gpt-3.5", "gpt-3.5-turbo", "gpt-35-turbo", "davinci-002", "babbage-002",
            "text-embedding-ada-002", "text-embedding-3-small", "text-embedding-3-large",
        ].map { Entry($0, .cl100kBase, true) }
        + [
            "text-davinci-002", "text-davinci-003", "code-davinci-001", "code-davinci-002",
            "code-cushman-001", "code-cushman-002", "davinci-codex", "cushman-codex",
        ].map { Entry($0, .p50kBase, true) }
        // p50k_edit and r50k_base are p50k_base but for special tokens and runs of spaces.
        + [
            "text-davinci-edit-001", "code-davinci-edit-001", "text-davinci-001",
            "text-curie-001", "text-babbage-001", "text-ada-001", "davinci", "curie", "babbage",
            "ada", "gpt2", "gpt-2",
        ].map { Entry($0, .p50kBase, false) }
        + [
            "claude-1", "claude-1.2", "claude-1.3", "claude-v1", "claude-v1.2", "claude-v1.3",
            "claude-2", "claude-2.0", "claude-2.1", "claude-v2", "claude-instant*",
        ].map { Entry($0, .claude, true) }
        + [Entry("claude*", .claude, false)]
}
