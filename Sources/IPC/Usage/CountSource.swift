/// How exact a token count made by this gateway is.
public enum CountSource: UInt8, CaseIterable, Sendable {
    /// A rule of thumb: no tokenizer was applied.
    case estimated = 1
    /// A public tokenizer that is near the provider's, corrected by an observed ratio.
    case calibrated = 2
    /// The provider's own tokenizer.
    case counted = 3

    /// The name in records.
    public var name: String {
        switch self {
        case .estimated: "estimated"
        case .calibrated: "calibrated"
        case .counted: "counted"
        }
    }
}
