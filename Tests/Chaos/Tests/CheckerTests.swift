import Testing

@testable import ChaosHarness

/// A doctored book, and the difference that has to be found in it.
struct Doctoring: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let kind: Difference.Kind
    let doctor: @Sendable (inout Books) -> Void

    init(
        _ what: String, _ kind: Difference.Kind, _ doctor: @escaping @Sendable (inout Books) -> Void
    ) {
        testDescription = what
        self.kind = kind
        self.doctor = doctor
    }
}

@Suite("The checker finds every way in which the books can disagree")
struct CheckerTests {
    @Test("Books that agree have no difference, and their sums are told")
    func agreement() {
        let report = Checker.check(Sample.books)
        #expect(report.differences == [])
        #expect(report.accepted == 3)
        #expect(report.completed == 1)
        #expect(report.completedBilled == 21)
        #expect(report.tokensBilled == 36)
        #expect(report.tokensReceived == 36)
        #expect(report.tokensSent == 20 + 8 + 9)
        #expect(report.shortfallPaced.description == "1: 1")
        #expect(report.text.contains("differences: none"))
    }

    @Test("Doctored books are told from true ones", arguments: ledgers + clients + services)
    func doctored(_ doctoring: Doctoring) {
        var books = Sample.books
        doctoring.doctor(&books)
        let report = Checker.check(books)
        #expect(report.differences.contains { $0.kind == doctoring.kind }, "\(report.text)")
        #expect(report.text.contains("DIFFERENCES"))
    }

    static let ledgers = [
        Doctoring("a record is missing", .missingRecord) { $0.ledger.removeFirst() },
        Doctoring("the record of a stream that only the mock saw is missing", .missingRecord) {
            $0.clients[Sample.left].status = nil
            $0.ledger.remove(at: Sample.left)
        },
        Doctoring("a stream has two records", .doubledRecord) {
            var second = $0.ledger[Sample.left]
            second.id = "another"
            $0.ledger.append(second)
        },
        Doctoring("a record is there twice", .doubledRecord) { $0.ledger.append($0.ledger[0]) },
        Doctoring("a record of a stream that nobody sent", .strangeRecord) {
            $0.ledger.append(Sample.record(99, "completed", billed: 1))
        },
        Doctoring("a record of a request that was not whole", .strangeRecord) {
            $0.ledger.append(Sample.record(4, "client_gone", billed: 0))
        },
        Doctoring("a request of the mock that nobody sent", .strangeRecord) {
            $0.mock.append(Sample.mock(99, events: 1))
        },
        Doctoring("a record that is open", .unsettledRecord) { $0.ledger[0].outcome = "open" },
        Doctoring("a client that left pays one token more than it got", .overbilled) {
            $0.ledger[Sample.left].completionTokens.billed = 8
        },
        Doctoring("a killed worker's reader pays one token more than it got", .overbilled) {
            $0.ledger[Sample.lost].completionTokens.billed = 10
        },
        Doctoring("a killed worker's leaver pays more than a kernel can hold", .overbilled) {
            $0.clients[Sample.lost].end = .left
            $0.ledger[Sample.lost].completionTokens.billed = 9 + 2_000
        },
        Doctoring("a killed worker's stream lacks two writes", .underbilled) {
            $0.ledger[Sample.lost].completionTokens.billed = 7
        },
        Doctoring("a completed stream is billed what was counted", .notAsReported) {
            $0.ledger[Sample.completed].completionTokens.billed = 20
        },
        Doctoring("a completed stream's prompt is billed what was counted", .notAsReported) {
            $0.ledger[Sample.completed].promptTokens.billed = 12
        },
        Doctoring("a stream is lost with a worker that nobody killed", .notKilled) {
            $0.kills = []
        },
        Doctoring("a stream is lost with a worker that was killed before", .notKilled) {
            $0.kills[0].from = 100
            $0.kills[0].until = 200
        },
        Doctoring("a stream is lost with a worker when another was killed", .notKilled) {
            $0.kills[0].slots = [0, 2]
        },
        Doctoring("a client that left is billed as one that has all", .notRead) {
            $0.ledger[Sample.left].outcome = "completed"
        },
        Doctoring("a client that has all is said to have left", .notCompleted) {
            $0.ledger[Sample.completed].outcome = "client_gone"
            $0.ledger[Sample.completed].completionTokens.billed = 20
        },
    ]

