import Configuration

/// The configuration that `serve --demo` writes: a real file, so that a reload reads the same one.
struct DemoConfiguration {
    /// How a family's models are answered.
    enum Source: Equatable {
        /// By the provider itself, with the key in that environment variable.
        case provider(url: String, variable: String)
        /// By the mock at that address.
        case mock(address: String)

        fileprivate var lines: [String] {
            switch self {
            case .provider(let url, let variable):
                ["    base_url: \"\(url)\"", "    api_key: { env: \(variable) }"]
            case .mock(let address): ["    base_url: \"http://\(address)/v1\""]
            }
        }
    }

    var listen: String
    var admin: String
    var stateDirectory: String
    /// SHA-256 of the demo's client key, in hexadecimal digits.
    var keyHash: String
    var families: [(family: ProviderFamily, source: Source)]

    /// The file's text; it holds no secret.
    var text: String {
        var lines = [
            "# Written by `dd0c-route serve --demo` at each start.",
            "listen: [\(Self.quoted(listen))]",
            "admin: \(Self.quoted(admin))",
            "state_directory: \(Self.quoted(stateDirectory))",
            "keys:",
            "  - name: demo",
            "    sha256: \"\(keyHash)\"",
            "providers:",
        ]
        for (family, source) in families {
            lines += ["  \(family.rawValue):", "    family: \(family.rawValue)"] + source.lines
        }
        lines += [
            "models:",
            "  - { match: \"gpt-*\", provider: openai }",
            "  - { match: \"claude-*\", provider: anthropic }",
            "",
        ]
        return lines.joined(separator: "\n")
    }

    /// A double-quoted YAML scalar.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\x" + (digits.count == 1 ? "0" : "") + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
