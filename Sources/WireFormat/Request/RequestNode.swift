/// The containers of a request that matter, by what they mean.
enum RequestNode: UInt8 {
    /// Anything else, and all that is within.
    case ignored
    case root
    /// `messages`; `input` or `prompt` as an array, and arrays in that.
    case messages
    case items
    /// A message; an item of the Responses endpoint; the array that a system text can be.
    case message
    case item
    case systemParts
    /// The parts of a content, and one of them.
    case parts
    case part
    /// `image_url` as an object, Anthropic's `source`.
    case imageURL
    case source
    case toolCalls
    case toolCall
    /// What has the name and the arguments of a call.
    case function
    case tools
    case tool
    /// `function` of a tool.
    case toolFunction
    /// A tool's parameters, the properties of a schema, one of them, alternatives to one.
    case schema
    case properties
    case property
    case alternatives
    case enumeration
    case toolChoice
    case toolChoiceFunction
    case format

    /// What begins and ends with the container.
    var element: PromptElement? {
        switch self {
        case .message, .item: .message
        case .systemParts: .system
        case .tool: .tool
        case .property: .property
        case .toolChoice: .toolChoice
        default: nil
        }
    }
}

/// What the next value of a request means.
enum RequestField: UInt8 {
    case ignored
    case root
    case messages
    case message
    case items
    case item
    case system
    /// A string, or an array of parts.
    case content
    case part
    case partType
    case role
    case name
    case reasoning
    case toolCalls
    case toolCall
    case function
    case callName
    /// A string, or JSON that counts as it stands.
    case arguments
    case imageURL
    case source
    case url
    case data
    case detail
    case unmeasured
    case tools
    case tool
    /// `function` of a tool: its members are the tool's own.
    case toolFunction
    case toolName
    case toolDescription
    case schema
    case properties
    case property
    case propertyType
    case propertyDescription
    case alternatives
    case enumeration
    case enumItem
    case toolChoice
    case toolChoiceFunction
    case toolChoiceName
    case format

    /// The text that a string of the field is.
    var text: PromptText? {
        switch self {
        case .system, .content: .content
        case .item, .items: .prompt
        case .role: .role
        case .name: .name
        case .reasoning: .reasoning
        case .callName: .callName
        case .arguments: .callArguments
        case .toolName: .toolName
        case .toolDescription: .toolDescription
        case .propertyType: .propertyType
        case .propertyDescription: .propertyDescription
        case .enumItem: .enumItem
        case .toolChoice: .toolChoice
        case .toolChoiceName: .toolChoiceName
        // A part that is a bare string.
        case .part: .content
        default: nil
        }
    }
}
