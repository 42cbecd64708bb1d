import Configuration
import Testing
import Tokenization

@testable import Worker

@Suite("Plans are kept by model and family, and never many of them")
struct CountPlansTests {
    @Test("One model of two families has two plans")
    func families() throws {
        var plans = CountPlans(try Vocabularies())
        for _ in 0..<2 {
            #expect(plans.plan(for: "my-model", family: .openai).encoding.name == .o200kBase)
            #expect(plans.plan(for: "my-model", family: .anthropic).encoding.name == .claude)
            #expect(plans.plan(for: "gpt-4", family: .openai).encoding.name == .cl100kBase)
        }
        #expect(plans.count == 3)
    }

    @Test("However many names come, the table stays small and its answers right")
    func bounded() throws {
        var plans = CountPlans(try Vocabularies())
        for number in 0..<1_000 {
            let name = number % 2 == 0 ? "gpt-4-\(number)" : "model-\(number)"
            let plan = plans.plan(for: name, family: .openai)
            #expect(plan.isExact == (number % 2 == 0))
            #expect(plans.count <= CountPlans.plansMax)
        }
    }
}
