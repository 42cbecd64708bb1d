/// Receives what a model reads of a request, in the order of the bytes: the texts, and the structure
/// around them that costs tokens as well.
public protocol PromptVisitor {
    /// Something begins; texts and others follow within it, until its end.
    mutating func begin(_ element: PromptElement)

    /// The innermost element ends.
    mutating func end(_ element: PromptElement)

    /// A piece of a text, JSON's escapes undone.
    ///
    /// Pieces of one text follow each other, and can end anywhere but within a scalar. Valid only during the call.
    mutating func text(_ kind: PromptText, _ utf8: UnsafeRawBufferPointer)

    /// The text is whole. One without any piece is empty.
    mutating func textEnded(_ kind: PromptText)

    /// An image of the element at hand.
    mutating func image(_ image: PromptImage)

    /// One token that was given by its number.
    mutating func token()

    /// Something that has tokens which cannot be told from the request: audio, files, encrypted reasoning,
    /// the schema of the answer.
    mutating func unmeasured()
}

/// What a request is made of.
public enum PromptElement: UInt8, CaseIterable, Sendable {
    /// A message of the conversation; of the Responses endpoint, an item of any type.
    case message
    /// Text that stands above the conversation: Anthropic's `system`, Responses' `instructions`.
    case system
    /// The definition of a tool.
    case tool
    /// A property of a tool's parameters, or of another property.
    case property
    /// Which tool is to be called, where that is not said in one word.
    case toolChoice
}

/// What a text of a request is.
public enum PromptText: UInt8, CaseIterable, Sendable {
    /// What was said, and what tools gave back.
    case content
    /// `prompt` and `input` of the endpoints without messages; each string is one.
    case prompt
    case role
    /// The name of a message's author.
    case name
    /// Reasoning that is given back to the model.
    case reasoning
    /// A tool call of an earlier answer. Arguments are a string, or JSON as it stands.
    case callName
    case callArguments
    /// Parts of a tool's definition.
    case toolName
    case toolDescription
    case propertyName
    case propertyType
    case propertyDescription
    case enumItem
    /// `auto`, `none`, …
    case toolChoice
    /// The name of the tool that is to be called.
    case toolChoiceName
}

/// An image, as far as a request tells.
public struct PromptImage: Equatable, Sendable {
    /// How closely OpenAI's models are to look.
    public enum Detail: UInt8, CaseIterable, Sendable {
        case auto
        case low
        case high
    }

    public var detail = Detail.auto
    /// In pixels; nil where the image is not part of the request, or in a format that is not known.
    public var size: ImageSize?

    /// An image of unknown size.
    public init() {}
}
