/// Errors of the gateway itself in the providers' own formats. Made of static text only: nothing that a
/// peer sent can get into one.
public enum ErrorBody {
    /// The JSON body of an error response.
    ///
    /// - Parameters:
    ///   - code: OpenAI's `code`; Anthropic's form has none.
    ///   - parameter: OpenAI's `param`: the request's field that is wrong.
    public static func json(
        _ family: Dialect.Family, type: StaticString, message: StaticString,
        code: StaticString? = nil, parameter: StaticString? = nil
    ) -> [UInt8] {
        var out: [UInt8] = []
        if family == .anthropic {
            append("{\"type\":\"error\",", to: &out)
        } else {
            out.append(0x7B)
        }
        append("\"error\":{", to: &out)
        if family == .anthropic {
            member("type", type, to: &out)
            out.append(Byte.comma)
            member("message", message, to: &out)
        } else {
            member("message", message, to: &out)
            out.append(Byte.comma)
            member("type", type, to: &out)
            out.append(Byte.comma)
            member("param", parameter, to: &out)
            out.append(Byte.comma)
            member("code", code, to: &out)
        }
        append("}}", to: &out)
        return out
    }

    /// The JSON body of an error response to a request that was not read far enough to know the family:
    /// OpenAI's form, with the member that Anthropic's clients look for.
    public static func jsonForEitherFamily(
        type: StaticString, message: StaticString, code: StaticString? = nil
    ) -> [UInt8] {
        var out: [UInt8] = []
        append("{\"type\":\"error\",", to: &out)
        return out + json(.openAI, type: type, message: message, code: code).dropFirst()
    }

    /// The event that ends a stream in an error, as the dialect's clients understand it, with its blank line.
    ///
    /// - Parameter sequenceNumber: of the Responses dialect's event: one more than the stream's last.
    public static func event(
        _ dialect: Dialect, type: StaticString, message: StaticString, code: StaticString? = nil,
        sequenceNumber: UInt64 = 0
    ) -> [UInt8] {
        var out: [UInt8] = []
        switch dialect {
        case .chatCompletions, .completions, .embeddings:
            append("data: ", to: &out)
            out += json(.openAI, type: type, message: message, code: code)
        case .messages:
            append("event: error\ndata: ", to: &out)
            out += json(.anthropic, type: type, message: message)
        case .responses:
            append("event: error\ndata: {\"type\":\"error\",", to: &out)
            member("code", code ?? type, to: &out)
            out.append(Byte.comma)
            member("message", message, to: &out)
            append(",\"param\":null,\"sequence_number\":", to: &out)
            out += String(sequenceNumber).utf8
            out.append(Byte.braceClose)
        }
        append("\n\n", to: &out)
        return out
    }

    private static func append(_ text: StaticString, to out: inout [UInt8]) {
        out.append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func member(_ key: StaticString, _ value: StaticString?, to out: inout [UInt8]) {
        out.append(Byte.quote)
        append(key, to: &out)
        out += [Byte.quote, Byte.colon]
        guard let value else { return append("null", to: &out) }
        JSONText.appendString(
            UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount), to: &out
        )
    }
}
