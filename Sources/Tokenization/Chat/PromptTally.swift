/// Counts the prompt of a chat request while it is read: it is told of each part as it begins and of the
/// bytes of each text, in the order of the document, and keeps no text.
public struct PromptTally: Sendable {
    /// A part that is not a text.
    public enum Part: Sendable {
        case message
        /// A message's `name`, whose text follows.
        case name
        /// A call in an assistant's message, whose name and arguments follow.
        case call
        /// A function that is offered, whose name, description and properties follow.
        case function
        /// The properties of a function that has any, and each of them.
        case properties
        case property
        /// The allowed values of a property, and each of them.
        case enumeration
        case enumerationValue
        /// `tool_choice`: none, one named function (whose name follows), any.
        case choiceNone
        case choiceNamed
        case choiceDemanded
    }

    /// What a text is; each is counted for itself.
    public enum Field: Sendable {
        /// The role of a message.
        case role
        /// What a model reads of a message or the system text: content, a name, a call's name or arguments.
        case content
        /// The name of a function or property, or an allowed value.
        case definition
        /// The type or the description of what was named: it goes behind a colon, without the full stop at
        /// its end.
        case detail
    }

    private let encoding: Encoding
    private let framing: ChatFraming
    private var counter: IncrementalCounter
    private var field: Field?
    /// A full stop that counts unless the text ends with it.
    private var hasStop = false
    private var tokens = PromptTokens()
    private var hasFunctions = false
    private var isDemanded = false

    /// Nothing read yet.
    public init(_ encoding: Encoding, _ framing: ChatFraming) {
        self.encoding = encoding
        self.framing = framing
        counter = encoding.makeCounter()
    }

    /// A part begins.
    public mutating func begin(_ part: Part) {
        switch part {
        case .message: tokens.framing += framing.message
        case .name: tokens.framing += framing.name
        case .call: tokens.framing += framing.call
        case .function:
            hasFunctions = true
            tokens.tools += framing.function
        case .properties: tokens.tools += framing.properties
        case .property: tokens.tools += framing.property
        case .enumeration: tokens.tools += framing.enumeration
        case .enumerationValue: tokens.tools += framing.enumerationValue
        case .choiceNone: tokens.tools += framing.choiceNone
        case .choiceNamed:
            isDemanded = true
            tokens.tools += framing.choiceNamed
        case .choiceDemanded: isDemanded = true
        }
    }

    /// A text begins.
    public mutating func begin(_ field: Field) {
        end()
        self.field = field
        if field == .detail { append(byte: 0x3A) }
    }

    /// The next bytes of the text that began last.
    public mutating func append(_ utf8: UnsafeRawBufferPointer) {
        guard let last = utf8.last, let field else { return }
        guard field == .detail else { return counter.append(utf8) }
        if hasStop { append(byte: 0x2E) }
        hasStop = last == 0x2E
        counter.append(UnsafeRawBufferPointer(rebasing: utf8.dropLast(hasStop ? 1 : 0)))
    }

    /// The text is over.
    public mutating func end() {
        guard let field else { return }
        let count = Int(counter.count)
        switch field {
        case .role: tokens.framing += framing.countsRole ? count : 0
        case .content: tokens.text += count
        case .definition, .detail: tokens.tools += count
        }
        self.field = nil
        hasStop = false
        counter = encoding.makeCounter()
    }

    /// A whole text.
    public mutating func add(_ field: Field, _ text: String) {
        begin(field)
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
        end()
    }

    /// An image; without a size it is taken for one of `ImageRule.Size.assumed`.
    public mutating func add(image size: ImageRule.Size?, isLowDetail: Bool = false) {
        tokens.imageCount += 1
        tokens.images += framing.images.tokens(size ?? .assumed, isLowDetail: isLowDetail)
    }

    /// The prompt as read so far, as if it ended here.
    public var total: PromptTokens {
        var ended = self
        ended.end()
        var tokens = ended.tokens
        tokens.framing += framing.priming
        if hasFunctions {
            tokens.tools +=
                isDemanded ? framing.functionsIfDemanded ?? framing.functions : framing.functions
        }
        tokens.isTextEstimated = framing.isEstimate
        return tokens
    }

    private mutating func append(byte: UInt8) {
        withUnsafeBytes(of: byte) { counter.append($0) }
    }
}
