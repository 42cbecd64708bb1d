/// Tells text that may be a secret from text that may be shown. It errs to the side of hiding.
enum SecretShape {
    /// Beginnings of keys that providers, clouds and this gateway give out.
    private static let prefixes = [
        "sk-", "sk_", "rk_", "pk_", "dd0c_", "Bearer ", "AKIA", "ASIA", "AIza", "ghp_", "gho_",
        "github_pat_", "glpat-", "xoxb-", "xoxp-", "hf_", "gsk_", "xai-", "eyJ", "-----BEGIN",
    ]

    /// Whether the text has the shape of a key that somebody gave out.
    static func isKey(_ text: String) -> Bool {
        text.utf8.count >= 16 && prefixes.contains { text.hasPrefix($0) }
    }

    /// Whether an error may show the text.
    static func isHarmless(_ text: String) -> Bool {
        if text.utf8.count > 80 || text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) {
            return false
        }
        // Also in the midst of other text, and a long run of letters mixed with digits is a key until
        // shown otherwise.
        if prefixes.contains(where: { text.contains($0) && text.utf8.count >= 12 }) { return false }
        var run = 0
        var digits = 0
        for byte in text.utf8 {
            let isDigit = (0x30...0x39).contains(byte)
            let isLetter = (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            run = isDigit || isLetter ? run + 1 : 0
            digits = isDigit ? digits + 1 : (run == 0 ? 0 : digits)
            if run >= 20, digits > 0 { return false }
        }
        return true
    }

    /// The text between back quotes, or what it is, when it may not be shown.
    static func quoted(_ text: String, else word: String) -> String {
        isHarmless(text) ? "`\(text)`" : word
    }
}
