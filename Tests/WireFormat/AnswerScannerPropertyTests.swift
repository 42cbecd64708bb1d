import Testing

@testable import WireFormat

@Suite("The answer scanner takes any bytes")
struct AnswerScannerPropertyTests {
    /// Cuts at random places, in order.
    private func cuts(_ count: Int, _ random: inout Seeded) -> [Int] {
        guard count > 1 else { return [] }
        return Array(
            Set(
                (0..<Int.random(in: 1...6, using: &random)).map { _ in
                    Int.random(in: 1..<count, using: &random)
                })
        ).sorted()
    }

    private func agree(_ body: [UInt8], _ dialect: Dialect, _ stream: Bool, _ cuts: [Int]) -> Bool {
        Transcript.scan(body, dialect, isEventStream: stream)
            == Transcript.scan(body, dialect, isEventStream: stream, cuts: cuts)
    }

    @Test("random bytes of the formats' own alphabet, whole or cut, give the same")
    func randomBytes() {
        let alphabet = Array(
            "data: event:\n\r\n\n{}[]\",:\\u0d8\u{FEFF}[DONE] usage choices 1e-".utf8)
        var random = Seeded(1)
        for round in 0..<4_000 {
            let count = Int.random(in: 0...120, using: &random)
            let body = (0..<count).map { _ in
                round % 4 == 0
                    ? UInt8.random(in: 0...255, using: &random)
                    : alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            let dialect = Dialect.allCases[round % Dialect.allCases.count]
            let isStream = round % 3 != 0
            let places = cuts(count, &random)
            #expect(agree(body, dialect, isStream, places), "\(body), \(dialect), \(places)")
        }
    }

    @Test("answers with bytes changed, doubled and lost, whole or cut, give the same")
    func mutatedAnswers() {
        var random = Seeded(2)
        for answer in AnswerCase.all {
            for _ in 0..<60 {
                var body = answer.bytes
                for _ in 0..<Int.random(in: 1...4, using: &random) where body.count > 2 {
                    let place = Int.random(in: 0..<body.count, using: &random)
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: body[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: body.remove(at: place)
                    case 2: body.insert(contentsOf: body[place...].prefix(9), at: place)
                    default: body.insert(body[place % 7], at: place)
                    }
                }
                let places = cuts(body.count, &random)
                #expect(
                    agree(body, answer.dialect, answer.isEventStream, places), "\(body), \(places)")
            }
        }
    }
}
