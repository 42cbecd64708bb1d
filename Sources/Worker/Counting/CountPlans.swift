import Configuration
import Tokenization

/// The plans of the models that were asked for: to make one takes a look at each model that is known.
struct CountPlans {
    /// Model names are the clients' choice: after so many it begins anew.
    static let plansMax = 256

    private struct Key: Hashable {
        let model: String
        let family: ProviderFamily
    }

    private let vocabularies: Vocabularies
    private var plans: [Key: CountPlan] = [:]

    /// - Parameter vocabularies: what the plans count with.
    init(_ vocabularies: Vocabularies) { self.vocabularies = vocabularies }

    /// How many plans are kept.
    var count: Int { plans.count }

    /// The plan of the model.
    mutating func plan(for model: String, family: ProviderFamily) -> CountPlan {
        let key = Key(model: model, family: family)
        if let found = plans[key] { return found }
        let plan = CountPlan(model: model, family: family, vocabularies)
        if plans.count >= Self.plansMax { plans.removeAll(keepingCapacity: true) }
        plans[key] = plan
        return plan
    }
}
