/// Reads an HTTP/1.1 answer from raw bytes: what a careful client sees, and nothing smoothed over.
struct AnswerReader: Sendable {
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

    /// Whether `body` is filled; the counts are kept either way.
    let keepsBody: Bool
    private var place = Place.head
    private var line: [UInt8] = []

    private(set) var status: Int?
    private(set) var headers: [(name: String, value: String)] = []
    /// Bytes behind the head, with the chunked framing.
    private(set) var wireBytes = 0
    /// The body without framing.
    private(set) var body: [UInt8] = []
    private(set) var events = EventCounter()

    init(keepsBody: Bool = false) { self.keepsBody = keepsBody }

    /// Whether the body came to its proper end; one without length or chunks never does by itself.
    var isComplete: Bool { place == .end }
    var isBroken: Bool { place == .broken }
    var endsWithConnection: Bool { place == .untilClose }
    var text: String { String(decoding: body, as: UTF8.self) }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    mutating func read(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { read(byte) }
    }

    private mutating func read(_ byte: UInt8) {
        if place != .head { wireBytes += 1 }
        switch place {
        case .head:
            line.append(byte)
            if byte == 10, line.suffix(4).elementsEqual([13, 10, 13, 10]) { readHead() }
        case .sized(let rest):
            take(byte)
            place = rest == 1 ? .end : .sized(rest - 1)
        case .chunkSize:
            if byte == 10 {
                let digits = String(decoding: line.filter { $0 != 13 }, as: UTF8.self)
                line = []
                guard let size = Int(digits.prefix { $0 != ";" }, radix: 16) else {
                    place = .broken
                    return
                }
                place = size == 0 ? .trailer : .chunk(size)
            } else {
                line.append(byte)
            }
        case .chunk(let rest):
            take(byte)
            place = rest == 1 ? .chunkEnd : .chunk(rest - 1)
        case .chunkEnd:
            if byte == 10 { place = .chunkSize }
        case .trailer:
            if byte == 10 {
                place = line.isEmpty ? .end : .trailer
                line = []
            } else if byte != 13 {
                line.append(byte)
            }
        case .untilClose: take(byte)
        case .end, .broken: place = .broken
        }
    }

    private mutating func take(_ byte: UInt8) {
        if keepsBody { body.append(byte) }
        events.read(byte)
    }

    private mutating func readHead() {
        let lines = String(decoding: line, as: UTF8.self).split(separator: "\r\n")
        line = []
        let words = lines.first?.split(separator: " ") ?? []
        status = words.count > 1 ? Int(words[1]) : nil
        headers = lines.dropFirst().map { line in
            let halves = line.split(separator: ":", maxSplits: 1)
            let value = halves.count > 1 ? String(halves[1].drop { $0 == " " }) : ""
            return (halves.first.map { $0.lowercased() } ?? "", value)
        }
        if status == 100 {
            status = nil
        } else if header("transfer-encoding")?.lowercased() == "chunked" {
            place = .chunkSize
        } else if let length = header("content-length").flatMap({ Int($0) }) {
            place = length == 0 ? .end : .sized(length)
        } else {
            place = .untilClose
        }
    }
}

/// Counts server-sent events (WHATWG HTML, 9.2.6): blocks of lines, one of them a `data:` field.
struct EventCounter: Sendable {
    private var line: [UInt8] = []
    private var lineLength = 0
    private var sawCR = false
    private var hasData = false

    private(set) var count = 0
    /// The fields `data:` and `event:` of the last event, cut to 400 bytes each.
    private(set) var last: [String] = []
    private var current: [String] = []

    mutating func read(_ byte: UInt8) {
        if byte == 10, sawCR {
            sawCR = false
            return
        }
        sawCR = byte == 13
        guard byte == 10 || byte == 13 else {
            lineLength += 1
            if line.count < 400 { line.append(byte) }
            return
        }
        if lineLength == 0 {
            if hasData {
                count += 1
                last = current
            }
            current = []
            hasData = false
        } else {
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix("data:") { hasData = true }
            if !text.hasPrefix(":") { current.append(text) }
        }
        line.removeAll(keepingCapacity: true)
        lineLength = 0
    }
}
