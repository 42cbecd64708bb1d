extension ConfigurationReader {
    /// SHA-256 of nothing: what `printf '' | sha256sum` gives when a variable was not set.
    private static let emptyHash =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    private static let keysMax = 10_000

    /// The clients' keys.
    mutating func readKeys(_ top: MappingReader, hasPassthrough: Bool) -> [ClientKey] {
        guard let field = top.optional("keys") else {
            if !hasPassthrough {
                problems.refuse(
                    nil, "keys",
                    "is missing, and no provider has `passthrough: true`: nobody could call",
                    suggestion: "make a key with `dd0c-route keys new NAME`")
            }
            return []
        }
        guard let items = field.items(&problems, example: "keys: [{ name: …, sha256: … }]") else {
            return []
        }
        if items.isEmpty, !hasPassthrough {
            problems.refuse(
                field, "is empty, and no provider has `passthrough: true`: nobody could call",
                suggestion: "make a key with `dd0c-route keys new NAME`")
        }
        if items.count > Self.keysMax {
            problems.refuse(field, "has more than \(Self.keysMax) keys")
            return []
        }
        var keys: [ClientKey] = []
        var names: Set<String> = []
        var hashes: Set<[UInt8]> = []
        for item in items {
            guard let entry = MappingReader(item, known: ["name", "sha256"], &problems) else {
                continue
            }
            let nameField = entry.required("name", &problems)
            let hashField = entry.required("sha256", &problems)
            let name = nameField.flatMap { $0.name(&problems) }
            let hash = hashField.flatMap { readHash($0) }
            if let name, let nameField, !names.insert(name).inserted {
                problems.refuse(nameField, "is the name of another key too")
            }
            if let hash, let hashField, !hashes.insert(hash).inserted {
                problems.refuse(hashField, "is the hash of another key too")
            }
            if let name, let hash { keys.append(ClientKey(name: name, sha256: hash)) }
        }
        return keys
    }

    /// The value may be the key itself, put there by mistake: no error shows it.
    private mutating func readHash(_ field: Field) -> [UInt8]? {
        guard let text = field.text(&problems) else { return nil }
        guard let bytes = Self.hexadecimal(text), bytes.count == 32 else {
            problems.refuse(
                field, "must be 64 hexadecimal digits",
                suggestion: "`dd0c-route keys hash` makes them from a key")
            return nil
        }
        guard text.lowercased() != Self.emptyHash else {
            problems.refuse(field, "is the hash of an empty key")
            return nil
        }
        return bytes
    }

    private static func hexadecimal(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}
