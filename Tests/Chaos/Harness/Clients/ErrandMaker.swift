/// Makes the clients' errands, all from one seed.
struct ErrandMaker: Sendable {
    private let seed: UInt64
    private var made: UInt64 = 0
    private var tags = 0

    init(seed: UInt64) { self.seed = seed }

    private static let kinds: [(Int, ClientKind)] = [
        (16, .reader), (10, .keepAlive), (6, .pipeliner), (8, .slowReader), (8, .earlyLeaver),
        (12, .impatient), (16, .leaver), (8, .lastEventLeaver), (6, .slowLeaver),
        (6, .halfCloser), (12, .faultCaller),
    ]

    mutating func next() -> Errand {
        made += 1
        var random = Random(seed: seed, stream: made)
        let kind = random.pick(weighted: Self.kinds, else: .reader)
        var errand = Errand(kind: kind, orders: [order(&random)])
        errand.isUnix = random.chance(20)
        switch kind {
        case .reader: break
        case .keepAlive, .pipeliner:
            for _ in 0..<random.number(1...3) { errand.orders.append(order(&random)) }
            errand.pipelines = kind == .pipeliner
        case .slowReader, .slowLeaver: slow(&errand, &random)
        case .earlyLeaver, .impatient, .leaver, .lastEventLeaver, .halfCloser:
            depart(&errand, &random)
        case .faultCaller: spoil(&errand, &random)
        }
        return errand
    }

    private mutating func order(_ random: inout Random) -> StreamOrder {
        tags += 1
        let tokens = random.pick([3, 8, 8, 20, 20, 60], else: 8)
        var order = StreamOrder(
            tag: tags, dialect: random.pick(Dialect.allCases, else: .chat),
            isStreaming: random.chance(85), tokens: tokens,
            reported: tokens + random.pick([0, 1, 5], else: 0),
            prompt: random.pick([11, 30], else: 11),
            interval: random.pick([0, 2_000, 20_000, 20_000, 60_000], else: 0))
        order.isCostly = order.dialect != .messages && random.chance(20)
        return order
    }

    private func slow(_ errand: inout Errand, _ random: inout Random) {
        errand.receiveBuffer = random.pick([2_304, 8_192, 32_768], else: 8_192)
        errand.readSize = random.pick([256, 1_024, 4_096], else: 1_024)
        let tokens = random.pick([60, 200, 800], else: 60)
        // An event has some 200 bytes: the whole takes 3 s at most.
        let reads = max(1, tokens * 200 / errand.readSize)
        errand.readPause = min(random.pick([2_000, 10_000, 30_000], else: 0), 3_000_000 / reads)
        errand.orders[0].isStreaming = true
        errand.orders[0].interval = random.pick([0, 0, 2_000], else: 0)
        errand.orders[0].tokens = tokens
        errand.orders[0].reported = tokens + 1
        guard errand.kind == .slowLeaver else { return }
        errand.manner = random.chance(50) ? .fin : .reset
        errand.phase = .tokens(random.number(1...100))
    }

    private func depart(_ errand: inout Errand, _ random: inout Random) {
        let order = errand.orders[0]
        errand.manner = random.chance(50) ? .fin : .reset
        switch errand.kind {
        case .earlyLeaver:
            errand.phase = random.pick(
                [.connected, .sent(40), .sent(250), .sent(400)], else: .connected)
        case .impatient:
            errand.orders[0].more = random.pick(
                [
                    "delay_us=200000", "first_us=200000", "fault=stall_before_head",
                    "fault=stall_after_head",
                ], else: "")
            errand.phase = random.chance(30) ? .head : .waited(random.number(0...300_000))
            if errand.phase == .head, errand.orders[0].more.hasSuffix("before_head") {
                errand.phase = .waited(random.number(0...100_000))
            }
            // An answer that is no stream has one piece, which does not stall behind its head.
            errand.orders[0].isStreaming = true
        case .lastEventLeaver:
            errand.orders[0].isStreaming = true
            errand.phase = random.chance(50) ? .terminal : .tokens(order.tokens)
        case .halfCloser:
            errand.manner = .half
            errand.phase =
                random.chance(30)
                ? .waited(0) : .tokens(random.number(1...order.tokens))
        default:
            errand.orders[0].isStreaming = true
            errand.phase = .tokens(random.number(1...max(1, order.tokens - 1)))
        }
    }

    private static let faults = [
        "status&status=429", "status&status=500", "status&status=529", "reset&at=0", "reset",
        "eof", "error_event", "no_done", "bad_head", "bad_chunk", "stall_mid",
    ]
    /// Oddities of an answer that is whole all the same.
    private static let oddities = [
        "crlf", "comments", "usage_early", "content_length_stream", "close_delimited",
    ]

    private func spoil(_ errand: inout Errand, _ random: inout Random) {
        if random.chance(30) {
            errand.orders[0].more = "fault=" + random.pick(Self.oddities, else: "crlf")
            return
        }
        let fault = random.pick(Self.faults, else: "eof")
        errand.orders[0].more = "fault=" + fault
        errand.orders[0].isFaulty = true
        guard fault == "stall_mid" else { return }
        errand.orders[0].isStreaming = true
        errand.phase = .waited(random.number(100_000...1_500_000))
        errand.manner = random.chance(50) ? .fin : .reset
    }
}
