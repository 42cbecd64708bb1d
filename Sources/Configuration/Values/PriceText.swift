/// Prices as the configuration writes them: US dollars per million tokens, in decimal digits.
public enum PriceText {
    /// Why a text is no price.
    public enum Failure: Error, Equatable, Sendable {
        case notADecimal
        /// A part of a nano-dollar a token would be lost.
        case notWhole
        /// More than `dollarsMax`.
        case tooGreat
    }

    /// The greatest price, dollars per million tokens.
    static let dollarsMax: Int64 = 1_000_000

    /// Nano-dollars a token: one dollar per million tokens is 1,000. Exact, or refused.
    ///
    /// - Throws: `Failure`.
    public static func nanodollarsPerToken(_ text: String) throws(Failure) -> Int64 {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, isDigits(whole) else { throw .notADecimal }
        var fraction = Substring()
        if parts.count == 2 {
            guard let digits = parts.last, isDigits(digits) else { throw .notADecimal }
            fraction = digits
        }
        guard let dollars = Int64(whole), dollars <= dollarsMax else { throw .tooGreat }
        guard fraction.dropFirst(3).allSatisfy({ $0 == "0" }) else { throw .notWhole }
        let padded = (fraction.prefix(3) + "000").prefix(3)
        guard let thousandths = Int64(padded) else { throw .notADecimal }
        return dollars * 1000 + thousandths
    }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
