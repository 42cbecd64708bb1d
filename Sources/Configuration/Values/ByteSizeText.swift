/// Sizes as the configuration writes them: a whole number and a unit, `512B`, `32KiB`, `1MiB`, `1GiB`.
public enum ByteSizeText {
    /// Bytes; nil when the text is no size.
    public static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let factor: Int
        switch text.dropFirst(digits.count) {
        case "B": factor = 1
        case "KiB": factor = 1024
        case "MiB": factor = 1024 * 1024
        case "GiB": factor = 1024 * 1024 * 1024
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    /// The shortest text of a size.
    public static func text(bytes: Int) -> String {
        for (factor, unit) in [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        where bytes % factor == 0 && bytes != 0 {
            return "\(bytes / factor)\(unit)"
        }
        return "\(bytes)B"
    }
}
