import Configuration

/// A valid configuration in parts, for tests that change one of them.
enum Sample {
    static let keys = """
        keys:
          - name: app1
            sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

        """
    static let providers = """
        providers:
          openai:
            family: openai
            base_url: https://api.openai.com/v1
            api_key: { env: OPENAI_API_KEY }

        """
    static let models = """
        models:
          - { match: "gpt-*", provider: openai }

        """
    static let host = HostDefaults(cores: 3, stateDirectory: "/var/lib/sample")

    /// The least that works, with more lines before it or in place of a part of it.
    static func text(
        _ more: String = "", keys: String = keys, providers: String = providers,
        models: String = models
    ) -> String {
        (more.isEmpty ? "" : more + "\n") + keys + providers + models
    }

    static func parse(_ text: String) -> ConfigurationReport {
        ConfigurationFile.parse(text, file: "c.yaml", host: host)
    }
}
