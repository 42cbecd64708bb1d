/// Blanks comments and the text of string literals, and keeps everything where it is.
struct CodeView {
    private let input: [Character]
    private var output: [Character] = []
    private var index = 0

    /// The lines of a text, without comments and text of literals.
    static func lines(of text: String) -> [String] {
        var view = CodeView(input: Array(text))
        view.scanCode(untilParenthesis: false)
        return String(view.output).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    private init(input: [Character]) { self.input = input }

    private func starts(with text: String) -> Bool {
        index + text.count <= input.count && input[index..<(index + text.count)].elementsEqual(text)
    }

    private mutating func keep(_ count: Int = 1) {
        output += input[index..<min(index + count, input.count)]
        index += count
    }

    private mutating func blank(_ count: Int = 1) {
        for character in input[index..<min(index + count, input.count)] {
            output.append(character == "\n" ? "\n" : " ")
        }
        index += count
    }

    /// Code, up to the end of the text or up to the parenthesis that ends an interpolation.
    private mutating func scanCode(untilParenthesis: Bool) {
        var depth = 0
        while index < input.count {
            if starts(with: "//") {
                while index < input.count, input[index] != "\n" { blank() }
            } else if starts(with: "/*") {
                while index < input.count, !starts(with: "*/") { blank() }
                blank(2)
            } else if let hashes = literalHashes() {
                scanLiteral(hashes)
            } else {
                if input[index] == "(" { depth += 1 }
                if input[index] == ")" { depth -= 1 }
                if untilParenthesis, depth < 0 { return keep() }
                keep()
            }
        }
    }

    /// The number of `#` before a quote that opens a literal here; nil when none does.
    private func literalHashes() -> Int? {
        var hashes = 0
        while index + hashes < input.count, input[index + hashes] == "#" { hashes += 1 }
        guard index + hashes < input.count, input[index + hashes] == "\"" else { return nil }
        return hashes
    }

    private mutating func scanLiteral(_ hashes: Int) {
        keep(hashes)
        let quote = starts(with: "\"\"\"") ? "\"\"\"" : "\""
        keep(quote.count)
        let end = quote + String(repeating: "#", count: hashes)
        let escape = "\\" + String(repeating: "#", count: hashes)
        while index < input.count {
            if starts(with: end) { return keep(end.count) }
            if starts(with: escape + "(") {
                keep(escape.count + 1)
                scanCode(untilParenthesis: true)
            } else if starts(with: escape) {
                blank(escape.count + 1)
            } else if quote.count == 1, input[index] == "\n" {
                return
            } else {
                blank()
            }
        }
    }
}
