import Configuration
import IPC

/// Finds the provider of a model.
struct Router: Sendable {
    private let routes: [Route]

    private struct Route: Sendable {
        let match: String
        let provider: Int
        let family: ProviderFamily
        let model: String?
    }

    /// Where a request goes.
    struct Decision: Equatable, Sendable {
        /// Index of the provider in the configuration.
        let provider: Int
        /// The model's name for the provider, where it is another.
        let rename: String?
    }

    init(_ configuration: WorkerConfiguration) {
        routes = configuration.models.compactMap { rule in
            guard
                let index = configuration.providers.firstIndex(where: { $0.name == rule.provider })
            else { return nil }
            return Route(
                match: rule.match, provider: index, family: configuration.providers[index].family,
                model: rule.model)
        }
    }

    /// The first rule that matches the model decides.
    ///
    /// - Throws: `unknownModel` where none does, `wrongFamily` where the provider does not have the endpoint.
    func route(model: String, endpoint: Endpoint) throws(RelayFailure) -> Decision {
        guard let route = routes.first(where: { Wildcard.matches($0.match, model) }) else {
            throw .unknownModel
        }
        let family: ProviderFamily = endpoint.dialect.family == .anthropic ? .anthropic : .openai
        guard route.family == family else { throw .wrongFamily }
        return Decision(provider: route.provider, rename: route.model == model ? nil : route.model)
    }
}
