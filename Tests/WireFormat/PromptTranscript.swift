@testable import WireFormat

/// What a scanner told of a prompt, as one line: elements with what is in them in parentheses, texts
/// behind the name of their kind.
struct PromptTranscript: PromptVisitor {
    private(set) var text = ""
    private var pieces: [UInt8] = []
    private var kind: PromptText?
    /// Elements that have begun and not ended.
    private(set) var open: [PromptElement] = []
    /// Something came in an order in which it cannot come.
    private(set) var isBroken = false

    private mutating func add(_ word: String) {
        if kind != nil { isBroken = true }
        if let last = text.last, last != "(", last != ")" { text += " " }
        text += word
    }

    mutating func begin(_ element: PromptElement) {
        add("\(element)(")
        open.append(element)
    }

    mutating func end(_ element: PromptElement) {
        if open.popLast() != element || kind != nil { isBroken = true }
        text += ")"
    }

    mutating func text(_ kind: PromptText, _ utf8: UnsafeRawBufferPointer) {
        if let current = self.kind, current != kind { isBroken = true }
        self.kind = kind
        pieces += utf8
    }

    mutating func textEnded(_ kind: PromptText) {
        if let current = self.kind, current != kind { isBroken = true }
        self.kind = nil
        add("\(kind)=" + String(decoding: pieces, as: UTF8.self))
        pieces = []
    }

    mutating func image(_ image: PromptImage) {
        let size = image.size.map { ":\($0.width)x\($0.height)" } ?? ""
        add("image" + size + (image.detail == .auto ? "" : ":\(image.detail)"))
    }

    mutating func token() { add("#") }

    mutating func unmeasured() { add("?") }
}
