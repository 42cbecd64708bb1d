import Yams

/// Makes the tree of nodes of a file's text. All YAML is parsed by Yams; what the nodes mean is decided
/// by this module.
enum DocumentParser {
    /// The greatest file, bytes.
    static let sizeMax = 1024 * 1024
    /// Yams stops at a key that is given twice. To find all errors of a file, the first occurrence is
    /// renamed to as many characters of Unicode's private use area, which keeps every place as it is.
    private static let privateUse: ClosedRange<UInt32> = 0xE000...0xF8FF
    private static let duplicatesMax = 64

    /// What the renamed keys were. Encoded in the replacement: the characters' own low byte.
    static func originalName(_ name: String) -> String {
        guard let first = name.unicodeScalars.first, privateUse.contains(first.value) else {
            return name
        }
        // One duplicate of a name more shifts the page, not the low byte.
        let bytes = name.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The root of the only document; nil, and errors noted, when there is none.
    static func parse(_ text: String, _ problems: inout Problems) -> Node? {
        guard text.utf8.count <= sizeMax else {
            problems.refuse(nil, "", "is larger than \(sizeMax) bytes")
            return nil
        }
        guard !text.unicodeScalars.contains(where: { privateUse.contains($0.value) }) else {
            problems.refuse(nil, "", "has a character of Unicode's private use area")
            return nil
        }
        var text = text
        for round in 0..<duplicatesMax {
            do {
                guard let root = try compose(yaml: text, .default, .default, .utf8) else { break }
                return root
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                guard let name = names.first,
                    let renamed = rename(name, at: context.mark, in: text, round: round)
                else {
                    problems.refuse(context.mark, "", "has a key that is given twice")
                    return nil
                }
                text = renamed
            } catch let error as YamlError {
                refuse(error, &problems)
                return nil
            } catch {
                problems.refuse(nil, "", "is not readable as YAML")
                return nil
            }
        }
        problems.refuse(nil, "", "is empty or repeats too many keys")
        return nil
    }

    /// The text with the key at that place renamed; nil when the key is not written plainly there.
    private static func rename(
        _ name: String, at mark: Mark, in text: String, round: Int
    ) -> String? {
        let page = privateUse.lowerBound + UInt32(round % 24) * 0x100
        var replacement = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            guard scalar.isASCII, let moved = Unicode.Scalar(page + scalar.value) else {
                return nil
            }
            replacement.append(moved)
        }
        var scalars = text.unicodeScalars
        guard let line = start(ofLine: mark.line, in: scalars),
            var start = scalars.index(
                line, offsetBy: mark.column - 1, limitedBy: scalars.endIndex),
            start < scalars.endIndex
        else { return nil }
        if scalars[start] == "\"" || scalars[start] == "'" { start = scalars.index(after: start) }
        guard
            let end = scalars.index(
                start, offsetBy: name.unicodeScalars.count, limitedBy: scalars.endIndex),
            scalars[start..<end].elementsEqual(name.unicodeScalars)
        else { return nil }
        scalars.replaceSubrange(start..<end, with: replacement)
        return String(scalars)
    }

    /// Lines end as YAML's do: LF, CR, or CR LF.
    private static func start(
        ofLine line: Int, in scalars: String.UnicodeScalarView
    ) -> String.Index? {
        var current = 1
        var index = scalars.startIndex
        while current < line {
            guard index < scalars.endIndex else { return nil }
            let scalar = scalars[index]
            index = scalars.index(after: index)
            if scalar == "\n" { current += 1 }
            if scalar == "\r", index == scalars.endIndex || scalars[index] != "\n" { current += 1 }
        }
        return index
    }

    /// Yams' own description quotes the text, which may hold a secret: only its fixed words are used.
    private static func refuse(_ error: YamlError, _ problems: inout Problems) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            problems.refuse(mark, "", "is no YAML here: \(problem)")
        case .reader(let problem, _, _, _):
            problems.refuse(nil, "", "is no YAML: \(problem)")
        default:
            problems.refuse(nil, "", "is not readable as YAML")
        }
    }
}
