/// Times as the configuration writes them: a whole number and a unit, `500ms`, `20s`, `10m`, `2h`.
public enum DurationText {
    /// Milliseconds; nil when the text is no time.
    public static func milliseconds(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let factor: Int
        switch text.dropFirst(digits.count) {
        case "ms": factor = 1
        case "s": factor = 1000
        case "m": factor = 60 * 1000
        case "h": factor = 60 * 60 * 1000
        case "d": factor = 24 * 60 * 60 * 1000
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    /// The shortest text of a time.
    public static func text(milliseconds: Int) -> String {
        for (factor, unit) in [(3_600_000, "h"), (60_000, "m"), (1000, "s")]
        where milliseconds % factor == 0 && milliseconds != 0 {
            return "\(milliseconds / factor)\(unit)"
        }
        return "\(milliseconds)ms"
    }
}
