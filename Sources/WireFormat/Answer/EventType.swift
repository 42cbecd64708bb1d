/// The types of events that mean something to a bill, from `event:` lines and from `type` in the data.
enum EventType: UInt8 {
    case unknown
    case error
    /// `message_stop`, `response.completed`, `response.incomplete`.
    case terminal
    /// `response.failed`: terminal, and an error.
    case failed
    /// `response.output_item.added`: has the name of the tool that is called.
    case itemAdded
    /// `response.audio.delta`: its `delta` is no text.
    case audio
    /// Their `delta` is the text of a kind of its own.
    case reasoning
    case refusal
    case callArguments

    init(_ name: SmallText) {
        if name.matches("error") {
            self = .error
        } else if name.matches("message_stop") || name.matches("response.completed")
            || name.matches("response.incomplete")
        {
            self = .terminal
        } else if name.matches("response.failed") {
            self = .failed
        } else if name.matches("response.output_item.added") {
            self = .itemAdded
        } else if name.matches("response.audio.delta") {
            self = .audio
        } else if name.matches("response.reasoning_summary_text.delta")
            || name.matches("response.reasoning_text.delta")
        {
            self = .reasoning
        } else if name.matches("response.refusal.delta") {
            self = .refusal
        } else if name.matches("response.function_call_arguments.delta")
            || name.matches("response.custom_tool_call_input.delta")
            || name.matches("response.mcp_call_arguments.delta")
        {
            self = .callArguments
        } else {
            self = .unknown
        }
    }
}
