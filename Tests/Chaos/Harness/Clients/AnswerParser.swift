/// Follows one answer on the wire: its head, its framing, its events, and the tokens in them.
///
/// The mock's content is ` the` for each token. In a stream an event that has a string of just that is one
/// token, once its blank line is there; in a JSON document every occurrence counts at once.
struct AnswerParser: Sendable {
    private enum Place: Equatable, Sendable {
        case head
        case sized(Int)
        case chunkSize
        case chunk(Int)
        case chunkEnd
        case trailer
        case untilClose
        case end
        case broken
    }

    private let isStreaming: Bool
    private var place = Place.head
    private var line: [UInt8] = []
    private var token: TextMatcher
    private var terminal: TextMatcher
    private var lineLength = 0
    private var sawCR = false
    private var hasToken = false
    private var hasLines = false
    private var hasTerminal = false
    private var isData = false

    private(set) var status: Int?
    private(set) var keepsAlive = true
    private(set) var events = 0
    private(set) var tokens = 0
    private(set) var bodyBytes = 0
    private(set) var sawTerminal = false

    init(_ order: StreamOrder) {
        isStreaming = order.isStreaming
        token = TextMatcher(order.isStreaming ? "\" the\"" : " the")
        terminal = TextMatcher(order.dialect.terminalMark)
    }

    var isWhole: Bool { place == .end }
    var isBroken: Bool { place == .broken }

    /// Tokens that may be in what came: a JSON document can be cut within one.
    var tokensAtMost: Int { !isStreaming && token.isWithin ? tokens + 1 : tokens }

    /// The connection is at its end: so is a body without a frame of its own.
    mutating func connectionEnded() {
        if place == .untilClose { place = .end }
    }

    /// Takes bytes up to the answer's end; returns how many of them were its own.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Int {
        var index = 0
        while index < bytes.count {
            if place == .end || place == .broken { return index }
            index += 1
            take(bytes[index - 1])
        }
        return index
    }

    private mutating func take(_ byte: UInt8) {
        if place != .head { bodyBytes += 1 }
        switch place {
        case .head:
            line.append(byte)
            if byte == 10, line.suffix(4).elementsEqual([13, 10, 13, 10]) { readHead() }
            if line.count > 65_536 { place = .broken }
        case .sized(let rest):
            content(byte)
            place = rest == 1 ? .end : .sized(rest - 1)
        case .chunkSize:
            guard byte == 10 else { return line.append(byte) }
            let digits = String(decoding: line.filter { $0 != 13 }, as: UTF8.self)
            line.removeAll(keepingCapacity: true)
            guard let size = Int(digits, radix: 16) else { return place = .broken }
            place = size == 0 ? .trailer : .chunk(size)
        case .chunk(let rest):
            content(byte)
            place = rest == 1 ? .chunkEnd : .chunk(rest - 1)
        case .chunkEnd:
            if byte == 10 { place = .chunkSize }
        case .trailer:
            if byte == 10 {
                place = line.isEmpty ? .end : .trailer
                line.removeAll(keepingCapacity: true)
            } else if byte != 13 {
                line.append(byte)
            }
        case .untilClose: content(byte)
        case .end, .broken: return
        }
    }

    @inline(__always)
    private mutating func content(_ byte: UInt8) {
        guard isStreaming else {
            if token.ends(with: byte) { tokens += 1 }
            return
        }
        if terminal.ends(with: byte) { hasTerminal = true }
        if token.ends(with: byte) { hasToken = true }
        if byte == 10, sawCR {
            sawCR = false
            return
        }
        sawCR = byte == 13
        guard byte == 10 || byte == 13 else {
            if lineLength == 0 { isData = byte == UInt8(ascii: "d") }
            lineLength += 1
            return
        }
        if lineLength > 0 {
            lineLength = 0
            hasLines = true
            // Not the line with the event's name.
            if hasTerminal, isData { sawTerminal = true }
            hasTerminal = false
        } else {
            if hasLines { events += 1 }
            if hasToken { tokens += 1 }
            hasLines = false
            hasToken = false
        }
    }

    private mutating func readHead() {
        let lines = String(decoding: line, as: UTF8.self).split(separator: "\r\n")
        line.removeAll(keepingCapacity: true)
        let words = lines.first?.split(separator: " ") ?? []
        status = words.count > 1 ? Int(words[1]) : nil
        var length: Int?
        var isChunked = false
        for line in lines.dropFirst() {
            let halves = line.split(separator: ":", maxSplits: 1)
            let value = halves.count > 1 ? halves[1].drop { $0 == " " }.lowercased() : ""
            switch halves.first?.lowercased() {
            case "content-length": length = Int(value)
            case "transfer-encoding": isChunked = value == "chunked"
            case "connection": keepsAlive = value != "close"
            default: break
            }
        }
        if status == nil {
            place = .broken
        } else if isChunked {
            place = .chunkSize
        } else if let length {
            place = length == 0 ? .end : .sized(length)
        } else {
            keepsAlive = false
            place = .untilClose
        }
    }
}
