/// Makes keys of every shape, out of nothing but a seed.
struct KeyMaker {
    var random: SplitMix

    static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    static let digits = "0123456789"
    static let hex = "0123456789abcdef"
    static let alphanumeric = letters + digits
    static let token = alphanumeric + "-_"
    static let base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

    struct Key {
        let name: String
        let prefix: String
        let body: String
        var text: String { prefix + body }
    }

    /// Name, prefix, and the parts of what follows: an alphabet and a count, or a fixed text.
    private static let shapes: [(String, String, [(String, Int)])] = [
        ("openai", "sk-", [(alphanumeric, 20), ("T3BlbkFJ", 0), (alphanumeric, 20)]),
        ("openai-project", "sk-proj-", [(token, 74), ("T3BlbkFJ", 0), (token, 74)]),
        ("openai-service", "sk-svcacct-", [(token, 58), ("T3BlbkFJ", 0), (token, 58)]),
        ("openai-admin", "sk-admin-", [(token, 58), ("T3BlbkFJ", 0), (token, 58)]),
        ("anthropic", "sk-ant-api03-", [(token, 93), ("AA", 0)]),
        ("anthropic-admin", "sk-ant-admin01-", [(token, 93), ("AA", 0)]),
        ("anthropic-oauth", "sk-ant-oat01-", [(token, 86), ("AA", 0)]),
        ("openrouter", "sk-or-v1-", [(hex, 64)]), ("deepseek", "sk-", [(hex, 32)]),
        ("moonshot", "sk-", [(alphanumeric, 48)]), ("minimax", "sk-api-", [(token, 119)]),
        ("google", "AIza", [("Sy", 0), (token, 33)]), ("gemini", "AQ.Ab8RN6", [(token, 44)]),
        ("google-oauth", "ya29.", [(token, 120)]), ("xai", "xai-", [(alphanumeric, 80)]),
        ("groq", "gsk_", [(alphanumeric, 52)]), ("huggingface", "hf_", [(letters, 34)]),
        ("perplexity", "pplx-", [(alphanumeric, 48)]), ("replicate", "r8_", [(alphanumeric, 37)]),
        ("fireworks", "fw_", [(alphanumeric, 24)]), ("together", "tgp_v1_", [(token, 43)]),
        ("cerebras", "csk-", [("abcdefghijklmnopqrstuvwxyz0123456789", 48)]),
        ("nvidia", "nvapi-", [(token, 64)]), ("vercel", "vck_", [(token, 56)]),
        ("aws", "AKIA", [(base32, 16)]), ("bedrock", "ABSK", [(alphanumeric + "+/", 126)]),
        ("langsmith", "lsv2_pt_", [(hex, 32), ("_", 0), (hex, 10)]),
        ("github", "ghp_", [(alphanumeric, 36)]), ("gitlab", "glpat-", [(token, 20)]),
        ("github-fine", "github_pat_", [(alphanumeric, 22), ("_", 0), (alphanumeric, 59)]),
        ("slack", "xoxb-", [(digits, 12), ("-", 0), (digits, 12), ("-", 0), (alphanumeric, 24)]),
        ("stripe", "sk_live_", [(alphanumeric, 24)]), ("npm", "npm_", [(alphanumeric, 36)]),
        ("sendgrid", "SG.", [(token, 22), (".", 0), (token, 43)]),
        ("pypi", "pypi-AgEI", [(token, 150)]), ("databricks", "dapi", [(hex, 32)]),
        ("vault", "hvs.", [(token, 95)]),
        ("gateway", "dd0c_", [("abcdefghijklmnopqrstuvwxyz234567", 52)]),
        (
            "azure", "",
            [(alphanumeric, 52), ("JQQJ99", 0), (alphanumeric, 18), ("ACOG", 0), (alphanumeric, 4)]
        ),
        (
            "jwt", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.",
            [("eyJzdWIiOi", 0), (alphanumeric, 60), (".", 0), (token, 43)]
        ),
    ]

    static let names = shapes.map(\.0)

    mutating func key(_ name: String) -> Key {
        let shape = Self.shapes.first { $0.0 == name } ?? Self.shapes[0]
        let body = shape.2.map { $0.1 == 0 ? $0.0 : random.text($0.0, $0.1) }.joined()
        return Key(name: name, prefix: shape.1, body: body)
    }

    mutating func uuid() -> String {
        [8, 4, 4, 4, 12].map { random.text(Self.hex, $0) }.joined(separator: "-")
    }
}
