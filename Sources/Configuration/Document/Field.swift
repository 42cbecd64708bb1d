import Yams

/// A value of the document, with the path of its key and its place in the text.
struct Field {
    let path: String
    let node: Node
    /// Place of the value.
    var mark: Mark? { node.mark }

    /// The text of a scalar; everything else is refused.
    func text(_ problems: inout Problems) -> String? {
        guard case .scalar(let scalar) = node, !isNull else {
            problems.refuse(self, isNull ? "has no value" : "must be a text, not \(kind)")
            return nil
        }
        return scalar.string
    }

    /// The text of a scalar that names a thing: letters, digits, `.`, `_` and `-`, at most 64.
    func name(_ problems: inout Problems) -> String? {
        guard let text = text(&problems) else { return nil }
        guard Self.isName(text) else {
            problems.refuse(
                self,
                "must be 1 to 64 letters, digits, `.`, `_` and `-`, beginning with one of the first two"
            )
            return nil
        }
        return text
    }

    /// Whether the text can name a key or a provider.
    static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...64).contains(bytes.count), let first = bytes.first, isAlphanumeric(first) else {
            return false
        }
        return bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2e || $0 == 0x5f || $0 == 0x2d }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    /// A whole number within the range.
    func integer(in range: ClosedRange<Int>, _ problems: inout Problems) -> Int? {
        guard case .scalar(let scalar) = node, isPlain, let number = Int(scalar.string),
            range.contains(number)
        else {
            problems.refuse(
                self, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    /// `true` or `false`.
    func flag(_ problems: inout Problems) -> Bool? {
        if case .scalar(let scalar) = node, isPlain, let flag = Bool(scalar.string) { return flag }
        problems.refuse(self, "must be `true` or `false`")
        return nil
    }

    /// A time within the range, milliseconds.
    func duration(in range: ClosedRange<Int>, _ problems: inout Problems) -> Int? {
        guard case .scalar(let scalar) = node,
            let value = DurationText.milliseconds(scalar.string), range.contains(value)
        else {
            let least = DurationText.text(milliseconds: range.lowerBound)
            let greatest = DurationText.text(milliseconds: range.upperBound)
            problems.refuse(
                self, "must be a time from \(least) to \(greatest)",
                suggestion: "write a whole number and ms, s, m or h, such as `20s`")
            return nil
        }
        return value
    }

    /// A size within the range, bytes.
    func byteSize(in range: ClosedRange<Int>, _ problems: inout Problems) -> Int? {
        guard case .scalar(let scalar) = node, let value = ByteSizeText.bytes(scalar.string),
            range.contains(value)
        else {
            let least = ByteSizeText.text(bytes: range.lowerBound)
            let greatest = ByteSizeText.text(bytes: range.upperBound)
            problems.refuse(
                self, "must be a size from \(least) to \(greatest)",
                suggestion: "write a whole number and B, KiB, MiB or GiB, such as `32KiB`")
            return nil
        }
        return value
    }

    /// The items of a list; everything else is refused.
    func items(_ problems: inout Problems, example: String) -> [Field]? {
        guard case .sequence(let sequence) = node else {
            problems.refuse(
                self, "must be a list, not \(kind)", suggestion: "write `\(example)`")
            return nil
        }
        return sequence.enumerated().map { Field(path: "\(path)[\($0.offset)]", node: $0.element) }
    }

    /// Whether the value is a scalar without quotes.
    private var isPlain: Bool {
        if case .scalar(let scalar) = node { return scalar.style == .plain }
        return false
    }

    /// Whether the value is absent: nothing, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let scalar) = node, isPlain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// The value's kind in an error; never its text.
    var kind: String {
        switch node {
        case .scalar: isNull ? "nothing" : "a text"
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }
}
