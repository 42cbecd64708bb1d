import WireFormat

/// An answer of the gateway itself that is no success. All text is fixed: nothing of a request, and
/// nothing of a provider's answer, gets into one.
enum GatewayError: Error, Equatable, CaseIterable, Sendable {
    case malformedRequest
    case badJSON
    case missingModel
    case missingKey
    case wrongKey
    case unknownPath
    case unknownModel
    case wrongMethod
    case requestTimedOut
    case bodyTooLarge
    case headTooLarge
    case expectationFailed
    case providerBroken
    case providerUnreachable
    case providerTimedOut
    case providerBusy
    case overloaded
    case shuttingDown

    /// The HTTP status.
    var status: UInt16 {
        switch self {
        case .malformedRequest, .badJSON, .missingModel: 400
        case .missingKey, .wrongKey: 401
        case .unknownPath, .unknownModel: 404
        case .wrongMethod: 405
        case .requestTimedOut: 408
        case .bodyTooLarge: 413
        case .expectationFailed: 417
        case .headTooLarge: 431
        case .providerBroken, .providerUnreachable: 502
        case .providerBusy, .overloaded, .shuttingDown: 503
        case .providerTimedOut: 504
        }
    }

    /// What went wrong, for a person.
    var message: StaticString {
        switch self {
        case .malformedRequest: "The request is not valid HTTP."
        case .badJSON: "The request body is not a valid JSON object."
        case .missingModel: "The request names no model."
        case .missingKey: "No API key was given."
        case .wrongKey: "The API key is not valid here."
        case .unknownPath: "There is no such endpoint."
        case .unknownModel: "The model does not exist or is not served at this endpoint."
        case .wrongMethod: "The endpoint does not take this method."
        case .requestTimedOut: "The request did not arrive in time."
        case .bodyTooLarge: "The request body is too large."
        case .headTooLarge: "The request's header fields are too large."
        case .expectationFailed: "The expectation cannot be met."
        case .providerBroken: "The provider's answer broke off or was not valid."
        case .providerUnreachable: "The provider could not be reached."
        case .providerTimedOut: "The provider did not answer in time."
        case .providerBusy: "All connections to the provider are in use. Try again later."
        case .overloaded: "The gateway is overloaded. Try again later."
        case .shuttingDown: "The gateway is shutting down. Try again."
        }
    }

    /// The error's type as the family's clients know it.
    func type(_ family: Dialect.Family) -> StaticString {
        switch (self, family) {
        case (.overloaded, .anthropic), (.shuttingDown, .anthropic), (.providerBusy, .anthropic):
            "overloaded_error"
        case (.providerTimedOut, .anthropic): "timeout_error"
        case (.providerBroken, .anthropic), (.providerUnreachable, .anthropic): "api_error"
        case (.missingKey, .anthropic), (.wrongKey, .anthropic): "authentication_error"
        case (.unknownPath, .anthropic), (.unknownModel, .anthropic): "not_found_error"
        case (.bodyTooLarge, .anthropic): "request_too_large"
        case (.overloaded, .openAI), (.shuttingDown, .openAI), (.providerTimedOut, .openAI),
            (.providerBroken, .openAI), (.providerUnreachable, .openAI), (.providerBusy, .openAI):
            "server_error"
        default: "invalid_request_error"
        }
    }

    /// OpenAI's `code`.
    var code: StaticString? {
        switch self {
        case .badJSON: "invalid_json"
        case .missingModel: "missing_model"
        case .missingKey, .wrongKey: "invalid_api_key"
        case .unknownPath: "unknown_url"
        case .unknownModel: "model_not_found"
        case .wrongMethod: "method_not_supported"
        case .bodyTooLarge: "request_too_large"
        case .providerBroken: "provider_failed"
        case .providerUnreachable: "provider_unreachable"
        case .providerTimedOut: "provider_timeout"
        case .providerBusy: "provider_busy"
        case .overloaded: "overloaded"
        case .shuttingDown: "shutting_down"
        case .malformedRequest, .requestTimedOut, .headTooLarge, .expectationFailed: nil
        }
    }

    /// Seconds after which a client may try again.
    var retryAfter: Int? {
        switch self {
        case .providerBusy, .overloaded: 2
        case .shuttingDown: 1
        default: nil
        }
    }

    /// The JSON body in the family's form, or in one that both families' clients read.
    func body(_ family: Dialect.Family?) -> [UInt8] {
        guard let family else {
            return ErrorBody.jsonForEitherFamily(
                type: type(.openAI), message: message, code: code)
        }
        return ErrorBody.json(
            family, type: type(family), message: message, code: code,
            parameter: self == .missingModel ? "model" : nil)
    }

    /// The event that ends a stream so.
    func event(_ dialect: Dialect, sequenceNumber: UInt64) -> [UInt8] {
        ErrorBody.event(
            dialect, type: type(dialect.family), message: message, code: code,
            sequenceNumber: sequenceNumber)
    }
}
