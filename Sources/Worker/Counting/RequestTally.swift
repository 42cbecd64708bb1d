import IPC
import Tokenization
import WireFormat

/// Counts the tokens of a request's prompt as it is told: its texts, and what providers put around them.
struct RequestTally: PromptVisitor {
    private let plan: CountPlan
    private let endpoint: Endpoint
    /// What is around the texts, and the definitions of tools.
    private var frame: PromptTally
    /// The text at hand. Counted at its end, at once: that is several times as fast as piece by piece.
    private var text: [UInt8] = []
    private var tokens: UInt64 = 0
    private var script = ScriptTally()
    /// There is nothing but texts, whose count follows no rule that is only guessed.
    private var isTextOnly = true
    private var hasProperties = false
    private var hasValues = false

    init(_ plan: CountPlan, endpoint: Endpoint) {
        self.plan = plan
        self.endpoint = endpoint
        frame = PromptTally(plan.encoding, plan.framing)
    }

    /// Whether there are messages, with a frame around each.
    private var isChat: Bool {
        switch endpoint {
        case .chatCompletions, .responses, .messages, .countTokens: true
        case .completions, .embeddings: false
        }
    }

    /// Whether texts that stand above the conversation are messages of their own: Anthropic's are not.
    private var framesSystem: Bool { endpoint == .chatCompletions || endpoint == .responses }

    mutating func begin(_ element: PromptElement) {
        switch element {
        case .message: frame.begin(.message)
        case .system: if framesSystem { beginMessage(of: "system") }
        case .tool:
            isTextOnly = false
            hasProperties = false
            frame.begin(.function)
        case .property: hasValues = false
        case .toolChoice: isTextOnly = false
        }
    }

    mutating func end(_ element: PromptElement) {
        // Behind the properties of an inner object, values are those of another property.
        if element == .property { hasValues = false }
    }

    private mutating func beginMessage(of role: String) {
        frame.begin(.message)
        frame.add(.role, role)
    }

    mutating func text(_ kind: PromptText, _ utf8: UnsafeRawBufferPointer) {
        text.append(contentsOf: utf8)
    }

    mutating func textEnded(_ kind: PromptText) {
        switch kind {
        case .content: addContent()
        case .prompt:
            if endpoint == .responses { beginMessage(of: "user") }
            addContent()
        case .role: add(.role)
        case .name:
            frame.begin(.name)
            count()
        case .reasoning, .callArguments: addUncertain()
        case .callName:
            frame.begin(.call)
            addUncertain()
        case .toolName: add(.definition)
        case .toolDescription, .propertyType, .propertyDescription: add(.detail)
        case .propertyName:
            if !hasProperties { frame.begin(.properties) }
            hasProperties = true
            frame.begin(.property)
            add(.definition)
        case .enumItem:
            if !hasValues { frame.begin(.enumeration) }
            hasValues = true
            frame.begin(.enumerationValue)
            add(.definition)
        case .toolChoice: choose()
        case .toolChoiceName:
            frame.begin(.choiceNamed)
            add(.definition)
        }
        text.removeAll(keepingCapacity: true)
    }

    private mutating func addContent() {
        text.withUnsafeBytes { script.add($0) }
        count()
    }

    /// A text that providers show to the model in a form of their own, or not at all.
    private mutating func addUncertain() {
        isTextOnly = false
        count()
    }

    private mutating func count() {
        tokens &+= UInt64(text.withUnsafeBytes { plan.encoding.count($0) })
    }

    private mutating func add(_ field: PromptTally.Field) {
        frame.begin(field)
        text.withUnsafeBytes { frame.append($0) }
        frame.end()
    }

    private mutating func choose() {
        isTextOnly = false
        switch String(decoding: text.prefix(16), as: UTF8.self) {
        case "none": frame.begin(.choiceNone)
        case "required", "any": frame.begin(.choiceDemanded)
        // `auto`; the type of a choice that goes on with a name.
        default: break
        }
    }

    mutating func image(_ image: PromptImage) {
        isTextOnly = false
        frame.add(
            image: image.size.map { ImageRule.Size(width: $0.width, height: $0.height) },
            isLowDetail: image.detail == .low)
    }

    mutating func token() { tokens &+= 1 }

    mutating func unmeasured() { isTextOnly = false }

    /// The request is whole.
    func finished() -> RequestCount {
        let around = frame.total
        // The rules around texts are the cookbook's; what else a request has follows guessed ones.
        let isCertain = isTextOnly && !around.isEstimate
        return RequestCount(
            tokens: tokens &+ (isChat ? UInt64(max(0, around.total)) : 0),
            source: plan.source(isText: isCertain || (!isChat && isTextOnly)),
            basis: plan.basis(script: script.scriptClass, isTextOnly: isTextOnly))
    }
}
