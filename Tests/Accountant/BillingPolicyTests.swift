import IPC
import Testing

@testable import Accountant

@Suite("What is billed follows from the outcome and the evidence alone")
struct BillingPolicyTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var outcome: Outcome
        var endpoint: Endpoint? = .chatCompletions
        var accepted = true
        /// reported, produced
        var prompt: (UInt64?, UInt64?) = (nil, 9)
        /// reported, produced, delivered
        var completion: (UInt64?, UInt64?, UInt64?)
        var source = CountSource.counted
        var promptSource: CountSource?
        /// The ratios that are known, in thousandths.
        var ratios: (prompt: UInt32?, completion: UInt32?) = (nil, nil)
        var expectPrompt: BillingPolicy.Charge
        var expectCompletion: BillingPolicy.Charge
        var testDescription: String { name }
    }

    static func charge(_ tokens: UInt64?, _ source: BillingPolicy.Source) -> BillingPolicy.Charge {
        BillingPolicy.Charge(tokens: tokens, source: source)
    }

    static func calibration(_ thousandths: UInt32?) -> Calibration? {
        thousandths.map { Calibration(ratio: $0 * 1_000, error: 40_000, samples: 9) }
    }

    static func calibrated(_ tokens: UInt64, _ thousandths: UInt32) -> BillingPolicy.Charge {
        BillingPolicy.Charge(
            tokens: tokens, source: .calibrated, calibration: calibration(thousandths))
    }

    static let calibratedCases: [Case] = [
        Case(
            name: "cut, another tokenizer: corrected", outcome: .clientGone,
            completion: (nil, 100, 40), source: .estimated, ratios: (1_200, 1_300),
            expectPrompt: calibrated(11, 1_200), expectCompletion: calibrated(52, 1_300)),
        Case(
            name: "cut, another tokenizer, nothing learned yet", outcome: .clientGone,
            completion: (nil, 100, 40), source: .estimated, expectPrompt: charge(9, .estimated),
            expectCompletion: charge(40, .estimated)),
        Case(
            name: "the provider's own tokenizer is never corrected", outcome: .clientGone,
            completion: (nil, 100, 40), ratios: (1_200, 1_300), expectPrompt: charge(9, .counted),
            expectCompletion: charge(40, .counted)),
        Case(
            name: "a report is never corrected", outcome: .completed, prompt: (11, 9),
            completion: (20, 18, 18), source: .estimated, ratios: (1_200, 1_300),
            expectPrompt: charge(11, .reported), expectCompletion: charge(20, .reported)),
        Case(
            name: "completed without a report: corrected", outcome: .completed,
            completion: (nil, 20, 17), source: .estimated, ratios: (nil, 1_300),
            expectPrompt: charge(9, .estimated), expectCompletion: calibrated(26, 1_300)),
        Case(
            name: "a correction is never more than the final report", outcome: .clientGone,
            completion: (45, 40, 40), source: .estimated, ratios: (nil, 1_300),
            expectPrompt: charge(9, .estimated), expectCompletion: charge(45, .reported)),
        Case(
            name: "an estimated prompt beside a counted completion", outcome: .clientGone,
            completion: (nil, 100, 40), promptSource: .estimated,
            expectPrompt: charge(9, .estimated), expectCompletion: charge(40, .counted)),
        Case(
            name: "nothing delivered is nothing, whatever the ratio", outcome: .workerLost,
            completion: (nil, 9, 0), source: .estimated, ratios: (1_200, 1_300),
            expectPrompt: calibrated(11, 1_200), expectCompletion: .nothing),
    ]

    static let cases: [Case] = [
        Case(
            name: "completed: the provider's numbers", outcome: .completed, prompt: (11, 9),
            completion: (20, 18, 18), expectPrompt: charge(11, .reported),
            expectCompletion: charge(20, .reported)),
        Case(
            name: "completed without a report: what was produced", outcome: .completed,
            completion: (nil, 18, 17), source: .estimated, expectPrompt: charge(9, .estimated),
            expectCompletion: charge(18, .estimated)),
        Case(
            name: "completed, only delivered was counted", outcome: .completed,
            completion: (nil, nil, 17), expectPrompt: charge(9, .counted),
            expectCompletion: charge(17, .counted)),
        Case(
            name: "completed without any evidence: unknown, not free", outcome: .completed,
            prompt: (nil, nil), completion: (nil, nil, nil), expectPrompt: .unknown,
            expectCompletion: .unknown),
        Case(
            name: "client left in mid-stream: delivered", outcome: .clientGone, prompt: (11, 9),
            completion: (nil, 100, 40), expectPrompt: charge(11, .reported),
            expectCompletion: charge(40, .counted)),
        Case(
            name: "client left before the first token", outcome: .clientGone,
            completion: (nil, 0, 0), expectPrompt: charge(9, .counted), expectCompletion: .nothing),
        Case(
            name: "client left, nothing was counted", outcome: .clientGone,
            completion: (nil, nil, nil), expectPrompt: charge(9, .counted),
            expectCompletion: .nothing),
        Case(
            name: "client left before the provider accepted", outcome: .clientGone, accepted: false,
            completion: (nil, nil, nil), expectPrompt: .nothing, expectCompletion: .nothing),
        Case(
            name: "never more than was produced", outcome: .clientGone, completion: (nil, 30, 40),
            expectPrompt: charge(9, .counted), expectCompletion: charge(30, .counted)),
        Case(
            name: "never more than the final report", outcome: .clientGone, prompt: (11, 9),
            completion: (35, 40, 40), expectPrompt: charge(11, .reported),
            expectCompletion: charge(35, .reported)),
        Case(
            name: "the rest of an aborted answer is not charged", outcome: .clientGone,
            prompt: (11, 9), completion: (500, 40, 40), expectPrompt: charge(11, .reported),
            expectCompletion: charge(40, .counted)),
        Case(
            name: "a cumulative total bounds what is charged", outcome: .clientGone,
            endpoint: .messages, prompt: (11, 9), completion: (90, 100, 100), source: .estimated,
            expectPrompt: charge(11, .reported), expectCompletion: charge(90, .reported)),
        Case(
            name: "lost with its worker: as flushed", outcome: .workerLost,
            completion: (nil, 50, 48), source: .calibrated, expectPrompt: charge(9, .calibrated),
            expectCompletion: charge(48, .calibrated)),
        Case(
            name: "provider failed in mid-stream", outcome: .providerFailed,
            completion: (nil, 7, 7), expectPrompt: charge(9, .counted),
            expectCompletion: charge(7, .counted)),
        Case(
            name: "provider refused", outcome: .providerError, accepted: false,
            completion: (nil, nil, nil), expectPrompt: .nothing, expectCompletion: .nothing),
        Case(
            name: "drained", outcome: .drained, completion: (nil, 9, 5),
            expectPrompt: charge(9, .counted), expectCompletion: charge(5, .counted)),
        Case(
            name: "refused here", outcome: .rejected, completion: (nil, nil, nil),
            expectPrompt: .nothing, expectCompletion: .nothing),
        Case(
            name: "embeddings have no completion", outcome: .completed, endpoint: .embeddings,
            prompt: (8, nil), completion: (nil, nil, nil), expectPrompt: charge(8, .reported),
            expectCompletion: .nothing),
        Case(
            name: "counting tokens is free", outcome: .completed, endpoint: .countTokens,
            prompt: (8, 8), completion: (nil, nil, nil), expectPrompt: .nothing,
            expectCompletion: .nothing),
        Case(
            name: "a record whose beginning was lost", outcome: .completed, endpoint: nil,
            prompt: (11, nil), completion: (20, nil, nil), expectPrompt: charge(11, .reported),
            expectCompletion: charge(20, .reported)),
    ]

    @Test(arguments: cases + calibratedCases)
    func bills(_ test: Case) {
        var usage = StreamUsage()
        usage.providerAccepted = test.accepted
        (usage.promptReported, usage.promptProduced) = test.prompt
        (usage.completionReported, usage.completionProduced, usage.completionDelivered) =
            test.completion
        usage.countSource = test.source
        usage.promptSource = test.promptSource
        let bill = BillingPolicy.bill(
            outcome: test.outcome, endpoint: test.endpoint, usage: usage,
            calibrations: Calibration.Pair(
                prompt: Self.calibration(test.ratios.prompt),
                completion: Self.calibration(test.ratios.completion)))
        #expect(bill.prompt == test.expectPrompt)
        #expect(bill.completion == test.expectCompletion)
    }

    @Test("An early end is never charged more than was delivered, whatever the evidence")
    func neverMoreThanDelivered() {
        var random = SeededGenerator(seed: 7)
        func maybe() -> UInt64? {
            Bool.random(using: &random) ? UInt64.random(in: 0...50, using: &random) : nil
        }
        for _ in 0..<20_000 {
            var usage = StreamUsage()
            usage.providerAccepted = Bool.random(using: &random)
            usage.completionReported = maybe()
            usage.completionProduced = maybe()
            usage.completionDelivered = maybe()
            let outcome = Outcome.allCases.filter { $0 != .completed }.randomElement(using: &random)
            let endpoint = Endpoint.allCases.randomElement(using: &random)
            let bill = BillingPolicy.bill(
                outcome: outcome ?? .clientGone, endpoint: endpoint, usage: usage)
            #expect(bill.completion.tokens ?? 0 <= usage.completionDelivered ?? 0)
        }
    }

    @Test(
        "Corrected, an early end is never charged more than what was delivered comes to, or was reported"
    )
    func neverMoreThanCorrected() {
        var random = SeededGenerator(seed: 8)
        func maybe() -> UInt64? {
            Bool.random(using: &random) ? UInt64.random(in: 0...50, using: &random) : nil
        }
        for _ in 0..<20_000 {
            var usage = StreamUsage()
            usage.providerAccepted = true
            usage.completionReported = maybe()
            usage.completionProduced = maybe()
            usage.completionDelivered = maybe()
            let ratio = Calibration(
                ratio: UInt32.random(in: 300_000...3_000_000, using: &random), error: 0, samples: 5)
            let bill = BillingPolicy.bill(
                outcome: .clientGone, endpoint: .chatCompletions, usage: usage,
                calibrations: Calibration.Pair(completion: ratio))
            let billed = bill.completion.tokens ?? 0
            #expect(billed <= ratio.corrected(usage.completionDelivered ?? 0))
            #expect(billed <= usage.completionReported ?? .max)
            #expect((bill.completion.source == .calibrated) == (bill.completion.calibration != nil))
        }
    }
}
