import Configuration

/// What `serve --demo` prints: how to get an answer, and how to see its record.
struct DemoAnnouncement {
    let endpoints: Launch.Endpoints
    /// The client key of this start; it is printed here and nowhere else.
    let key: String
    /// The families that the mock answers.
    let mocked: [ProviderFamily]
    /// Path of `dd0c-route`.
    let command: String

    var lines: [String] {
        var lines = [""]
        for family in ProviderFamily.allCases {
            let isMocked = mocked.contains(family)
            lines.append(
                "\(family.rawValue): "
                    + (isMocked
                        ? "the bundled mock provider" : "the provider itself, which charges"))
        }
        if let http = endpoints.http.first, let curl = curl(http) {
            lines += ["", "Stream an answer:", "", "  \(curl)"]
        }
        lines += ["", "See its usage record:", "", "  \(usage)", "", "Ctrl-C drains and ends.", ""]
        return lines
    }

    /// The provider whose key is set comes first.
    private var family: ProviderFamily {
        mocked == [.openai] ? .anthropic : .openai
    }

    private func curl(_ address: ListenAddress) -> String? {
        let place: String
        switch address {
        case .ipv4, .ipv6: place = "http://\(address)"
        case .unix(let path): place = "--unix-socket \(Self.quoted(path)) http://localhost"
        }
        let message = #""stream":true,"messages":[{"role":"user","content":"Say hello."}]}"#
        let json = "-H 'Content-Type: application/json'"
        switch family {
        case .openai:
            return "curl -N \(place)/v1/chat/completions -H 'Authorization: Bearer \(key)' \(json) "
                + "-d '{\"model\":\"gpt-5-mini\",\(message)'"
        case .anthropic:
            return "curl -N \(place)/v1/messages -H 'x-api-key: \(key)' "
                + "-H 'anthropic-version: 2023-06-01' \(json) "
                + "-d '{\"model\":\"claude-haiku-4-5\",\"max_tokens\":256,\(message)'"
        }
    }

    private var usage: String {
        let standard = DemoSetup.standardAdmin
        let option = endpoints.admin.map {
            "\($0)" == standard ? "" : " --admin \(Self.quoted("\($0)"))"
        }
        return "\(Self.quoted(command)) usage\(option ?? "")"
    }

    /// For a shell: in single quotes, when the text has more than plain characters.
    static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                || (0x61...0x7a).contains(byte) || "-._/:@+".utf8.contains(byte)
        }
        guard !isPlain || text.isEmpty else { return text }
        return "'" + text.replacing("'", with: #"'\''"#) + "'"
    }
}