    static let clients = [
        Doctoring("a connection was refused", .refused) {
            $0.clients[3].end = .refused(111)
        },
        Doctoring("a connection was reset, and its record knows of no kill", .reset) {
            $0.clients[Sample.completed].end = .reset(104)
        },
        Doctoring("a connection was reset before its request, and nobody was killed", .reset) {
            $0.clients[3].end = .reset(104)
            $0.kills = []
        },
        Doctoring("a connection ended before its request, and nobody was killed", .cut) {
            $0.clients[3].end = .endOfFile
            $0.kills = []
        },
        Doctoring("a connection ended before its request, and the accountant was killed", .cut) {
            $0.clients[3].end = .endOfFile
            $0.kills[0].slots = []
        },
        Doctoring("an answer ended early, and its record knows of no reason", .cut) {
            $0.clients[Sample.left].end = .endOfFile
        },
        Doctoring("a client waits for ever", .hung) { $0.clients[Sample.left].end = .hung },
        Doctoring("a client's kernel took bytes that it did not read", .clientBook) {
            $0.clients[Sample.left].miscounted = "17 bytes received and not read"
        },
    ]

    static let services = [
        Doctoring("the supervisor ended by itself", .service) {
            $0.misdeeds = ["the supervisor ended by itself"]
        }
    ]

    @Test(
        "What a killed worker's kernel held for a client that left is told apart, not billed away")
    func excess() {
        var books = Sample.books
        books.clients[Sample.lost].end = .left
        books.ledger[Sample.lost].completionTokens.billed = 14
        let report = Checker.check(books)
        #expect(report.differences == [])
        #expect(report.excessKilled.description == "4-7: 1")
    }

    @Test("Who resets has what its kernel acknowledged, and is completed when that was all")
    func unacknowledged() {
        var books = Sample.books
        books.clients[Sample.left].sawTerminal = true
        books.clients[Sample.left].leftByReset = true
        books.ledger[Sample.left].bytesAcknowledged = books.clients[Sample.left].bodyBytes - 1
        #expect(Checker.check(books).differences == [])
        #expect(Checker.check(books).resetUnacknowledged == 1)
        books.ledger[Sample.left].bytesAcknowledged = books.clients[Sample.left].bodyBytes
        #expect(Checker.check(books).differences.map(\.kind) == [.notCompleted])
        books.ledger[Sample.left].bytesAcknowledged = nil
        #expect(Checker.check(books).differences.map(\.kind) == [.notCompleted])
    }

    @Test("A half-closer may be gone before it has a stream, and not with an answer")
    func halfCloser() {
        var books = Sample.books
        books.kills[0].slots = []
        books.ledger.removeLast()
        books.clients[Sample.lost].kind = .halfCloser
        books.clients[Sample.lost].status = nil
        #expect(Checker.check(books).differences.map(\.kind) == [.missingRecord])
        books.mock.removeLast()
        #expect(Checker.check(books).differences == [])
        books.clients[Sample.lost].status = 200
        #expect(Checker.check(books).differences.contains { $0.kind == .cut })
    }

    @Test("A connection that dies with its worker before it has a record is no difference")
    func diesWithItsWorker() {
        var books = Sample.books
        for end in [ClientEntry.End.reset(104), .endOfFile] {
            books.clients[3].end = end
            #expect(Checker.check(books).differences == [])
        }
        books.kills[0].from = 9_001
        books.kills[0].until = 9_002
        #expect(Checker.check(books).differences.contains { $0.kind == .cut })
    }
}
