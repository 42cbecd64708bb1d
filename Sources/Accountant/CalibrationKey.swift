import IPC

/// What an observed ratio is about.
struct CalibrationKey: Hashable, Sendable {
    /// Which of a request's two texts.
    enum Side: UInt8, Sendable {
        case prompt = 1
        case completion = 2
    }

    /// The configured provider's name; empty for all that counts with the vocabulary.
    var provider: String
    /// The model as the provider is told; empty with an empty provider.
    var model: String
    var encoding: CountEncoding
    /// nil: texts of every class.
    var script: ScriptClass?
    var side: Side

    /// The key itself, then those that stand in for it while too little is known: the model whatever
    /// the text, then all models that are counted so.
    var withFallbacks: [CalibrationKey] {
        var whole = self
        whole.script = nil
        guard script != nil else { return [whole] }
        var pool = self
        pool.provider = ""
        pool.model = ""
        return [self, whole, pool]
    }

    /// It is about a single model.
    var isOfModel: Bool { !provider.isEmpty }
}
