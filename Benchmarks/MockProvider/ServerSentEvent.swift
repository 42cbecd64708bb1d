/// One part of an event stream, before its line ends are chosen.
enum ServerSentEvent: Equatable, Sendable {
    /// An event with a `data:` field of one line, and `event:` where it has a name.
    case event(name: String?, data: String)
    /// A comment and an empty line, which end no event.
    case comment(String)

    init(_ name: String? = nil, _ data: JSON) { self = .event(name: name, data: data.text) }

    static let done = ServerSentEvent.event(name: nil, data: "[DONE]")

    /// The bytes with that line end (WHATWG HTML, 9.2.6).
    func rendered(lineEnd: String) -> [UInt8] {
        var text = ""
        switch self {
        case .event(let name, let data):
            if let name { text += "event: \(name)\(lineEnd)" }
            text += "data: \(data)\(lineEnd)\(lineEnd)"
        case .comment(let comment):
            text += ": \(comment)\(lineEnd)\(lineEnd)"
        }
        return Array(text.utf8)
    }
}
